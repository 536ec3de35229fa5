"""From what the browser encoded to a file that players everywhere take."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from agent.domain import ExportSettings, Loudness, LoudnessTarget, MediaInfo
from agent.media.ffmpeg import ProgressCallback, input_args, run_ffmpeg
from agent.media.loudness import encode_at
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
) -> Loudness | None:
    """Write *rendered* to *output*: picture copied bit by bit, sound as the settings say, index first in mp4.

    Returns the loudness that was measured where the settings state one. *output* appears only when
    complete; one that is there already is replaced. Raises `OutputRefused` when its folder cannot be written
    or the disk is full, `MediaToolFailed` when ffmpeg fails.
    """
    info = await probe(rendered)
    with written_aside(output) as aside:
        if settings.loudness is not None and info.audio_codec is not None:
            return await _at_loudness(rendered, aside, info, settings, settings.loudness, on_progress)
        if settings.container == "webm":
            await asyncio.to_thread(shutil.copyfile, rendered, aside)
            return None
        await run_ffmpeg(
            [*input_args(rendered), *_streams(info, settings), *_muxer(settings), str(aside)],
            timeout_s=_timeout_s(info),
            on_progress=on_progress,
        )
        return None


async def _at_loudness(
    rendered: Path,
    aside: Path,
    info: MediaInfo,
    settings: ExportSettings,
    target: LoudnessTarget,
    on_progress: ProgressCallback | None,
) -> Loudness:
    """The sound is encoded by itself, as often as its level needs, and then put to the picture."""
    codec = "opus" if settings.container == "webm" else settings.audio_codec
    sound = aside.with_name(f"{aside.stem}.sound{'.webm' if codec == 'opus' else '.m4a'}")
    try:
        made = await encode_at(
            rendered, sound, target, _encoding(codec), info.duration_s, on_progress=on_progress
        )
        streams = ["-map", "0:v:0", "-map", "1:a:0", "-c", "copy"]
        await run_ffmpeg(
            [*input_args(rendered), *input_args(sound), *streams, *_muxer(settings), str(aside)],
            timeout_s=_timeout_s(info),
        )
    finally:
        sound.unlink(missing_ok=True)
    return made


def _timeout_s(info: MediaInfo) -> float:
    return _BASE_TIMEOUT_S + _TIMEOUT_PER_MEDIA_SECOND * info.duration_s


def _streams(info: MediaInfo, settings: ExportSettings) -> list[str]:
    args = ["-map", "0:v:0", "-c:v", "copy"]
    if info.audio_codec is None:
        return args
    return [*args, "-map", "0:a:0", *_sound(info.audio_codec, settings.audio_codec)]


def _sound(found: str, wanted: str) -> list[str]:
    if found == wanted:
        return ["-c:a", "copy"]
    return _encoding(wanted)


def _encoding(codec: str) -> list[str]:
    if codec == "opus":
        return ["-c:a", "libopus", "-b:a", OPUS_BITRATE]
    return ["-c:a", "aac", "-b:a", AAC_BITRATE]


def _muxer(settings: ExportSettings) -> list[str]:
    if settings.container == "webm":
        return ["-f", "webm"]
    # Players begin before the whole file is there only if its index comes first.
    return ["-movflags", "+faststart", "-f", settings.container]
