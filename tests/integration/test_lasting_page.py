"""A page that outlives its browser: calls go on in the next one, with the same assets and composition."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.gate import RenderGate
from agent.browser.lasting_page import LastingPage
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import Composed
from agent.errors import PageClosed
from tests.browser_fixtures import asset_of
from tests.media import counter_video

CLIP = "counter clip.mp4"
PROGRAM = f"""\
const layer = new core.Layer();
await composition.add(layer);
await layer.add(new core.VideoClip(asset('{CLIP}'), {{ range: [0, 1] }}));
"""


def our_browsers() -> set[int]:
    """Every Chromium that this process started and that lives."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "chrom"], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in found.stdout.split()}


class Mortal:
    """A lasting page, and the death of the browser that it is in."""

    def __init__(self) -> None:
        self._others = our_browsers()
        self.losses: list[str] = []
        self.page = LastingPage(
            self._open,
            RenderGate(),
            lambda error: self.losses.append(str(error)),
            lambda name, done, total: None,
        )

    def kill(self) -> None:
        """SIGKILL, as the kernel does when memory runs out."""
        mine = our_browsers() - self._others
        assert mine, "no browser to kill: the test would show nothing"
        for pid in mine:
            os.kill(pid, signal.SIGKILL)

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[OperatorPage]:
        async with open_browser(BrowserOptions()) as browser, open_operator_page(browser) as page:
            yield page


@pytest_asyncio.fixture
async def mortal() -> AsyncIterator[Mortal]:
    """With a clip in the page."""
    mortal = Mortal()
    try:
        await mortal.page.renew([])
        await mortal.page.add_asset(asset_of(counter_video(1), name=CLIP))
        yield mortal
    finally:
        await mortal.page.close()


async def test_composing_and_sampling_go_on_in_the_next_browser(mortal: Mortal):
    """The footage is there again, and the frames are those of the composition that was lost."""
    mortal.kill()
    composed = await mortal.page.compose(PROGRAM)
    before = await mortal.page.sample(times=[0.5], width=160)
    mortal.kill()
    after = await mortal.page.sample(times=[0.5], width=160)

    assert isinstance(composed, Composed)
    assert [frame.jpeg for frame in after] == [frame.jpeg for frame in before]
    assert len(mortal.losses) == 2


async def test_a_page_that_dies_again_ends_the_call_and_not_the_session(mortal: Mortal):
    """Whoever brings down two browsers is told so; the next call has a third."""

    async def deadly(page: OperatorPage) -> None:
        mortal.kill()
        await page.describe()

    with pytest.raises(PageClosed):
        await mortal.page._lasting(deadly)

    assert isinstance(await mortal.page.compose(PROGRAM), Composed)


async def test_what_was_composed_in_another_life_is_composed_when_it_is_needed(mortal: Mortal):
    """A page that is told of a program shows its frames, though nobody composed it there."""
    await mortal.page.compose(PROGRAM)
    before = await mortal.page.sample(times=[0.5], width=160)
    await mortal.page.renew([asset_of(counter_video(1), name=CLIP)])

    mortal.page.resume_with(PROGRAM)
    after = await mortal.page.sample(times=[0.5], width=160)

    assert [frame.jpeg for frame in after] == [frame.jpeg for frame in before]
