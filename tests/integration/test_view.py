"""What a person sees at the operator page, in real Chromium."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.domain import Asset, AssetKind, Issue, Verdict
from tests.media import BUNNY

TITLED = """\
const layer = new core.Layer();
await composition.add(layer);
const titles = new core.Layer();
await composition.add(titles);
const bunny = await asset('bunny <1>.mp4');
await layer.add(new core.VideoClip(bunny, { range: [0, 2], height: '100%' }));
await titles.add(new core.TextClip({ text: '<b>Big Buck Bunny</b>', duration: 2, fontSize: 60 }));
console.warn('composed');
"""


@pytest_asyncio.fixture(scope="module")
async def watched() -> AsyncIterator[tuple[OperatorPage, Page]]:
    """An operator page with one composition, and the tab a person would look at."""
    async with (
        open_browser(BrowserOptions(allow_no_sandbox=True)) as handle,
        open_operator_page(handle) as page,
    ):
        await handle.page_target.set_viewport_size({"width": 1440, "height": 900})
        await page.add_asset(_bunny())
        await page.compose(TITLED)
        yield page, handle.page_target


def _bunny() -> Asset:
    content = BUNNY.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    path = Path(BUNNY)
    return Asset("bunny <1>.mp4", AssetKind.VIDEO, path, path, digest, digest, len(content))


async def test_the_edit_is_on_view(watched: tuple[OperatorPage, Page]) -> None:
    """Assets, layers, clips, program and log are shown under the names they have, as text."""
    _, tab = watched

    timeline = tab.get_by_role("region", name="Timeline")
    await expect(tab.get_by_role("region", name="Assets")).to_contain_text("bunny <1>.mp4")
    await expect(timeline).to_contain_text("2 layers")
    await expect(timeline.get_by_role("button", name="<b>Big Buck Bunny</b>")).to_be_visible()
    await expect(tab.get_by_role("region", name="Program")).to_contain_text("8 lines")
    await expect(tab.get_by_role("log")).to_contain_text("composed")


async def test_a_problem_is_marked_at_its_line(watched: tuple[OperatorPage, Page]) -> None:
    """A rejected program shows the message and TypeScript's suggestion under the line; the timeline stays."""
    page, tab = watched

    await page.compose(TITLED.replace("duration: 2", "duratoin: 2"))

    problem = tab.get_by_role("region", name="Program").get_by_role("note")
    await expect(problem).to_contain_text("duration")
    await expect(problem).to_be_in_viewport()
    await expect(tab.get_by_role("region", name="Timeline")).to_contain_text("2 clips")


async def test_a_sample_is_enlarged(watched: tuple[OperatorPage, Page]) -> None:
    """A click on a sample opens its picture; the arrow keys lead to the next, Escape closes it."""
    page, tab = watched
    await page.sample(times=[0.5, 1.0])

    await tab.get_by_role("button", name="Enlarge the frame at 0:00.50").click()
    await tab.keyboard.press("ArrowRight")

    picture = tab.get_by_role("img", name="Frame at 0:01.00")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.naturalWidth") == 640
    await tab.keyboard.press("Escape")
    await expect(picture).to_be_hidden()


async def test_the_verdict_is_on_view(watched: tuple[OperatorPage, Page]) -> None:
    """Request, stage and verdict come from `present`."""
    page, tab = watched
    issue = Issue("cut_off", "The title is cut off.", time_s=1.0, suggested_fix="Smaller type.")
    verdict = Verdict("f" * 64, False, "checks+vision", (issue,), "Nearly.")

    await page.present(prompt="Put a title on it", stage="Review", verdict=verdict)

    await expect(tab.get_by_role("banner")).to_contain_text("Put a title on it")
    await expect(tab.get_by_role("status", name="Stage")).to_have_text("Review")
    shown = tab.get_by_role("region", name="Verdict")
    for text in ("No green light", "checks and vision", "Blocker", "0:01.0", "cut off", "Smaller type."):
        await expect(shown).to_contain_text(text)


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
async def test_nothing_is_out_of_sight(watched: tuple[OperatorPage, Page], size: tuple[int, int]) -> None:
    """At common sizes every panel is wholly on the screen, and the page itself does not scroll."""
    _, tab = watched
    width, height = size

    await tab.set_viewport_size({"width": width, "height": height})

    assert await tab.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    ) == [
        width,
        height,
    ]
    for panel in await tab.get_by_role("region").all():
        await expect(panel).to_be_in_viewport(ratio=0.99)


@pytest_asyncio.fixture
async def in_a_window() -> AsyncIterator[tuple[OperatorPage, Page]]:
    """A page that takes its browser for one with a window, where the composition is shown to people."""
    async with open_browser(BrowserOptions(allow_no_sandbox=True)) as handle:
        tab = handle.page_target
        window = await tab.context.new_cdp_session(tab)
        await window.send("Emulation.setUserAgentOverride", {"userAgent": "Chrome"})
        async with open_operator_page(handle) as page:
            await page.add_asset(_bunny())
            await page.compose(TITLED)
            yield page, tab


@pytest.mark.parametrize(
    ("fault", "limit_s", "told"),
    [
        ("throw new Error('on purpose');", 30.0, "on purpose"),
        ("while (true) {}", 2.0, "endless loop"),
    ],
)
async def test_after_a_failed_program_the_preview_is_back(
    in_a_window: tuple[OperatorPage, Page],
    fault: str,
    limit_s: float,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The composition before it is still current and still shown, and the view tells what went wrong."""
    page, tab = in_a_window
    picture = tab.get_by_role("region", name="Preview").locator("canvas")
    await expect(picture).to_be_visible()
    monkeypatch.setattr(page, "_compose_timeout_s", limit_s)

    await page.compose(TITLED + fault)

    await expect(picture).to_be_visible()
    await expect(tab.get_by_role("region", name="Program").get_by_role("note")).to_contain_text(told)
