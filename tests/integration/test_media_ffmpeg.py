"""The child processes: limits, progress, cancellation, and words for what went wrong."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from agent.errors import MediaToolFailed, SetupMissing
from agent.media.ffmpeg import input_args, raw_frames, run_ffmpeg, run_ffprobe
from tests.media import counter_video

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-f", "null", "-"]


def children() -> set[str]:
    """Command lines of this process's living children."""
    own = Path("/proc/self/task").glob("*/children")
    pids = " ".join(path.read_text() for path in own).split()
    return {Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in pids}


async def test_progress_counts_seconds_of_media(tmp_path):
    """It grows, and ends near the file's length."""
    seen: list[float] = []

    await run_ffmpeg(
        [*input_args(counter_video(3)), "-c:v", "libx264", str(tmp_path / "out.mp4")],
        timeout_s=60,
        on_progress=seen.append,
    )

    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(3, abs=0.1)


async def test_a_failure_says_what_ffmpeg_said(tmp_path):
    """The end of stderr is in the message."""
    (tmp_path / "x.mp4").write_text("no video")

    with pytest.raises(MediaToolFailed, match="Invalid data found"):
        await run_ffmpeg([*input_args(tmp_path / "x.mp4"), str(tmp_path / "y.mp4")], timeout_s=30)


async def test_the_time_limit_ends_the_child():
    """After it the child is gone."""
    with pytest.raises(MediaToolFailed, match=r"within 0\.5 s"):
        await run_ffmpeg(ENDLESS, timeout_s=0.5)

    assert not any("testsrc2=size=64x64" in command for command in children())


async def test_cancellation_ends_the_child():
    """A job that is stopped leaves no ffmpeg behind."""
    started = asyncio.Event()
    task = asyncio.create_task(run_ffmpeg(ENDLESS, timeout_s=60, on_progress=lambda _: started.set()))
    await asyncio.wait_for(started.wait(), 20)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any("testsrc2=size=64x64" in command for command in children())


async def test_leaving_the_frames_early_ends_the_child():
    """Whoever wants one frame pays for one frame."""
    args = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=30", "-pix_fmt", "gray"]

    async with aclosing(raw_frames(args, 64 * 64, timeout_s=60)) as frames:
        first = await anext(frames)

    assert len(first) == 64 * 64
    assert not any("testsrc2=size=64x64" in command for command in children())


async def test_a_missing_ffmpeg_says_how_to_get_it(monkeypatch):
    """The hint is a command."""
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SetupMissing) as caught:
        await run_ffprobe(["-version"])
    assert "apt-get install ffmpeg" in caught.value.hint


async def test_names_that_look_like_options_or_addresses_are_files(tmp_path):
    """`-y.mp4` and `http:x.mp4` are opened as what they are."""
    for name in ("-y.mp4", "http:x.mp4", "%03d.mp4"):
        path = tmp_path / name
        path.write_bytes(counter_video(3).read_bytes())

        output, _ = await run_ffprobe(
            ["-show_entries", "format=duration", "-of", "csv=p=0", *input_args(path)]
        )

        assert float(output) == pytest.approx(3)
