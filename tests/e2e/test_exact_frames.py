"""A whole edit shows, frame by frame, the footage that it was asked to keep."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.e2e.cli import roughcut
from tests.frame_code import (
    coded_video,
    decoded,
    frame_number,
    luma_of_jpeg,
    shown_number,
    similarity_outside_the_mark,
)


@pytest.mark.parametrize(
    ("prompt", "footage_rate", "start_s", "length_s"),
    [
        ("Trim to 3 seconds", "30", 0, 3.0),
        ("Keep from 1.2 s to 4 s", "30", 1.2, 2.8),
        ("Keep from 1.2 s to 4 s", "30000/1001", 1.2, 2.8),
    ],
)
def test_the_judged_and_the_delivered_frames_are_the_footages(
    tmp_path: Path, prompt: str, footage_rate: str, start_s: float, length_s: float
):
    """Samples in the session and frames of the file, at the footage's own rate, carry the same numbers."""
    rate = Fraction(footage_rate)
    output = tmp_path / "out.mp4"
    ended = roughcut(
        "edit", coded_video(rate=footage_rate), prompt, "-o", output, "--json", home=tmp_path / "home"
    )

    assert ended.code == 0, ended.stderr
    frames = decoded(output)
    assert len(frames) == int(length_s * rate)
    assert [frame_number(frame) for frame in frames] == [
        shown_number(index, rate, footage_rate=rate, start_s=start_s) for index in range(len(frames))
    ]
    samples = sorted(Path(ended.json["folder"], "samples").glob("*/*.jpg"))
    assert len(samples) >= 4
    for sample in samples:
        luma, frame = luma_of_jpeg(sample.read_bytes()), frames[round(float(sample.stem) * rate)]
        assert frame_number(luma) == frame_number(frame)
        assert similarity_outside_the_mark(luma, frame) > 0.95
