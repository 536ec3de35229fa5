"""The captions of an edit: of the transcript that was given, else of what the footage is heard to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.domain import AssetKind
from agent.media.caption_styles import (
    LINE_CHARS,
    LOW_PERCENT,
    UPRIGHT_LINE_CHARS,
    CaptionPreset,
    caption_lines,
)
from agent.models.offline.edit import Edit
from agent.models.offline.frame import Frame
from agent.models.offline.hearing import Failed, Heard, ToolCall, outcomes_of, tool_call
from agent.models.offline.literal import number
from agent.models.offline.pieces import Piece
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.task import AssetFacts
from agent.models.offline.timeline import Timeline

_CLEAR_OF_TEXTS_PERCENT = 60


@dataclass(frozen=True)
class _Stretch:
    """Pieces of one asset that follow each other, and when the first of them is shown."""

    pieces: tuple[Piece, ...]
    start_s: float


def caption_section(edit: Edit, timeline: Timeline, frame: Frame, heard: Heard) -> list[str]:
    """The lines that show captions. Raises `NotUnderstoodError` where nothing is said."""
    if edit.captions is None:
        return []
    at_bottom = any(text.place.startswith("bottom") for text in edit.texts)
    height_percent = _CLEAR_OF_TEXTS_PERCENT if at_bottom else LOW_PERCENT
    if timeline.transcript is not None:
        return _given(timeline.transcript, edit.captions, timeline.total_s, height_percent)
    line_chars = LINE_CHARS if frame.width >= frame.height else UPRIGHT_LINE_CHARS
    made = _made(edit.captions, _spoken(edit, timeline), line_chars, heard)
    placed = [
        [line.replace(f"'{LOW_PERCENT}%'", f"'{height_percent}%'") for line in _delayed(stretch, told)]
        for stretch, told in made
    ]
    return placed[0] if len(placed) == 1 else [line for lines in placed for line in ("{", *lines, "}")]


def _given(transcript: AssetFacts, preset: CaptionPreset, total_s: float, height_percent: int) -> list[str]:
    """A transcript may go on after the end of the video."""
    return [
        "const captionLayer = await composition.add(new core.Layer());",
        *caption_lines(transcript.name, preset, height_percent=height_percent, foreign=True),
        f"if (captions.end > {number(total_s)}) captions.trim(0, {number(total_s)});",
    ]


def _delayed(stretch: _Stretch, told: str) -> list[str]:
    """The lines as the tool gave them, for captions that begin with the stretch."""
    delay = [f"captions.delay = {number(stretch.start_s)};"] if stretch.start_s else []
    return [*told.splitlines(), *delay]


def _spoken(edit: Edit, timeline: Timeline) -> list[_Stretch]:
    """The footage, or what is played over it where that is all that is heard: a voice-over."""
    footage = _stretches(timeline.pieces)
    if timeline.music and (edit.sound.muted or not footage):
        voice = timeline.music[0]
        end_s = min(voice.duration_s or timeline.total_s, timeline.total_s)
        return [_Stretch((Piece(voice, 0.0, end_s),), 0.0)]
    return footage


def _stretches(pieces: Sequence[Piece]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    at_s = 0.0
    for piece in pieces:
        if stretches and stretches[-1].pieces[-1].asset == piece.asset:
            stretches[-1] = _Stretch((*stretches[-1].pieces, piece), stretches[-1].start_s)
        else:
            stretches.append(_Stretch((piece,), at_s))
        at_s += piece.length_s
    return [stretch for stretch in stretches if _speaks(stretch.pieces[0])]


def _speaks(piece: Piece) -> bool:
    return piece.asset.kind is AssetKind.VIDEO and piece.asset.has_audio


def _made(
    preset: CaptionPreset, stretches: Sequence[_Stretch], line_chars: int, heard: Heard
) -> list[tuple[_Stretch, str]]:
    """The lines for each stretch in which something is said."""
    if not stretches:
        raise NotUnderstoodError("no footage in the video has sound that could be captioned")
    outcomes = outcomes_of([_call(preset, stretch, line_chars) for stretch in stretches], heard)
    made = [
        (stretch, str(outcome))
        for stretch, outcome in zip(stretches, outcomes, strict=True)
        if not isinstance(outcome, Failed)
    ]
    if not made:
        raise NotUnderstoodError(next(outcome.message for outcome in outcomes if isinstance(outcome, Failed)))
    return made


def _call(preset: CaptionPreset, stretch: _Stretch, line_chars: int) -> ToolCall:
    return tool_call(
        "captions",
        "lines",
        asset=stretch.pieces[0].asset.name,
        preset=preset,
        keep=[[piece.start_s, piece.end_s] for piece in stretch.pieces],
        line_chars=line_chars,
    )
