"""What is sampled is what is in the footage at that time, and what is rendered, frame by frame."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import Composed
from agent.domain import ExportSettings, Verdict
from agent.media.deliver import deliver
from agent.rendering import intermediate
from tests.browser_fixtures import asset_of
from tests.frame_code import (
    coded_video,
    decoded,
    frame_number,
    luma_of_jpeg,
    shown_number,
    similarity_outside_the_mark,
)

CLIP = "coded.mp4"
NTSC = "30000/1001"


@pytest_asyncio.fixture(scope="module")
async def page() -> AsyncIterator[OperatorPage]:
    """One operator page for all cases."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        yield page


@pytest.mark.parametrize(
    ("footage_rate", "export_rate", "start_s", "end_s"),
    [
        ("30", "30", 0, 3),
        ("30", "30", 1.2, 4),
        (NTSC, NTSC, 0, 3),
        (NTSC, NTSC, 1.2, 4),
        ("25", "30", 1.2, 4),
    ],
)
async def test_samples_and_file_show_the_very_frame(
    page: OperatorPage, tmp_path: Path, footage_rate: str, export_rate: str, start_s: float, end_s: float
) -> None:
    """Each sample, and each frame of the delivered file, has the number that the footage has there."""
    rate = Fraction(export_rate)
    await page.reset()
    await page.add_asset(asset_of(coded_video(rate=footage_rate), name=CLIP))
    fingerprint = await _compose(page, start_s, end_s)

    samples = await page.sample(fps=1, frame_rate=float(rate))
    file = await _export(page, fingerprint, rate, tmp_path)

    frames = decoded(file)
    expected = [
        shown_number(index, rate, footage_rate=Fraction(footage_rate), start_s=start_s)
        for index in range(len(frames))
    ]
    assert len(frames) == pytest.approx((end_s - start_s) * rate, abs=1)
    assert [frame_number(frame) for frame in frames] == expected
    assert [sample.frame_index for sample in samples] == [0, 30, 60, len(frames) - 1]
    for sample in samples:
        assert sample.timestamp_s == pytest.approx(sample.frame_index / rate, abs=1e-6)
        luma = luma_of_jpeg(sample.jpeg)
        assert frame_number(luma) == expected[sample.frame_index]
        assert similarity_outside_the_mark(luma, frames[sample.frame_index]) > 0.95


async def _compose(page: OperatorPage, start_s: float, end_s: float) -> str:
    composed = await page.compose(
        "composition.resize(640, 360);\n"
        "const layer = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));\n"
        f"await layer.add(new core.VideoClip(asset('{CLIP}'), {{ range: [{start_s}, {end_s}] }}));\n"
    )
    assert isinstance(composed, Composed)
    return composed.fingerprint


async def _export(page: OperatorPage, fingerprint: str, rate: Fraction, folder: Path) -> Path:
    """Render and delivery, as a job does them."""
    export = ExportSettings(fps=float(rate))
    page.gate.record(Verdict(fingerprint, green_light=True, judged_by="checks"))
    await page.render(fingerprint, intermediate(export), folder / "rendered.mov")
    await deliver(folder / "rendered.mov", folder / "out.mp4", export)
    return folder / "out.mp4"
