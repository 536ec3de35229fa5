"""The offline model on the real page with the real critic: what it says it understands it also does."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.composer import EditRequest, Greenlit
from agent.critic.expectation import expectation
from agent.domain import Asset
from agent.media.probe import probe
from agent.models.offline.model import OfflineModel
from agent.tools.built_in import composing_tools
from tests.integration.guide_assets import guide_assets
from tests.planned_edit import edit_by_plan
from tests.unit.paper_page import NoDocs


@pytest_asyncio.fixture(scope="module")
async def assets() -> dict[str, Asset]:
    """The guide's assets, probed as ingest would."""
    return {name: replace(asset, media=await probe(asset.path)) for name, asset in guide_assets().items()}


@pytest_asyncio.fixture(scope="module")
async def page(assets):
    """One page with every asset."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        for asset in assets.values():
            await page.add_asset(asset)
        yield page


async def edit(page, assets, names: str, prompt: str, previous: str | None = None) -> Greenlit:
    """Carries the prompt out on the named assets; fails unless there is a green light."""
    given = tuple(assets[name] for name in names.split())
    request = EditRequest(prompt, given, previous, expectation(prompt, given))
    return await edit_by_plan(request, OfflineModel(), page, composing_tools(NoDocs()))


def picture(outcome: Greenlit, time_s: float) -> np.ndarray:
    """The sample nearest to `time_s`, as levels."""
    sample = min(outcome.samples, key=lambda sample: abs(sample.timestamp_s - time_s))
    return np.asarray(Image.open(io.BytesIO(sample.jpeg)).convert("RGB"), dtype=float)


@pytest.mark.parametrize(
    ("names", "prompt", "size", "duration_s"),
    [
        (
            "clip.mp4",
            "Trim to 3 seconds and put the title 'Big Buck Bunny' in the centre, fading in",
            (640, 360),
            3,
        ),
        ("clip.mp4", "keep 0:01-0:04, lower third 'Jane Doe' 'Director' from 0.5 s to 2.5 s", (640, 360), 3),
        ("clip.mp4 second.mp4", "join the clips with a 1 second dissolve", (640, 360), 8),
        ("clip.mp4 second.mp4", "slide from the left between the clips, trim to 6 s", (640, 360), 6),
        ("clip.mp4", "first 2 seconds, make it 9:16", (360, 640), 2),
        ("clip.mp4", "first 2 seconds, square with black bars", (360, 360), 2),
        ("clip.mp4 logo.png", "first 2 seconds, logo.png bottom right at 60% opacity", (640, 360), 2),
        (
            "clip.mp4 music.mp3",
            "trim to 2 s, mute the clip, music at 40%, fade in and out over 0.5 s",
            (640, 360),
            2,
        ),
        (
            "one.png two.png three.png music.mp3",
            "slideshow, 2 seconds per image, with a dissolve",
            (1920, 1080),
            6,
        ),
        ("clip.mp4 words.json", "trim to 3 s, add captions in the whisper style", (640, 360), 3),
        (
            "clip.mp4",
            "trim to 2 s. Title 'A rather long title that needs two lines' top, huge, yellow",
            (640, 360),
            2,
        ),
    ],
)
async def test_edits_get_a_green_light(page, assets, names, prompt, size, duration_s):
    """Composed, without a warning, in the size and length that were asked for."""
    outcome = await edit(page, assets, names, prompt)

    assert (outcome.summary.width, outcome.summary.height) == size
    assert outcome.summary.duration_seconds == pytest.approx(duration_s, abs=0.05)
    assert outcome.summary.warnings == ()


async def test_black_and_white_has_no_colour(page, assets):
    """Every pixel is grey."""
    levels = picture(await edit(page, assets, "clip.mp4", "trim to 1 s, black and white"), 0.0)

    assert np.abs(levels - levels.mean(axis=2, keepdims=True)).max() < 12


async def test_a_dissolve_shows_both_clips(page, assets):
    """Half way the picture is the mean of what is before and after; nothing is missing or frozen."""
    outcome = await edit(
        page, assets, "one.png two.png", "slideshow, 2 seconds per image, with a 1 second dissolve"
    )

    before, middle, after = (picture(outcome, time_s).mean(axis=(0, 1)) for time_s in (0, 2, 3))
    assert np.abs(middle - (before + after) / 2).max() < 8


async def test_a_fade_takes_the_title_along(page, assets):
    """At the very end all is black, the title too."""
    outcome = await edit(page, assets, "clip.mp4", "trim to 3 s, title 'Hello' in the centre, fade out")

    assert picture(outcome, 3.0).max() < 40
    assert picture(outcome, 1.0).max() > 200


async def test_follow_ups_change_the_composition(page, assets):
    """Colour, shape, and away with it; the length stays."""
    first = await edit(page, assets, "clip.mp4", "trim to 2 s, title 'Hello'")
    red = await edit(page, assets, "clip.mp4", "make the title red", first.program)
    square = await edit(page, assets, "clip.mp4", "now make it square", red.program)
    bare = await edit(page, assets, "clip.mp4", "remove the title", square.program)

    texts = [
        [clip for layer in found.summary.layers for clip in layer.clips if clip.text]
        for found in (first, red, bare)
    ]
    assert [found[0].color if found else None for found in texts] == ["#ffffff", "#ff3b30", None]
    assert (square.summary.width, square.summary.height) == (360, 360)
    assert {found.summary.duration_seconds for found in (first, red, square, bare)} == {2.0}
