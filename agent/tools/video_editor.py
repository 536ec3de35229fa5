"""The tool that composes: the program is checked, run on an empty composition, and told of in words."""

from __future__ import annotations

import asyncio
import json

from pydantic import Field

from agent.browser.protocol import (
    ClipSummary,
    Composed,
    CompositionSummary,
    Rejected,
)
from agent.domain import AssetKind
from agent.errors import ModelError, PageError, RoughcutError
from agent.tools.base import Arguments, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import Composition, ToolContext
from agent.tools.diagnostics import console_lines, describe_rejection, docs_for
from agent.tools.docs_search import Docs
from docs_index.errors import DocsError

PX_PER_FONT_SIZE = 3
"""core draws a font of size 1 three pixels high."""


class VideoEditorArguments(Arguments):
    """What `video_editor` takes."""

    typescript: str = Field(description="The whole program, each time.")


class VideoEditor(ToolPlugin[VideoEditorArguments]):
    """`video_editor(typescript)` for the model's Python code."""

    name = "video_editor"
    arguments = VideoEditorArguments
    purpose = "Type-checks a whole TypeScript program and runs it on an empty composition."
    returns = (
        "Returns 'COMPOSED' with a summary (size, duration, layers, clips, warnings), or 'FAILED' with "
        "diagnostics by line and what core has of the names in them; then the previous composition stays. "
        "Nothing is rendered by this."
    )

    def __init__(self, docs: Docs) -> None:
        self._docs = docs

    def limit_s(self, context: ToolContext) -> float:
        return context.compose_timeout_s

    async def run(self, context: ToolContext, given: VideoEditorArguments) -> str:
        return await edit_video(context, self._docs, given.typescript)

    async def try_out(self, context: ToolContext) -> None:
        told = await edit_video(context, self._docs, trial_program(context))
        if context.composition is None:
            raise ToolFailed(told)


def trial_program(context: ToolContext) -> str:
    """A second of the first video at the desk, and a title over it."""
    video = next(asset.name for asset in context.at_desk.assets if asset.kind is AssetKind.VIDEO)
    return f"""
const footage = await composition.add(new core.Layer());
await footage.add(new core.VideoClip(asset({json.dumps(video)}), {{ range: [0, 1], height: '100%' }}));
const titles = await composition.add(new core.Layer());
await titles.add(new core.TextClip({{ text: 'Trial', duration: 1, position: 'center', align: 'center' }}));
"""


async def edit_video(context: ToolContext, docs: Docs, program: str) -> str:
    """Composes `program` and describes the result; the text of a failure begins with FAILED.

    Ends the edit when the page or the store fails, or when the same failure comes three times in a row.
    """
    context.require_not_ended()
    try:
        result = await _check_and_compose(context, program)
    except PageError as exc:
        return _counted(context, f"FAILED: the page refused: {exc}")
    except RoughcutError as exc:
        context.fail(exc)
        raise ToolFailed(f"FAILED: {exc}") from exc
    if isinstance(result, Composed):
        await context.store(context.observer.composed(program, result))
        context.succeeded()
        context.composition = Composition(program, result.fingerprint, result.summary)
        return describe_composition(result)
    await context.store(context.observer.rejected(program, result))
    failure = _counted(context, describe_rejection(result, program))
    return f"{failure}{await _docs_for(result, program, docs)}"


async def _docs_for(rejected: Rejected, program: str, docs: Docs) -> str:
    """What the documentation has of the names in the diagnostics, or why there is none to be had."""
    try:
        found = await asyncio.to_thread(docs_for, rejected.diagnostics, program, docs)
    except DocsError as exc:
        return f"\n\nNo documentation of the names in question: {exc}"
    return f"\n\nWhat core has:\n{found}" if found else ""


async def _check_and_compose(context: ToolContext, program: str) -> Composed | Rejected:
    checked = await context.page.check(program)
    if not checked.ok:
        return Rejected(ok=False, reason="type_error", diagnostics=checked.diagnostics, console=())
    return await context.page.compose(program)


def _counted(context: ToolContext, failure: str) -> str:
    if not context.failed_again(failure):
        return failure
    error = ModelError(
        f"The model is looping on the same error: {failure}",
        hint="Word the request differently, or use a stronger model.",
    )
    context.fail(error)
    raise ToolFailed(f"{failure}\nThis is the same error again and again: the edit ends here.") from error


def describe_composition(composed: Composed) -> str:
    """The composition in words, beginning with COMPOSED."""
    lines = [f"COMPOSED {composed.fingerprint[:12]}", *_summary_lines(composed.summary)]
    return "\n".join([*lines, *console_lines(composed.console)])


def describe_summary(summary: CompositionSummary) -> str:
    """Size, duration, every clip and every warning, one a line."""
    return "\n".join(_summary_lines(summary))


def _summary_lines(summary: CompositionSummary) -> list[str]:
    size = f"{summary.width}x{summary.height} pixels"
    lines = [f"{size}, {summary.duration_seconds:g} s, background {summary.background}"]
    for layer in summary.layers:
        top = " (top)" if layer.index == 0 else ""
        lines.append(f"layer {layer.index}{top}, {layer.mode}:")
        lines.extend(f"  {_clip_line(clip)}" for clip in layer.clips)
    lines.append("Warnings:" if summary.warnings else "No warnings.")
    lines.extend(f"- [{warning.code}] {warning.message}" for warning in summary.warnings)
    return lines


def _clip_line(clip: ClipSummary) -> str:
    parts = [clip.type, f"{clip.start_seconds:g}-{clip.end_seconds:g} s"]
    if clip.asset:
        parts.append(f"asset {clip.asset!r}")
    if clip.text is not None:
        parts.append(f"text {clip.text!r}")
    if clip.box:
        box = clip.box
        parts.append(f"box x {box.x:g} y {box.y:g} w {box.width:g} h {box.height:g}")
    if clip.font_size is not None:
        parts.append(f"font size {clip.font_size:g} ({clip.font_size * PX_PER_FONT_SIZE:.0f} px high)")
    if clip.color:
        parts.append(f"color {clip.color}")
    if clip.opacity is not None and clip.opacity != 100:
        parts.append(f"opacity {clip.opacity:g}")
    if clip.muted:
        parts.append("muted")
    elif clip.volume is not None and clip.volume != 1:
        parts.append(f"volume {clip.volume:g}")
    if clip.animated:
        parts.append(f"animated {', '.join(clip.animated)}")
    if clip.transition:
        parts.append(f"transition {clip.transition}")
    if clip.disabled:
        parts.append("disabled")
    return ", ".join(parts)
