"""From what the browser encoded to a file that players everywhere take."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from agent.domain import ExportSettings, MediaInfo
from agent.media.ffmpeg import ProgressCallback, input_args, run_ffmpeg
from agent.media.probe import probe
from agent.media.storage import written_aside

AAC_BITRATE = "192k"
OPUS_BITRATE = "160k"
_BASE_TIMEOUT_S = 60.0
_TIMEOUT_PER_MEDIA_SECOND = 2.0


async def deliver(
    rendered: Path,
    output: Path,
    settings: ExportSettings,
    *,
    on_progress: ProgressCallback | None = None,
) -> None:
    """Write *rendered* to *output*: picture copied bit by bit, sound as the settings say, index first in mp4.

    *output* appears only when complete; one that is there already is replaced. Raises `OutputRefused` when
    its folder cannot be written or the disk is full, `MediaToolFailed` when ffmpeg fails.
    """
    info = await probe(rendered)
    with written_aside(output) as aside:
        if settings.container == "webm":
            await asyncio.to_thread(shutil.copyfile, rendered, aside)
            return
        await run_ffmpeg(
            [*input_args(rendered), *_streams(info, settings), *_muxer(settings), str(aside)],
            timeout_s=_BASE_TIMEOUT_S + _TIMEOUT_PER_MEDIA_SECOND * info.duration_s,
            on_progress=on_progress,
        )


def _streams(info: MediaInfo, settings: ExportSettings) -> list[str]:
    args = ["-map", "0:v:0", "-c:v", "copy"]
    if info.audio_codec is None:
        return args
    return [*args, "-map", "0:a:0", *_sound(info.audio_codec, settings.audio_codec)]


def _sound(found: str, wanted: str) -> list[str]:
    if found == wanted:
        return ["-c:a", "copy"]
    if wanted == "opus":
        return ["-c:a", "libopus", "-b:a", OPUS_BITRATE]
    return ["-c:a", "aac", "-b:a", AAC_BITRATE]


def _muxer(settings: ExportSettings) -> list[str]:
    # Players begin before the whole file is there only if its index comes first.
    return ["-movflags", "+faststart", "-f", settings.container]
