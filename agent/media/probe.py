"""What a file is: ffprobe's answer as `MediaInfo`, or `BadMedia` that says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from agent.domain import AssetKind, MediaInfo
from agent.errors import BadMedia, MediaToolFailed
from agent.media.captions import caption_end_s, read_captions
from agent.media.ffmpeg import input_args, run_ffprobe
from agent.media.readable import require_readable
from agent.media.signature import Signature, signature_of
from agent.media.stills import BROWSER_IMAGES, probe_image, probe_svg

CAPTIONS = "captions"
FONT = "font"
_STILL_CONTAINERS = BROWSER_IMAGES | {"tiff", "heif", "mpo"}
_LISTS_AND_TEXT = {"hls", "dash", "concat", "tty", "lavfi", "ffmetadata", "srt", "webvtt", "ass"}
_END_WINDOW_S = 2.0
_MISSING_S = 0.5
_ESTIMATED_DURATION = {"mp3", "aac"}
_START_WINDOW_S = 10.0
_SPEAKER = re.compile(r"\[[\w,]+ @ 0x[0-9a-f]+\] ")
_FEW = 0.02
"""A dropped frame here and there is not yet a variable rate."""
_STEADY = 0.1
"""Frame intervals that differ from their median by less than this share are one rate with rounding."""


async def probe(path: Path) -> MediaInfo:
    """The facts of *path*, sizes as displayed. Raises `BadMedia` if it cannot be footage, sound, image,
    captions or font, or is cut short.
    """
    require_readable(path)
    match signature_of(path):
        case Signature.IMAGE:
            return await asyncio.to_thread(probe_image, path)
        case Signature.SVG:
            return probe_svg(path)
        case Signature.FONT:
            return MediaInfo(container=FONT, duration_s=0.0)
        case Signature.TEXT:
            transcript = await asyncio.to_thread(read_captions, path)
            return MediaInfo(container=CAPTIONS, duration_s=caption_end_s(transcript))
        case Signature.PLAYLIST:
            raise BadMedia(
                f"{path.name} is not readable as media: it is a list that names other files.",
                hint="Give the files that it names.",
            )
        case Signature.OTHER:
            return await _probe_streams(path)


def kind_of(path: Path, info: MediaInfo) -> AssetKind:
    """What a probed file is to a composition. Raises `BadMedia` for none of the kinds."""
    if info.container == CAPTIONS:
        return AssetKind.CAPTIONS
    if info.container == FONT:
        return AssetKind.FONT
    if info.container in _STILL_CONTAINERS and (info.frame_count or 1) == 1:
        return AssetKind.IMAGE
    if info.video_codec:
        return AssetKind.VIDEO
    if info.audio_codec:
        return AssetKind.AUDIO
    raise BadMedia(f"{path.name} holds neither picture nor sound.")


class _SideData(BaseModel):
    rotation: float | None = None


class _Disposition(BaseModel):
    attached_pic: int = 0


class _Stream(BaseModel):
    codec_type: str = ""
    codec_name: str = "unknown"
    index: int
    width: int | None = None
    height: int | None = None
    pix_fmt: str | None = None
    sample_aspect_ratio: str | None = None
    color_transfer: str | None = None
    avg_frame_rate: str = "0/0"
    r_frame_rate: str = "0/0"
    nb_frames: int | None = None
    duration: float | None = None
    start_time: float = 0.0
    channels: int | None = None
    sample_rate: int | None = None
    side_data_list: list[_SideData] = []
    disposition: _Disposition = _Disposition()


class _Format(BaseModel):
    format_name: str
    duration: float | None = None
    start_time: float = 0.0


class _Report(BaseModel):
    streams: list[_Stream] = []
    format: _Format


class _Packet(BaseModel):
    pts_time: float | None = None
    duration_time: float = 0.0
    flags: str = ""


class _Packets(BaseModel):
    packets: list[_Packet] = Field(default=[])


async def _probe_streams(path: Path) -> MediaInfo:
    report = await _report(path)
    if report.format.format_name in _LISTS_AND_TEXT:
        raise _not_media(path, f"it is read as {report.format.format_name!r}")
    video = next((s for s in report.streams if _is_picture(s)), None)
    audio = next((s for s in report.streams if s.codec_type == "audio"), None)
    main = video or audio
    if main is None:
        raise BadMedia(
            f"{path.name} holds neither picture nor sound.", hint="Give a file with a video or audio stream."
        )
    duration_s = report.format.duration or main.duration or 0.0
    if duration_s <= 0:
        raise BadMedia(f"{path.name} has no duration: it holds no frames.", hint="Export it again.")
    whole, info = await asyncio.gather(
        _require_whole(path, report.format, duration_s),
        _media_info(path, report.format, video, audio, duration_s),
        return_exceptions=True,
    )
    # What is cut short may fail in other ways as well, which say less.
    if isinstance(whole, BaseException):
        raise whole
    if isinstance(info, BaseException):
        raise info
    return info


async def _report(path: Path) -> _Report:
    try:
        text, _ = await run_ffprobe(["-show_format", "-show_streams", "-of", "json", *input_args(path)])
        return _Report.model_validate_json(text)
    except (MediaToolFailed, ValidationError) as exc:
        raise _not_media(path, str(exc)) from exc


def _not_media(path: Path, reason: str) -> BadMedia:
    # ffprobe says where the file lies and which of its parts speaks: nobody else's business.
    told = _SPEAKER.sub("", reason.replace(str(path), path.name))[-300:]
    return BadMedia(
        f"{path.name} is not readable as media ({told}).",
        hint="Expected video, sound, an image, captions (.json, .srt, .vtt) or a font. "
        "If it was one, it is damaged or cut short: copy it again from where it came from.",
    )


def _is_picture(stream: _Stream) -> bool:
    return stream.codec_type == "video" and not stream.disposition.attached_pic and bool(stream.width)


async def _require_whole(path: Path, container: _Format, duration_s: float) -> None:
    """Raises `BadMedia` when the last packets that the header promises are not there."""
    if container.format_name in _ESTIMATED_DURATION:
        return
    last_s = container.start_time + duration_s
    packets, complaints = await _packets(path, f"{max(0.0, last_s - _END_WINDOW_S):.3f}%")
    ends = [p.pts_time + p.duration_time for p in packets if p.pts_time is not None]
    if not ends or "partial file" in complaints or last_s - max(ends) > _MISSING_S:
        found = f"its packets end at {max(ends):.1f} s" if ends else "its last packets are missing"
        raise BadMedia(
            f"{path.name} is cut short: expected {duration_s:.1f} s, {found}.",
            hint="Copy it again from where it came from, or keep what is there: "
            "ffmpeg -i FILE -c copy MENDED.mkv",
        )


async def _packets(path: Path, interval: str, *selection: str) -> tuple[list[_Packet], str]:
    args = [*selection, "-read_intervals", interval]
    args += ["-show_entries", "packet=pts_time,duration_time,flags", "-of", "json"]
    try:
        text, complaints = await run_ffprobe([*args, *input_args(path)])
        return _Packets.model_validate_json(text).packets, complaints
    except (MediaToolFailed, ValidationError) as exc:
        raise _not_media(path, str(exc)) from exc


async def _media_info(
    path: Path, container: _Format, video: _Stream | None, audio: _Stream | None, duration_s: float
) -> MediaInfo:
    sound = audio or _Stream(index=-1)
    info = MediaInfo(
        container=container.format_name,
        duration_s=duration_s,
        audio_codec=audio.codec_name if audio else None,
        channels=sound.channels,
        sample_rate_hz=sound.sample_rate,
    )
    return await _with_picture(path, info, container, video) if video else info


async def _with_picture(path: Path, sound: MediaInfo, container: _Format, video: _Stream) -> MediaInfo:
    rotation = _rotation_deg(video)
    pixel_aspect = _ratio((video.sample_aspect_ratio or "").replace(":", "/")) or Fraction(1)
    width, height = round((video.width or 0) * pixel_aspect), video.height or 0
    if rotation % 180:
        width, height = height, width
    average = _ratio(video.avg_frame_rate)
    first_packets, _ = await _packets(path, f"%+{_START_WINDOW_S:g}", "-select_streams", str(video.index))
    return MediaInfo(
        container=sound.container,
        duration_s=sound.duration_s,
        width=width,
        height=height,
        rotation_deg=rotation,
        frame_rate=float(average) if average else None,
        frame_count=video.nb_frames or await _count_frames(path, video),
        variable_frame_rate=_varies(video, first_packets),
        video_codec=video.codec_name,
        pixel_format=video.pix_fmt,
        audio_codec=sound.audio_codec,
        channels=sound.channels,
        sample_rate_hz=sound.sample_rate_hz,
        square_pixels=pixel_aspect == 1,
        color_transfer=video.color_transfer,
        video_start_s=max(0.0, video.start_time - container.start_time),
    )


def _rotation_deg(video: _Stream) -> int:
    """Clockwise; the display matrix counts the other way round."""
    turns = [data.rotation for data in video.side_data_list if data.rotation is not None]
    return -round(turns[0]) % 360 if turns else 0


def _ratio(text: str) -> Fraction | None:
    numerator, _, denominator = text.partition("/")
    if not (numerator.isdigit() and denominator.isdigit()) or not int(denominator) or not int(numerator):
        return None
    return Fraction(int(numerator), int(denominator))


def _varies(video: _Stream, packets: list[_Packet]) -> bool:
    """By the intervals between shown frames; the two rates of the header settle it when these are few."""
    shown = sorted(p.pts_time for p in packets if p.pts_time is not None and "D" not in p.flags)
    intervals = sorted(later - earlier for earlier, later in pairwise(shown))
    if len(intervals) < 3:
        average, base = _ratio(video.avg_frame_rate), _ratio(video.r_frame_rate)
        return bool(average and base and abs(average / base - 1) > _STEADY)
    median = intervals[len(intervals) // 2]
    # Containers that count in milliseconds round each time by up to one.
    allowed_s = max(_STEADY * median, 0.0021)
    odd = sum(abs(interval - median) > allowed_s for interval in intervals)
    return odd > max(2, _FEW * len(intervals))


async def _count_frames(path: Path, video: _Stream) -> int | None:
    args = ["-select_streams", str(video.index), "-count_packets", "-of", "csv=p=0"]
    text, _ = await run_ffprobe([*args, "-show_entries", "stream=nb_read_packets", *input_args(path)])
    digits = text.strip().rstrip(",")
    return int(digits) if digits.isdigit() else None
