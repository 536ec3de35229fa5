"""What the footage holds: no file has to be better than what it was made of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from agent.domain import Asset, AssetKind
from agent.errors import MediaToolFailed
from agent.evaluation.sharpness import edge_width_px
from agent.media.ffmpeg import ffmpeg_output, input_args
from agent.media.similarity import Picture, picture_of
from agent.media.storage import written_aside

log = logging.getLogger(__name__)

MOST_SOURCES = 8
SIGNATURE_RATE = 5.0
"""Signatures a second: no frame is further than a tenth of a second from one."""
SIGNATURE_SIZE = (32, 18)

Signatures = NDArray[np.uint8]
"""(moment, height x width): tiny grey pictures."""

_SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
_FRAME_TIMEOUT_S = 60.0
_BASE_TIMEOUT_S, _TIMEOUT_PER_SECOND = 60.0, 2.0
_VERSION = 1


@dataclass(frozen=True)
class Source:
    """An asset with a picture. `edge_widths_px` are those of a few of its frames; `rate` None: a still.

    Signature i is of the frame shown at i / SIGNATURE_RATE.
    """

    name: str
    path: Path
    width: int
    height: int
    rate: float | None
    edge_widths_px: tuple[float, ...]
    signatures: Path


_KEPT = TypeAdapter(Source)


async def sources_of(assets: Sequence[Asset], cache: Path) -> tuple[Source, ...]:
    """What is known of the first eight assets that have a picture; measured once for a content."""
    shown = [asset for asset in assets if asset.kind in {AssetKind.VIDEO, AssetKind.IMAGE}]
    return tuple([await _source(asset, cache) for asset in shown[:MOST_SOURCES]])


async def frame_at(path: Path, time_s: float, *, widest_px: int = 0) -> bytes | None:
    """JPEG of the frame shown at *time_s*, at most so wide; None where none can be decoded."""
    size = f"w='min({widest_px},iw)':h=-2:" if widest_px else ""
    arguments = ["-ss", f"{max(0.0, time_s):.3f}", *input_args(path), "-map", "0:V:0", "-frames:v", "1"]
    arguments += ["-vf", f"scale={size}out_color_matrix=bt601:out_range=full,format=yuvj420p"]
    arguments += ["-q:v", "2", "-f", "image2pipe", "-c:v", "mjpeg", "pipe:1"]
    try:
        return await ffmpeg_output(arguments, timeout_s=_FRAME_TIMEOUT_S) or None
    except MediaToolFailed as exc:
        log.info("no frame", extra={"action": "frame_at", "file": path.name, "why": str(exc)})
        return None


def signature(picture: Picture) -> Signatures:
    """The tiny grey picture of one frame."""
    small = Image.fromarray(picture).convert("L").resize(SIGNATURE_SIZE, Image.Resampling.BOX)
    return np.asarray(small, dtype=np.uint8).ravel()


async def _source(asset: Asset, cache: Path) -> Source:
    kept = cache / f"{asset.sha256[:32]}-{_VERSION}-source.json"
    signatures = kept.with_suffix(".grey")
    try:
        source = _KEPT.validate_json(await asyncio.to_thread(kept.read_bytes))
        if signatures.exists():
            # The content is known, under whatever name and wherever it was then.
            return replace(source, name=asset.name, path=asset.path, signatures=signatures)
    except FileNotFoundError:
        pass
    except (OSError, ValidationError) as exc:
        log.warning("source unreadable", extra={"action": "source_read", "why": str(exc)})
    await asyncio.to_thread(_keep, signatures, await _signatures(asset))
    source = await _measured(asset, signatures)
    await asyncio.to_thread(_keep, kept, _KEPT.dump_json(source))
    return source


async def _signatures(asset: Asset) -> bytes:
    duration_s = asset.media.duration_s if asset.media else 0.0
    filters = f"fps={SIGNATURE_RATE}:start_time=0," if asset.kind is AssetKind.VIDEO else ""
    filters += f"scale={SIGNATURE_SIZE[0]}:{SIGNATURE_SIZE[1]}:flags=area,format=gray"
    arguments = [*input_args(asset.path), "-map", "0:V:0", "-vf", filters, "-f", "rawvideo", "pipe:1"]
    return await ffmpeg_output(arguments, timeout_s=_BASE_TIMEOUT_S + _TIMEOUT_PER_SECOND * duration_s)


async def _measured(asset: Asset, signatures: Path) -> Source:
    media = asset.media
    assert media is not None, "video and images are probed"
    moments = [share * media.duration_s for share in _SHARES] if asset.kind is AssetKind.VIDEO else [0.0]
    widths = [await _edge_width(asset.path, moment) for moment in moments]
    return Source(
        name=asset.name,
        path=asset.path,
        width=media.width or 0,
        height=media.height or 0,
        rate=media.frame_rate if asset.kind is AssetKind.VIDEO else None,
        edge_widths_px=tuple(width for width in widths if width is not None),
        signatures=signatures,
    )


async def _edge_width(path: Path, time_s: float) -> float | None:
    jpeg = await frame_at(path, time_s)
    if jpeg is None:
        return None
    return await asyncio.to_thread(lambda: edge_width_px(picture_of(jpeg)))


def _keep(path: Path, content: bytes) -> None:
    with written_aside(path) as aside:
        aside.write_bytes(content)
