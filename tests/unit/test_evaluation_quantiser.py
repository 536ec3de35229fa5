"""How coarsely a file was quantised, read from what ffmpeg tells of its headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.domain import MediaInfo
from agent.evaluation.quantiser import mean_quantiser, quantiser_of

TOLD = """
[trace_headers @ 0x5] Extradata
[trace_headers @ 0x5] 8           pic_parameter_set_id                                        1 = 0
[trace_headers @ 0x5] 20          pic_init_qp_minus26                                   0001000 = 4
[trace_headers @ 0x5] 8           pic_parameter_set_id                                      010 = 1
[trace_headers @ 0x5] 20          pic_init_qp_minus26                                         1 = 0
[trace_headers @ 0x5] Packet: 3000 bytes, key frame, pts 0, dts -1024, duration 512.
[trace_headers @ 0x5] 16          pic_parameter_set_id                                        1 = 0
[trace_headers @ 0x5] 30          slice_qp_delta                                      000010101 = -10
[trace_headers @ 0x5] Packet: 1000 bytes, pts 1024, dts 512, duration 512.
[trace_headers @ 0x5] 14          pic_parameter_set_id                                      010 = 1
[trace_headers @ 0x5] 34          slice_qp_delta                                      000010100 = 10
"""


def test_each_slice_counts_by_its_bytes_and_from_its_own_parameters():
    """30 - 10 for 3000 bytes, 26 + 10 for 1000."""
    assert mean_quantiser(TOLD) == pytest.approx((20 * 3 + 36) / 4)


@pytest.mark.parametrize("report", ["", TOLD.partition("Packet")[0], TOLD.partition("Packet")[2]])
def test_what_is_told_in_part_has_none(report: str):
    """No slices, or slices of parameters that nobody told."""
    assert mean_quantiser(report) is None


@pytest.mark.parametrize("codec", ["vp9", "h264"])
async def test_another_codec_and_a_file_that_cannot_be_read_have_none(codec: str, tmp_path: Path):
    """The evaluation goes on without."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no video")

    assert await quantiser_of(path, MediaInfo("mp4", 2.0, 640, 360, video_codec=codec)) is None
