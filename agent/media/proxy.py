"""Proxies: what the page gets where its browser cannot show the original as it is meant.

4K footage goes to the page as it is. Measured on 8 s of it in a composition of 1080p, on two cores: a proxy
of 2560x1440 costs 15.6 processor seconds to make and saves 6 in each edit that is sampled once and rendered,
so it pays only from the third edit on, and takes detail from every crop and every export in 4K. Whoever makes
many edits of a session or has a slow way to the browser sets a smaller side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from agent.domain import AssetKind, MediaInfo
from agent.media.captions import SUBTITLE_SUFFIXES, read_captions, write_captions
from agent.media.ffmpeg import ProgressCallback, input_args, run_ffmpeg
from agent.media.stills import BROWSER_IMAGES, write_png
from agent.media.storage import DIGEST_LETTERS, StoredFile, sha256_of, written_aside

MAX_SIDE_PIXELS = 4096
"""What browsers decode everywhere."""
PAGE_CONTAINERS = frozenset({"mov", "mp4", "matroska", "webm", "mp3", "wav", "ogg", "flac", "aac"})
"""What core's demuxer opens, by ffprobe's names."""
_PAGE_CODECS = {"h264": "avc", "h265": "hevc"}
_EIGHT_BIT_420 = frozenset({"yuv420p", "yuvj420p", "nv12", "yuva420p"})
_HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
_TO_SDR = "zscale=t=linear:npl=100,format=gbrpf32le,tonemap=hable,zscale=p=bt709:t=bt709:m=bt709:r=tv"
_BASE_TIMEOUT_S = 120.0
_TIMEOUT_PER_MEDIA_SECOND = 30.0
_LATE_START_S = 0.02


@dataclass(frozen=True)
class PageTakes:
    """What the page can be given: the codecs that its browser decodes, and the longest side of a picture."""

    decodable: Collection[str]
    side_px: int = MAX_SIDE_PIXELS


def proxy_reason(path: Path, kind: AssetKind, info: MediaInfo, page: PageTakes) -> str | None:
    """Why the page cannot have *path* itself, in words for the user; None: it can.

    Rotation and variable frame rate are no reasons: core turns pictures as their metadata says and goes
    by timestamps.
    """
    match kind:
        case AssetKind.VIDEO:
            return _picture_reason(info, page) or _sound_reason(info, page.decodable)
        case AssetKind.AUDIO:
            return _sound_reason(info, page.decodable)
        case AssetKind.IMAGE:
            return None if info.container in BROWSER_IMAGES else f"browsers do not show {info.container}"
        case AssetKind.CAPTIONS:
            subtitles = path.suffix.lower() in SUBTITLE_SUFFIXES
            return "word times were spread evenly over each caption" if subtitles else None
        case AssetKind.FONT:
            return None


async def make_proxy(
    original: StoredFile,
    kind: AssetKind,
    info: MediaInfo,
    folder: Path,
    page: PageTakes,
    on_progress: ProgressCallback | None = None,
) -> StoredFile:
    """The page's version of *original* in *folder*; one made earlier is used again."""
    side = f"-{page.side_px}" if _is_too_large(info, page) else ""
    target = folder / f"{original.sha256[:DIGEST_LETTERS]}{side}{_suffix(kind, info)}"
    if not target.exists():
        with written_aside(target) as aside:
            await _write(original.path, kind, info, aside, page, on_progress)
    digest = await asyncio.to_thread(sha256_of, target)
    return StoredFile(target, digest, target.stat().st_size)


def _picture_reason(info: MediaInfo, page: PageTakes) -> str | None:
    if not _is_decodable(info.video_codec, page.decodable):
        return f"{info.video_codec} is not decodable in this browser"
    if info.pixel_format not in _EIGHT_BIT_420:
        return f"its pixels are {info.pixel_format}, browsers decode 8 bit 4:2:0 everywhere"
    if _is_too_large(info, page):
        return f"it is {info.width}x{info.height}, the page gets at most {page.side_px} pixels a side"
    if not info.square_pixels:
        return "its pixels are not square"
    if info.video_start_s > _LATE_START_S:
        return f"its picture begins {info.video_start_s:.2f} s after its sound"
    return None


def _is_too_large(info: MediaInfo, page: PageTakes) -> bool:
    return max(info.width or 0, info.height or 0) > page.side_px


def _sound_reason(info: MediaInfo, decodable: Collection[str]) -> str | None:
    if info.audio_codec and not _is_decodable(info.audio_codec, decodable):
        return f"{info.audio_codec} sound is not decodable in this browser"
    if PAGE_CONTAINERS.isdisjoint(info.container.split(",")):
        return f"{info.container} files are not read by the page"
    return None


def _is_decodable(codec: str | None, decodable: Collection[str]) -> bool:
    """The page names codecs as mediabunny does; it decodes PCM by itself."""
    if codec is None:
        return False
    return codec.startswith("pcm_") or codec in decodable or _PAGE_CODECS.get(codec, codec) in decodable


def _suffix(kind: AssetKind, info: MediaInfo) -> str:
    match kind:
        case AssetKind.IMAGE:
            return ".png"
        case AssetKind.CAPTIONS:
            return ".json"
        case _:
            return ".mp4"


async def _write(
    source: Path,
    kind: AssetKind,
    info: MediaInfo,
    output: Path,
    page: PageTakes,
    on_progress: ProgressCallback | None,
) -> None:
    match kind:
        case AssetKind.IMAGE:
            await asyncio.to_thread(write_png, source, output)
        case AssetKind.CAPTIONS:
            write_captions(read_captions(source), output)
        case _:
            await run_ffmpeg(
                [*input_args(source), *_streams(info, page), "-movflags", "+faststart", str(output)],
                timeout_s=_BASE_TIMEOUT_S + _TIMEOUT_PER_MEDIA_SECOND * info.duration_s,
                on_progress=on_progress,
            )


def _streams(info: MediaInfo, page: PageTakes) -> list[str]:
    """Copies what the page can decode and encodes the rest."""
    args: list[str] = []
    if info.video_codec:
        args += ["-map", "0:V:0"]
        args += _encoded_picture(info, page) if _picture_reason(info, page) else ["-c:v", "copy"]
    if info.audio_codec:
        args += ["-map", "0:a:0"]
        aac = "aac" in page.decodable
        args += ["-c:a", "aac", "-b:a", "256k"] if aac else ["-c:a", "libopus", "-b:a", "192k"]
    return args


def _encoded_picture(info: MediaInfo, page: PageTakes) -> list[str]:
    """H.264 near to the original, upright, with square pixels and even sides; frames keep their times."""
    width, height = _fitting_size(info, page)
    filters = [_TO_SDR] if info.color_transfer in _HDR_TRANSFERS else []
    filters += [f"scale={width}:{height}", "setsar=1", "format=yuv420p"]
    if info.video_start_s > _LATE_START_S:
        # The first picture is held from the start of the sound on.
        filters.append(f"fps=fps={info.frame_rate or 30}:start_time=0")
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "60"]
    return ["-vf", ",".join(filters), *encoder, "-fps_mode", "passthrough"]


def _fitting_size(info: MediaInfo, page: PageTakes) -> tuple[int, int]:
    width, height = info.width or 2, info.height or 2
    scale = min(1.0, page.side_px / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
