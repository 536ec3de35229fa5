"""The pictures of a video as digests: two files show the same exactly when their lists are equal."""

from __future__ import annotations

from pathlib import Path

from agent.media.ffmpeg import run_ffmpeg

DIGEST_TIMEOUT_S = 1800.0


async def write_frame_digests(video: Path, target: Path) -> None:
    """Decodes `video` and writes one line a frame, ffmpeg's framemd5 format, to `target`."""
    await run_ffmpeg(
        ["-i", str(video), "-map", "0:v:0", "-f", "framemd5", "-y", str(target)], timeout_s=DIGEST_TIMEOUT_S
    )


def read_frame_digests(path: Path) -> tuple[str, ...]:
    """The digest of each frame, in order."""
    lines = path.read_text(encoding="ascii").splitlines()
    return tuple(line.rpartition(",")[2].strip() for line in lines if line and not line.startswith("#"))
