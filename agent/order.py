"""What a user asks for, and what of it is refused before any work is done."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.domain import Asset, AssetKind, ExportSettings
from agent.errors import BadInput, OutputRefused

DEFAULT_FRAME_RATE = 30.0
HIGHEST_FOLLOWED_FRAME_RATE = 60.0
CONTAINER_CODECS = {"mp4": ("avc", "av1"), "mov": ("avc",), "webm": ("vp9", "av1", "vp8")}
"""What each container may hold here; the first is the default."""


@dataclass(frozen=True)
class EditOrder:
    """A request and where its result goes."""

    request: str
    output: Path
    export: ExportSettings = field(default_factory=ExportSettings)
    force: bool = False
    contact_sheet: Path | None = None


def refuse_output(order: EditOrder) -> None:
    """Raises OutputRefused before any work is done, if the result could not be put there."""
    for target in filter(None, (order.output, order.contact_sheet)):
        if target.is_dir():
            raise OutputRefused(f"{target} is a folder.", hint="Name a file, for example out.mp4.")
        if target.exists() and not order.force:
            raise OutputRefused(
                f"{target} exists already.", hint="Give --force to replace it, or another name."
            )
        probe = target.parent / f".{target.name}.{uuid.uuid4().hex}.part"
        try:
            probe.touch(exist_ok=False)
            probe.unlink()
        except OSError as exc:
            raise OutputRefused(
                f"Cannot write into {target.parent}: {exc.strerror}.",
                hint="Name a folder that exists and that you can write.",
            ) from exc


def refuse_files(order: EditOrder, files: Sequence[Path]) -> None:
    """Raises BadInput at once for footage that is not there or that the result would replace."""
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        raise BadInput(f"Not found: {', '.join(missing)}.", hint="Check the names; quote those with spaces.")
    for target in filter(None, (order.output, order.contact_sheet)):
        if target.exists() and any(target.samefile(file) for file in files):
            raise OutputRefused(
                f"{target} is footage of this edit; it would be lost.", hint="Give the result another name."
            )


def export_settings(
    output: Path, *, codec: str | None, fps: float | None, bitrate: int | None, resolution: float
) -> ExportSettings:
    """What the output's name and the options ask for; raises BadInput for pairs that no player reads."""
    container = output.suffix.lower().removeprefix(".")
    codecs = CONTAINER_CODECS.get(container)
    if codecs is None:
        raise BadInput(
            f"Expected an output ending in {', '.join(f'.{name}' for name in CONTAINER_CODECS)}; "
            f"found {output.name!r}.",
            hint="End the output's name in .mp4 unless you know better.",
        )
    if codec is not None and codec not in codecs:
        raise BadInput(
            f"{container} holds {' or '.join(codecs)} here, found {codec!r}.",
            hint=f"Use --codec {codecs[0]}.",
        )
    return ExportSettings(
        container=container,
        video_codec=codec or codecs[0],
        audio_codec="opus" if container == "webm" else "aac",
        fps=fps,
        video_bitrate=bitrate,
        resolution=resolution,
    )


def export_for(export: ExportSettings, assets: Sequence[Asset]) -> ExportSettings:
    """The export with its frame rate settled: the first video's, up to 60, where none was asked for."""
    if export.fps is not None:
        return export
    rates = [asset.media.frame_rate for asset in assets if asset.media and asset.kind is AssetKind.VIDEO]
    rate = next((rate for rate in rates if rate), DEFAULT_FRAME_RATE)
    return replace(export, fps=min(rate, HIGHEST_FOLLOWED_FRAME_RATE))
