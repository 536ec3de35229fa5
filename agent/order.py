"""What a user asks for, and what of it is refused before any work is done."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from pydantic import JsonValue, TypeAdapter

from agent.domain import Asset, AssetKind, ExportSettings
from agent.errors import BadInput, OutputRefused
from agent.evaluation.brand_kit import read_brand_kit
from agent.evaluation.profiles import profile_named
from agent.media.loudness import loudness_target
from agent.media.readable import require_readable

DEFAULT_FRAME_RATE = 30.0
DEFAULT_LOUDNESS = "web"
HIGHEST_FOLLOWED_FRAME_RATE = 60.0
CONTAINER_CODECS = {"mp4": ("avc", "av1"), "mov": ("avc",), "webm": ("vp9", "av1", "vp8")}
"""What each container may hold here; the first is the default."""


@dataclass(frozen=True)
class EditOrder:
    """A request and where its result goes."""

    request: str
    output: Path
    files: tuple[Path, ...] = ()
    """Footage that comes with it, in order; a session's own assets are there already."""
    export: ExportSettings = field(default_factory=ExportSettings)
    force: bool = False
    contact_sheet: Path | None = None
    gif: Path | None = None
    stills_s: tuple[float, ...] = ()
    """Times of pictures to keep as PNG."""
    keep_master: bool = False
    """Whether the file as the browser encoded it is kept beside the output."""
    shapes: tuple[str, ...] = ()
    """Aspect ratios, such as 9:16, of which a version of its own is made and judged."""
    plan_only: bool = False
    """Whether the job ends with its plan."""
    require_golden: bool = False
    """Whether only a golden render is delivered; else one without blockers."""
    profile: str | None = None
    """What kind of video its pace is held against; None: the default of the evaluation."""
    brand: Path | None = None
    """A `brand.toml` that it is held against."""

    @property
    def stills(self) -> dict[float, Path]:
        """Where each still goes."""
        return {at_s: self.output.with_name(f"{self.output.stem}-{at_s:g}s.png") for at_s in self.stills_s}

    @property
    def master(self) -> Path | None:
        """Where the browser's own file goes; its container is that of the render."""
        suffix = f".{intermediate(self.export).container}"
        return self.output.with_name(f"{self.output.stem}.master{suffix}") if self.keep_master else None

    @property
    def targets(self) -> tuple[Path, ...]:
        """Every file that the order names or implies."""
        of_shapes = [self.in_shape(shape).output for shape in self.shapes]
        named = [self.output, self.contact_sheet, self.gif, self.master, *self.stills.values(), *of_shapes]
        return tuple(path for path in named if path is not None)

    def in_shape(self, shape: str) -> EditOrder:
        """The order for a version of the finished video in another aspect ratio, with nothing beside it."""
        name = f"{self.output.stem}-{shape.replace(':', 'x')}{self.output.suffix}"
        return EditOrder(
            f"Now make it {shape}.",
            self.output.with_name(name),
            export=self.export,
            force=self.force,
            require_golden=self.require_golden,
            profile=self.profile,
            brand=self.brand,
        )


def order_to_json(order: EditOrder) -> dict[str, JsonValue]:
    """The order as a job's row keeps it, with absolute paths: a worker runs elsewhere."""
    found = replace(
        order,
        output=order.output.absolute(),
        files=tuple(path.absolute() for path in order.files),
        contact_sheet=order.contact_sheet and order.contact_sheet.absolute(),
        gif=order.gif and order.gif.absolute(),
        brand=order.brand and order.brand.absolute(),
    )
    return cast("dict[str, JsonValue]", _ORDER.dump_python(found, mode="json"))


def order_from_json(options: Mapping[str, object]) -> EditOrder:
    """The order that a job's row keeps."""
    return _ORDER.validate_python(options)


def intermediate(export: ExportSettings) -> ExportSettings:
    """What the page makes on the way to `export`: sound that is encoded once more stays PCM until then."""
    if export.audio_codec == "aac":
        return replace(export, container="mov", audio_codec="pcm")
    return export


def checked_request(request: str) -> str:
    """The request as it was written. Raises `BadInput` for one that says nothing."""
    if not request.strip():
        raise BadInput(
            "The prompt is empty.", hint="Say what to make of the footage, for example 'Trim to 5 seconds'."
        )
    return request


def checked_shapes(shapes: Sequence[str]) -> tuple[str, ...]:
    """The aspect ratios as they were written. Raises `BadInput` for what is none."""
    for shape in shapes:
        if not re.fullmatch(r"[1-9]\d?:[1-9]\d?", shape):
            raise BadInput(f"Expected an aspect ratio such as 9:16, 1:1 or 4:5; found {shape!r}.")
    return tuple(dict.fromkeys(shapes))


def refuse_order(order: EditOrder) -> None:
    """Raises `BadInput` before any work is done for what cannot be read, written or held to."""
    refuse_files(order)
    refuse_output(order)
    refuse_measure(order)


def refuse_output(order: EditOrder) -> None:
    """Raises OutputRefused before any work is done, if the result could not be put there."""
    if len(set(order.targets)) < len(order.targets):
        raise OutputRefused(
            f"The same file is named twice among {', '.join(path.name for path in order.targets)}.",
            hint="Give each its own name.",
        )
    for target in order.targets:
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


def refuse_measure(order: EditOrder) -> None:
    """Raises BadInput before any work is done for a profile or a brand file of no use."""
    if order.profile is not None:
        profile_named(order.profile)
    if order.brand is not None:
        read_brand_kit(order.brand)


def refuse_standard(order: EditOrder, vision_model: str | None) -> None:
    """Raises BadInput before any work is done for a standard that no video can meet here."""
    if order.require_golden and not order.plan_only and vision_model is None:
        raise BadInput(
            "Golden was asked for, and no vision model is named: without one nobody judges whether a video "
            "holds its viewers, and none is golden.",
            hint="Name one in ROUGHCUT_CRITIC_MODEL, or ask for a video without faults only.",
        )


def refuse_files(order: EditOrder) -> None:
    """Raises BadInput at once for footage that cannot be read or that the result would replace."""
    missing = [str(file) for file in order.files if not file.exists()]
    if missing:
        raise BadInput(f"Not found: {', '.join(missing)}.", hint="Check the names; quote those with spaces.")
    for target in order.targets:
        if target.exists() and any(target.samefile(file) for file in order.files):
            raise OutputRefused(
                f"{target} is footage of this edit; it would be lost.", hint="Give the result another name."
            )
    for file in order.files:
        require_readable(file)


def export_settings(
    output: Path,
    *,
    codec: str | None = None,
    fps: float | None = None,
    bitrate: int | None = None,
    resolution: float = 1.0,
    loudness: str = DEFAULT_LOUDNESS,
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
        loudness=loudness_target(loudness),
    )


def export_for(export: ExportSettings, assets: Sequence[Asset]) -> ExportSettings:
    """The export with its frame rate settled: the first video's, up to 60, where none was asked for."""
    if export.fps is not None:
        return export
    rates = [asset.media.frame_rate for asset in assets if asset.media and asset.kind is AssetKind.VIDEO]
    rate = next((rate for rate in rates if rate), DEFAULT_FRAME_RATE)
    return replace(export, fps=min(rate, HIGHEST_FOLLOWED_FRAME_RATE))


_ORDER = TypeAdapter(EditOrder)
