"""Difficult footage in real Chromium: what the page shows is what ffmpeg shows of the original."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.domain import Asset, FrameSample
from agent.media.artifact_frames import decode_frames
from agent.media.ingest import ingest
from tests import media

FRAME_RATE = 30
FULL_FRAME = """
await composition.resize({width}, {height});
const layer = await composition.add(new core.Layer());
await layer.add(new core.VideoClip(asset({name!r}), {{ height: '100%', position: 'center' }}));
"""


@pytest.fixture(scope="module")
async def page():
    async with (
        open_browser(BrowserOptions(allow_no_sandbox=True)) as browser,
        open_operator_page(browser) as opened,
    ):
        yield opened


@pytest.mark.parametrize(
    "make",
    [
        media.counter_video,
        media.vertical_phone_video,
        media.variable_rate_video,
        media.hevc_video,
        media.prores_video,
        media.ten_bit_video,
        media.anamorphic_video,
    ],
    ids=lambda make: make.__name__,
)
async def test_the_page_shows_the_original(page, make, tmp_path):
    """The same frames at the same times, upright, in their shape; by a proxy where need be."""
    codecs = page.description.codecs
    decodable = {*codecs.video_decode, *codecs.audio_decode}
    (asset,) = await ingest([make()], tmp_path / "session", decodable=decodable)
    await page.reset()
    await page.add_asset(asset)
    info = asset.media

    composed = await page.compose(FULL_FRAME.format(width=info.width, height=info.height, name=asset.name))
    samples = (await page.sample(times=[0.2, 0.5, 0.9], width=320))[:3]

    assert composed.ok, composed
    likeness = [await _likeness(asset, samples, shift) for shift in (-1, 0, 1)]
    for earlier, same, later in zip(*likeness, strict=True):
        # Untagged SD colours are BT.601 to ffmpeg and BT.709 to Chromium: equal frames differ a little.
        assert same > 0.93
        assert same > max(earlier, later)


async def _likeness(asset: Asset, samples: Sequence[FrameSample], shift_frames: int) -> list[float]:
    """SSIM of each sample to the original's frame that many frames later."""
    shifted = [
        replace(sample, timestamp_s=(sample.frame_index + shift_frames) / FRAME_RATE) for sample in samples
    ]
    frames = await decode_frames(asset.path, asset.media, shifted, FRAME_RATE)
    return [likeness for _, likeness in frames.similarities]
