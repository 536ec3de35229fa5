"""What is kept of a video's pictures, for a replay to be held against."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from agent.errors import MediaToolFailed
from agent.media import frame_record
from agent.media.frame_record import FrameComparison, compare_frame_records, write_frame_record
from tests import media

PICTURE_BYTES = 48 * 27 * 3


async def test_a_video_is_the_same_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every picture is in the record, also where they do not fill the last stretch that is compared."""
    monkeypatch.setattr(frame_record, "_STRETCH_FRAMES", 7)
    record = tmp_path / "job.frames.gz"

    await write_frame_record(media.counter_video(1), record)

    assert compare_frame_records(record, record) == FrameComparison(30, 30, 30, 0)


async def test_another_encoding_is_the_same_and_another_video_is_not(tmp_path: Path) -> None:
    """Noise of an encoder is tolerated, other pictures and missing ones are not."""
    video = media.counter_video(1)
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "8", "-pix_fmt", "yuv420p", "-an"]
    videos = {
        "first": video,
        "again": media.made_by_ffmpeg("-i", str(video), *encoder, suffix=".mp4"),
        "other": media.made_by_ffmpeg(
            "-i", str(video), "-t", "0.5", "-vf", "negate", *encoder, suffix=".mp4"
        ),
    }
    for name, path in videos.items():
        await write_frame_record(path, tmp_path / name)

    again = compare_frame_records(tmp_path / "first", tmp_path / "again")
    other = compare_frame_records(tmp_path / "first", tmp_path / "other")

    assert (again.first_frames, again.again_frames, again.same_frames) == (30, 30, 30)
    assert 0 < again.largest_difference <= frame_record.SAME_WITHIN_LEVELS
    assert (other.first_frames, other.again_frames, other.same_frames) == (30, 15, 0)


async def test_a_video_that_cannot_be_read_leaves_no_record(tmp_path: Path) -> None:
    """Half a record would be taken for a shorter video."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")

    with pytest.raises(MediaToolFailed):
        await write_frame_record(broken, tmp_path / "job.frames.gz")

    assert list(tmp_path.iterdir()) == [broken]


def test_an_hour_is_compared_in_little_memory(tmp_path: Path) -> None:
    """108 000 pictures, 420 MB, pass through stretch by stretch."""
    record = tmp_path / "hour.frames.gz"
    with gzip.open(record, "wb", 1) as file:
        for _ in range(108):
            file.write(bytes(1000 * PICTURE_BYTES))

    tracemalloc.start()
    found = compare_frame_records(record, record)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == FrameComparison(108_000, 108_000, 108_000, 0)
    assert peak_bytes < 100e6
