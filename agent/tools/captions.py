"""The tool that makes captions of what is said."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from pydantic import Field

from agent.domain import AssetKind
from agent.media.analysis.values import Span, Word
from agent.media.caption_groups import Caption, ReadingLimits, as_srt, as_vtt, caption_groups, too_fast
from agent.media.caption_styles import (
    DEFAULT_PRESET,
    LINE_CHARS,
    UPRIGHT_LINE_CHARS,
    CaptionPreset,
    caption_lines,
)
from agent.media.captions import TRANSCRIPT
from agent.media.cut_list import on_timeline
from agent.media.scripts import is_right_to_left, lettering, words_to_draw
from agent.tools.base import Arguments, JsonValue, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import ToolContext
from agent.tools.heard import transcript_of

CAPTIONS_SUFFIX = ".captions.json"


class CaptionsArguments(Arguments):
    """What `captions` takes."""

    asset: str = Field(description="Name of the video or sound asset that is heard.")
    preset: CaptionPreset = Field(
        default=DEFAULT_PRESET,
        description=(
            "Look of the captions. WHISPER: phrases on a dark plate; PAPER: two lines, the spoken one bold; "
            "CASCADE: phrases that grow at the lower left; CLASSIC, SOLAR, SPOTLIGHT: single words."
        ),
    )
    keep: list[tuple[float, float]] | None = Field(
        default=None, description="Ranges of the asset that follow each other in the video; None: all of it."
    )
    line_chars: int = Field(
        default=LINE_CHARS,
        ge=10,
        le=80,
        description=f"Characters of a line; about {UPRIGHT_LINE_CHARS} in an upright video.",
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
        groups = caption_groups(words, ReadingLimits(line_chars=given.line_chars))
        captions = [replace(group, end_s=min(group.end_s, _length_s(context, given))) for group in groups]
        with tempfile.TemporaryDirectory(prefix="roughcut-captions-") as folder:
            path = Path(folder, _free_name(context, Path(given.asset).stem))
            path.write_bytes(as_core_reads(captions))
            asset = await context.at_desk.add_made(path)
        desk = context.at_desk
        text = " ".join(caption.text for caption in captions)
        letters = await lettering(text, desk.assets, browser_is_here=desk.browser_is_here)
        # PAPER breaks a caption between its words, and a line from right to left is one word.
        preset = DEFAULT_PRESET if given.preset == "PAPER" and is_right_to_left(text) else given.preset
        instead = [f"{preset} is used: {given.preset} cannot break this script."] * (preset != given.preset)
        stem = asset.name.removesuffix(CAPTIONS_SUFFIX)
        await context.at_desk.keep(f"{stem}.srt", as_srt(captions).encode())
        await context.at_desk.keep(f"{stem}.vtt", as_vtt(captions).encode())
        return {
            "asset": asset.name,
            "lines": "\n".join(
                [
                    "const captionLayer = await composition.add(new core.Layer());",
                    *caption_lines(asset.name, preset, line_chars=given.line_chars, face=letters.face),
                ]
            ),
            "captions": [{"start": c.start_s, "end": c.end_s, "text": c.text} for c in captions],
            "warnings": [*instead, *letters.warnings, *_warnings(captions)],
        }

    async def try_out(self, context: ToolContext) -> None:
        words = (Word("Hello", 0.0, 0.4, 1.0), Word("there.", 0.4, 0.8, 1.0))
        TRANSCRIPT.validate_json(as_core_reads(caption_groups(words)))


async def _words(context: ToolContext, given: CaptionsArguments) -> tuple[Word, ...]:
    words = (await transcript_of(context, given.asset)).words
    if given.keep is None:
        return words
    return on_timeline(words, [Span(start_s, end_s) for start_s, end_s in given.keep])


def _free_name(context: ToolContext, stem: str) -> str:
    """Captions of another cut are another asset, with subtitle files of their own."""
    taken = {asset.name for asset in context.at_desk.assets}
    stems = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(name for name in (f"{stem}{CAPTIONS_SUFFIX}" for stem in stems) if name not in taken)


def _length_s(context: ToolContext, given: CaptionsArguments) -> float:
    """Of the video that the captions are for."""
    if given.keep is not None:
        return sum(end_s - start_s for start_s, end_s in given.keep)
    media = context.asset(given.asset, AssetKind.VIDEO, AssetKind.AUDIO).media
    return media.duration_s if media else 0.0


def as_core_reads(captions: Sequence[Caption]) -> bytes:
    """A caption is shown until its last word ends: that one lasts as long as the caption."""
    groups = []
    for caption in captions:
        drawn = words_to_draw(caption.words, caption.lines)
        last = replace(drawn[-1], end_s=max(caption.end_s, drawn[-1].start_s))
        words = [
            {"text": word.text, "start": word.start_s, "end": word.end_s} for word in (*drawn[:-1], last)
        ]
        groups.append({"text": caption.text, "words": words})
    return TRANSCRIPT.dump_json(TRANSCRIPT.validate_python(groups))


def _warnings(captions: Sequence[Caption]) -> list[str]:
    return [
        f"{caption.chars_per_s:.0f} characters a second at {caption.start_s:.1f} s are too fast to read: "
        f"{caption.text!r}"
        for caption in too_fast(captions)
    ]
