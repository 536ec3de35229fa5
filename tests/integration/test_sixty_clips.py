"""Sixty clips on several layers: what core's issue 86 reports as crashing is composed, sampled, rendered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import Composed, CompositionSummary
from agent.domain import ExportSettings, Verdict
from tests.browser_fixtures import asset_of
from tests.frame_code import coded_video, decoded, frame_number, luma_of_jpeg
from tests.media import counter_video

CODED, OTHER = "coded.mp4", "other.mp4"
CLIPS, SECONDS, FRAME_RATE = 60, 6, 30
SHOT_FRAMES = 15
PROGRAM = f"""\
composition.resize(640, 360);
const shots = await composition.add(new core.Layer({{ mode: 'SEQUENTIAL' }}));
for (let n = 0; n < 12; n++) {{
  const start = n % 3 + n / 10;
  await shots.add(new core.VideoClip(asset('{CODED}'), {{ range: [start, start + 0.5] }}));
}}
for (const left of [2, 34, 66]) {{
  const insets = await composition.add(new core.Layer({{ mode: 'SEQUENTIAL' }}));
  for (let n = 0; n < 12; n++) {{
    const range: [number, number] = [n / 10, n / 10 + 0.5];
    const place = {{ width: '30%', x: `${{left}}%`, y: '45%' }} as const;
    await insets.add(new core.VideoClip(asset('{OTHER}'), {{ range, ...place }}));
  }}
}}
const titles = await composition.add(new core.Layer({{ mode: 'SEQUENTIAL' }}));
for (let n = 0; n < 12; n++) {{
  const text = `Shot ${{n + 1}}`;
  await titles.add(new core.TextClip({{ text, duration: 0.5, fontSize: 10, x: '50%', y: '30%' }}));
}}
"""


@pytest_asyncio.fixture(scope="module")
async def page() -> AsyncIterator[OperatorPage]:
    """The page with both pieces of footage."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        await page.add_asset(asset_of(coded_video(), name=CODED))
        await page.add_asset(asset_of(counter_video(3), name=OTHER))
        yield page


async def test_sixty_clips_are_composed_sampled_and_rendered(page: OperatorPage, tmp_path: Path) -> None:
    """Every clip is in the summary, every sample and every frame of the file shows the shot of its time."""
    composed = await page.compose(PROGRAM)
    assert isinstance(composed, Composed), composed
    samples = await page.sample(fps=5, frame_rate=FRAME_RATE)
    file = await _rendered(page, composed.fingerprint, tmp_path)

    frames = decoded(file)
    assert _clips_per_layer(composed.summary) == [12, 12, 12, 12, 12]
    assert composed.summary.duration_seconds == SECONDS
    assert len(frames) == SECONDS * FRAME_RATE
    assert [frame_number(frame) for frame in frames] == [_expected(n) for n in range(len(frames))]
    assert [frame_number(luma_of_jpeg(sample.jpeg)) for sample in samples] == [
        _expected(sample.frame_index) for sample in samples
    ]


def _expected(frame_index: int) -> int:
    """Of the footage's frames, the one that the shot of that time shows.

    core counts a clip's end to the clip: the frame at a cut is one more of the shot before.
    """
    shot = max(0, frame_index - 1) // SHOT_FRAMES
    start_s = shot % 3 + shot / 10
    return round(start_s * FRAME_RATE) + frame_index - shot * SHOT_FRAMES


def _clips_per_layer(summary: CompositionSummary) -> list[int]:
    counts = sorted(len(layer.clips) for layer in summary.layers)
    assert sum(counts) == CLIPS
    return counts


async def _rendered(page: OperatorPage, fingerprint: str, folder: Path) -> Path:
    page.gate.record(Verdict(fingerprint, green_light=True, judged_by="checks"))
    await page.render(fingerprint, ExportSettings(fps=FRAME_RATE), folder / "out.mp4")
    return folder / "out.mp4"
