"""Media that stand in for footage: the same kind, size, rate and streams, a test picture and a tone."""

from __future__ import annotations

import asyncio
import math
import shutil
from dataclasses import replace
from pathlib import Path

from PIL import Image

from agent.domain import Asset, AssetKind, MediaInfo
from agent.media.captions import WordGroup, write_captions
from agent.media.ffmpeg import run_ffmpeg
from agent.media.storage import DIGEST_LETTERS, sha256_of

_LIMIT_S = 60.0
_ENCODERS = {
    "h264": "libx264", "hevc": "libx265", "vp8": "libvpx", "vp9": "libvpx-vp9", "av1": "libsvtav1",
    "prores": "prores_ks", "mjpeg": "mjpeg", "mpeg4": "mpeg4", "mpeg2video": "mpeg2video", "gif": "gif",
}  # fmt: skip
_SOUND_ENCODERS = {
    "aac": "aac", "opus": "libopus", "vorbis": "libvorbis", "mp3": "libmp3lame", "flac": "flac",
    "ac3": "ac3", "alac": "alac",
}  # fmt: skip
_QUICK = ("-preset", "ultrafast")


async def make_dummy(asset: Asset, folder: Path, *, length_s: float = 1.0) -> Path:
    """A file in *folder* of the asset's stream layout and of *length_s*, under the asset's own name.

    Fonts are copied, captions say two words, images are of one colour. Raises `MediaToolFailed` where
    this ffmpeg cannot write such a file.
    """
    path = folder / asset.name
    match asset.kind:
        case AssetKind.IMAGE:
            _image(asset.media, path)
        case AssetKind.CAPTIONS:
            write_captions([_words(length_s)], path.with_suffix(".json"))
            return path.with_suffix(".json")
        case AssetKind.FONT:
            shutil.copyfile(asset.path, path)
        case _:
            assert asset.media is not None, "video and sound are probed"
            path = path.with_suffix(asset.path.suffix)
            await run_ffmpeg(_arguments(asset.media, path, length_s), timeout_s=_LIMIT_S + length_s)
    return path


async def make_stand_in(asset: Asset, folder: Path) -> Asset:
    """An asset of the same name, size and length whose file in *folder* is small: a picture a second, about,
    in the codecs that proxies have. Its digest is its own. Raises as `make_dummy`.
    """
    assert asset.media is not None, "video and sound are probed"
    length_s = max(asset.media.duration_s, 0.1)
    layout = replace(
        asset.media,
        frame_rate=math.ceil(length_s) / length_s,
        video_codec=asset.media.video_codec and "h264",
        pixel_format=asset.media.pixel_format and "yuv420p",
        audio_codec=asset.media.audio_codec and "aac",
        channels=asset.media.channels and min(asset.media.channels, 2),
    )
    name = f"{asset.sha256[:DIGEST_LETTERS]}.stand-in.mp4"
    model = replace(asset, name=name, path=Path(name), media=layout)
    path = await make_dummy(model, folder, length_s=length_s)
    digest = await asyncio.to_thread(sha256_of, path)
    return replace(asset, path=path, page_path=path, sha256=digest, page_sha256=digest)


def _arguments(media: MediaInfo, path: Path, length_s: float) -> list[str]:
    inputs: list[str] = []
    encoding: list[str] = []
    if media.video_codec:
        rate = media.frame_rate or 30
        inputs += [
            "-f",
            "lavfi",
            "-i",
            f"testsrc2=size={media.width}x{media.height}:rate={rate}:duration={length_s}",
        ]
        encoder = _ENCODERS.get(media.video_codec, "libx264")
        encoding += ["-c:v", encoder, *(_QUICK if encoder in ("libx264", "libx265") else ())]
        encoding += ["-pix_fmt", media.pixel_format] if media.pixel_format and encoder != "gif" else []
    if media.audio_codec:
        tone = f"sine=frequency=440:sample_rate={media.sample_rate_hz or 48000}:duration={length_s}"
        inputs += ["-f", "lavfi", "-i", tone]
        pcm = media.audio_codec if media.audio_codec.startswith("pcm_") else "aac"
        encoding += ["-c:a", _SOUND_ENCODERS.get(media.audio_codec, pcm), "-ac", str(media.channels or 2)]
    return [*inputs, *encoding, "-t", str(length_s), "-strict", "-2", f"file:{path}"]


def _image(media: MediaInfo | None, path: Path) -> None:
    size = (media.width or 640, media.height or 360) if media else (640, 360)
    Image.new("RGB", size, "orange").save(path)


def _words(length_s: float) -> WordGroup:
    half_s = length_s / 2
    words = [
        {"text": "Hello", "start": 0.0, "end": half_s},
        {"text": "there.", "start": half_s, "end": length_s},
    ]
    return WordGroup.model_validate({"text": "Hello there.", "words": words})
