"""The tool for what core cannot do: one ffmpeg command, tried on dummies before it touches footage."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from agent.domain import Asset, AssetKind
from agent.errors import BadInput, MediaToolFailed, RoughcutError
from agent.media.dummy import make_dummy
from agent.media.ffmpeg_policy import OUTPUT_SUFFIXES, check_arguments
from agent.media.limited import RunLimits, run_limited
from agent.media.names import safe_name
from agent.tools.base import Arguments, JsonValue, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import Desk, ToolContext

TRIES = 5
"""Failures of a job's ffmpeg commands; then the tool does no more."""
DRY_LIMITS = RunLimits(timeout_s=60, output_bytes=500 * 10**6)
_BASE_TIMEOUT_S, _TIMEOUT_PER_SECOND = 120.0, 20.0
_LEAST_OUTPUT_BYTES, _GROWTH = 2 * 10**9, 20
_INPUTS = (AssetKind.VIDEO, AssetKind.AUDIO, AssetKind.IMAGE)

_HINTS = (
    (r"No such filter|not found", "See that the name is spelt as ffmpeg has it."),
    (r"matches no streams|Stream specifier", "See which streams the inputs have: metadata(asset)."),
    (
        r"not currently supported in container|incorrect codec parameters",
        "Use another suffix, or other codecs.",
    ),
    (
        r"Invalid (?:size|argument)|not divisible by 2|Error reinitializing",
        "Check sizes (even numbers) and rates.",
    ),
    (r"does not contain any stream", "Map at least one stream."),
    (r"wrote nothing", "See that the times lie within the footage."),
    (r"GiB of memory", "reverse, areverse and loop hold every frame: cut a shorter piece first."),
)


class FfmpegArguments(Arguments):
    """What `ffmpeg` takes."""

    arguments: list[str] = Field(
        description="Options between inputs and output, as a list of strings; no -i, no paths."
    )
    inputs: list[str] = Field(
        min_length=1, max_length=8, description="Names of assets: [0:v], [0:a] is the first."
    )
    output: str = Field(description="Name of the new asset with a suffix, such as slow.mp4.")


class Ffmpeg(ToolPlugin[FfmpegArguments]):
    """`ffmpeg(arguments, inputs, output)` for the model's Python code."""

    name = "ffmpeg"
    arguments = FfmpegArguments
    purpose = (
        "Makes a new asset by one ffmpeg command: speed ramps, slow motion, reverse, stabilising, noise "
        "reduction, chroma key, format changes; use it for what core cannot do."
    )
    returns = "Returns a dict on the new asset: asset (its name), kind, duration_s, width, height."
    guidance = (
        "ffmpeg(['-vf', 'setpts=PTS/2', '-af', 'atempo=2'], ['clip.mp4'], 'fast.mp4') makes an asset that "
        "the program uses by asset('fast.mp4'). It is tried on dummy files first."
    )
    recorded = True
    timeout_s = 6 * 3600.0

    async def run(self, context: ToolContext, given: FfmpegArguments) -> JsonValue:
        _require_tries(context)
        inputs = [context.asset(name, *_INPUTS) for name in given.inputs]
        try:
            check_arguments(given.arguments)
            _check_name(given.output)
            await _rehearse(inputs, given)
            made = await _make(context, inputs, given)
        except RoughcutError as exc:
            context.attempts[self.name] += 1
            raise ToolFailed(f"FAILED: {exc} {exc.hint}".strip()) from exc
        media = made.media
        return {
            "asset": made.name,
            "kind": str(made.kind),
            "duration_s": media.duration_s if media else None,
            "width": media.width if media else None,
            "height": media.height if media else None,
        }

    async def try_out(self, context: ToolContext) -> None:
        for asset in context.at_desk.assets:
            if asset.kind is AssetKind.VIDEO:
                given = FfmpegArguments(arguments=["-vf", "hflip"], inputs=[asset.name], output="flipped.mp4")
                await _rehearse([asset], given)


def _require_tries(context: ToolContext) -> None:
    if context.attempts[Ffmpeg.name] >= TRIES:
        raise ToolFailed(f"FAILED: {TRIES} ffmpeg commands have failed; do without it, or say CANNOT.")


def _check_name(name: str) -> None:
    suffix = Path(name).suffix.lower()
    if name != safe_name(name) or name.startswith(".") or suffix not in OUTPUT_SUFFIXES:
        raise BadInput(
            f"Expected a plain file name as output, got {name!r}.",
            hint=f"It ends with one of {', '.join(sorted(OUTPUT_SUFFIXES))} and holds no folder.",
        )


async def _rehearse(inputs: Sequence[Asset], given: FfmpegArguments) -> None:
    """The command on a second of the same streams, in an empty folder. Raises `MediaToolFailed`."""
    with tempfile.TemporaryDirectory(prefix="roughcut-dry-run-") as scratch:
        folders = [Path(scratch, str(index)) for index in range(len(inputs))]
        for folder in folders:
            folder.mkdir()
        dummies = [await make_dummy(asset, folder) for asset, folder in zip(inputs, folders, strict=True)]
        try:
            await _run(dummies, given, Path(scratch, given.output), DRY_LIMITS)
        except MediaToolFailed as exc:
            raise MediaToolFailed(f"On dummy files: {exc}", hint=_hint(str(exc))) from exc


async def _make(context: ToolContext, inputs: Sequence[Asset], given: FfmpegArguments) -> Asset:
    length_s = sum(asset.media.duration_s for asset in inputs if asset.media)
    limits = RunLimits(
        timeout_s=_BASE_TIMEOUT_S + _TIMEOUT_PER_SECOND * length_s,
        output_bytes=max(_LEAST_OUTPUT_BYTES, _GROWTH * sum(asset.size_bytes for asset in inputs)),
    )
    desk = context.at_desk
    with tempfile.TemporaryDirectory(prefix=".ffmpeg-", dir=desk.scratch) as scratch:
        output = Path(scratch, given.output)
        try:
            await _run([asset.path for asset in inputs], given, output, limits, desk)
        except MediaToolFailed as exc:
            raise MediaToolFailed(
                f"It ran on dummy files, but not on the footage: {exc}", hint=_hint(str(exc))
            ) from exc
        return await desk.add_made(output)


async def _run(
    inputs: Sequence[Path], given: FfmpegArguments, output: Path, limits: RunLimits, desk: Desk | None = None
) -> None:
    def tell(done_s: float) -> None:
        if desk is not None:
            desk.tell(f"{given.output}: {done_s:.0f} s made")

    await run_limited(inputs, given.arguments, output, limits, on_progress=tell)
    if not output.is_file() or output.stat().st_size == 0:
        raise MediaToolFailed("ffmpeg wrote nothing.")


def _hint(said: str) -> str:
    return next((hint for pattern, hint in _HINTS if re.search(pattern, said)), "")
