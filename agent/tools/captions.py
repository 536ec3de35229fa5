"""The tool that makes captions of what is said."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from agent.media.analysis.values import Span, Word
from agent.media.caption_groups import Caption, ReadingLimits, as_srt, as_vtt, caption_groups, too_fast
from agent.media.captions import TRANSCRIPT
from agent.media.cut_list import on_timeline
from agent.tools.base import ToolContext
from agent.tools.bridge import ToolFailed
from agent.tools.heard import transcript_of
from agent.tools.plugin import Arguments, JsonValue, ToolPlugin

Preset = Literal["CLASSIC", "CASCADE", "SPOTLIGHT", "WHISPER", "SOLAR", "PAPER", "VERDANT", "GUINEA"]


class CaptionsArguments(Arguments):
    """What `captions` takes."""

    asset: str = Field(description="Name of the video or sound asset that is heard.")
    preset: Preset = Field(default="PAPER", description="Look of the captions.")
    keep: list[tuple[float, float]] | None = Field(
        default=None, description="Ranges of the asset that follow each other in the video; None: all of it."
    )
    line_chars: int = Field(
        default=42, ge=10, le=80, description="Characters of a line of the subtitle files."
    )


class Captions(ToolPlugin[CaptionsArguments]):
    """`captions(asset, preset, keep)` for the model's Python code."""

    name = "captions"
    arguments = CaptionsArguments
    purpose = (
        "Transcribes an asset and makes captions of it, as an asset for CaptionClip and as SRT and VTT files."
    )
    returns = (
        "Returns a dict: asset (name of the captions for CaptionClip), lines (TypeScript that shows them on "
        "top), captions (list of {start, end, text}), warnings (list of texts)."
    )
    guidance = (
        "Call captions(…) after the cut is known and pass the same ranges as keep; put its lines at the end "
        "of the program, so that the captions are on top."
    )
    timeout_s = 1800.0

    async def run(self, context: ToolContext, given: CaptionsArguments) -> JsonValue:
        words = await _words(context, given)
        if not words:
            raise ToolFailed(f"FAILED: nothing is said in {given.asset!r}, so there are no captions.")
        captions = caption_groups(words, ReadingLimits(line_chars=given.line_chars))
        stem = Path(given.asset).stem
        with tempfile.TemporaryDirectory(prefix="roughcut-captions-") as folder:
            path = Path(folder, f"{stem}.captions.json")
            path.write_bytes(_as_core_reads(captions))
            asset = await context.at_desk.add_made(path)
        await context.at_desk.keep(f"{stem}.srt", as_srt(captions).encode())
        await context.at_desk.keep(f"{stem}.vtt", as_vtt(captions).encode())
        return {
            "asset": asset.name,
            "lines": _program_lines(asset.name, given.preset),
            "captions": [{"start": c.start_s, "end": c.end_s, "text": c.text} for c in captions],
            "warnings": _warnings(captions),
        }

    async def try_out(self, context: ToolContext) -> None:
        words = (Word("Hello", 0.0, 0.4, 1.0), Word("there.", 0.4, 0.8, 1.0))
        TRANSCRIPT.validate_json(_as_core_reads(caption_groups(words)))


async def _words(context: ToolContext, given: CaptionsArguments) -> tuple[Word, ...]:
    words = (await transcript_of(context, given.asset)).words
    if given.keep is None:
        return words
    return on_timeline(words, [Span(start_s, end_s) for start_s, end_s in given.keep])


def _as_core_reads(captions: Sequence[Caption]) -> bytes:
    groups = [
        {
            "text": caption.text,
            "words": [
                {"text": word.text, "start": word.start_s, "end": word.end_s} for word in caption.words
            ],
        }
        for caption in captions
    ]
    return TRANSCRIPT.dump_json(TRANSCRIPT.validate_python(groups))


def _program_lines(asset: str, preset: Preset) -> str:
    """The preset is loaded when the clip is in its layer: before, it has no size to fit."""
    return "\n".join(
        (
            "const captionLayer = await composition.add(new core.Layer());",
            f"const captions = new core.CaptionClip(asset({json.dumps(asset, ensure_ascii=False)}));",
            "await captionLayer.add(captions);",
            f"await captions.loadPreset('{preset}');",
            "captions.position = { x: '50%', y: '82%' };",
        )
    )


def _warnings(captions: Sequence[Caption]) -> list[str]:
    return [
        f"{caption.chars_per_s:.0f} characters a second at {caption.start_s:.1f} s are too fast to read: "
        f"{caption.text!r}"
        for caption in too_fast(captions)
    ]
