"""Titles and lower thirds: times, size, place, and the lines of the program that draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.models.offline.edit import Edit, Text
from agent.models.offline.frame import Frame
from agent.models.offline.keyframes import opacity_frames
from agent.models.offline.literal import call, number, props, string
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.rules_text import EDGE_TEXT_S, LOWER_THIRD_S
from agent.models.offline.timeline import TOLERANCE_S, Timeline

FONT_FAMILY = "Montserrat"
PX_PER_FONT_SIZE = 3
"""core draws a font of size 1 three pixels high."""
_TITLE_HEIGHT, _LOWER_THIRD_HEIGHT = 0.11, 0.062
_BOLD_CHARACTER_WIDTH = 0.66
_SAFE_MARGIN = 0.07


@dataclass(frozen=True)
class Shown:
    """A text with its times and the row it stands in among texts of the same place and time."""

    text: Text
    start_s: float
    end_s: float
    row: int


def text_lines(edit: Edit, timeline: Timeline, frame: Frame) -> list[str]:
    """A layer for each text, so that they may overlap in time."""
    lines: list[str] = []
    for index, shown in enumerate(schedule(edit.texts, timeline.total_s)):
        layer = f"textLayer{index + 1}"
        lines.append(f"const {layer} = await composition.add(new core.Layer());")
        lines.append(f"await {layer}.add({_text_clip(shown, frame)});")
    return lines


def schedule(texts: Sequence[Text], total_s: float) -> list[Shown]:
    """When each text is shown; raises `NotUnderstoodError` for times outside the video."""
    shown: list[Shown] = []
    for text in texts:
        start_s, end_s = _times(text, total_s)
        row = sum(
            1
            for other in shown
            if other.text.place == text.place and other.start_s < end_s and start_s < other.end_s
        )
        shown.append(Shown(text, start_s, end_s, row))
    return shown


def _times(text: Text, total_s: float) -> tuple[float, float]:
    if text.at_end:
        return max(0.0, total_s - (text.length_s or EDGE_TEXT_S)), total_s
    start_s = text.start_s or 0.0
    if start_s >= total_s or (text.end_s or 0.0) > total_s + TOLERANCE_S:
        asked = text.end_s or start_s
        raise NotUnderstoodError(
            f"“{text.text}” is asked for until {asked:g} s, and the video is {total_s:g} s long"
        )
    length_s = text.length_s
    if length_s is None and text.end_s is None and text.style == "lower-third":
        length_s = LOWER_THIRD_S
    end_s = text.end_s if text.end_s is not None else (start_s + length_s if length_s else total_s)
    return start_s, min(end_s, total_s)


def _text_clip(shown: Shown, frame: Frame) -> str:
    text = shown.text
    size_px = fitting_size(text, frame)
    x, y, align, baseline = _position(shown, frame, size_px)
    length_s = shown.end_s - shown.start_s
    return call(
        "core.TextClip",
        text=string(text.text),
        delay=number(shown.start_s) if shown.start_s else None,
        duration=number(length_s),
        font=props(
            family=string(FONT_FAMILY),
            weight="'700'",
            style="'italic'" if text.italic else None,
            size=number(size_px / PX_PER_FONT_SIZE),
        ),
        color=string(text.color),
        casing="'upper'" if text.uppercase else None,
        align=string(align),
        baseline=string(baseline),
        position=props(x=number(x), y=number(y)),
        maxWidth=number(frame.width * text.max_width_percent / 100),
        leading="1.15" if "\n" in text.text or text.style == "title" else None,
        background=_plate(text, size_px),
        strokes=_outline(text, size_px),
        shadows=None
        if text.plate
        else f"[{props(color=string('#000000'), blur=number(size_px / 6), opacity='70')}]",
        animations=opacity_frames(text.fade_in_s, text.fade_out_s, length_s),
    )


def fitting_size(text: Text, frame: Frame) -> float:
    """Height in pixels: what was asked for, or less where a word or the whole would not fit."""
    base = _LOWER_THIRD_HEIGHT if text.style == "lower-third" else _TITLE_HEIGHT
    size_px = text.size_px or frame.short_side * base * text.scale
    width_px = frame.width * text.max_width_percent / 100
    longest = max((len(word) for word in text.text.split()), default=1)
    lines_allowed = 4 if text.style == "title" else 2
    by_word = width_px / (longest * _BOLD_CHARACTER_WIDTH)
    by_length = lines_allowed * width_px / (len(text.text) * _BOLD_CHARACTER_WIDTH * 1.2)
    return round(min(size_px, by_word, by_length), 1)


def _position(shown: Shown, frame: Frame, size_px: float) -> tuple[float, float, str, str]:
    place = shown.text.place
    margin_x, margin_y = round(frame.width * _SAFE_MARGIN), round(frame.height * (_SAFE_MARGIN + 0.02))
    x, anchor_x = frame.along(place, "left", "right", margin_x, frame.width)
    y, anchor_y = frame.along(place, "top", "bottom", margin_y, frame.height)
    if place == "below-center":
        y = frame.height * 0.62
    if y < frame.height / 2 and anchor_y == 0 and _near_mark(shown.text, frame, size_px, x, anchor_x, y):
        y = frame.mark_bottom
    offset = shown.row * size_px * 1.7
    y += -offset if place.startswith("bottom") else offset
    align = {0.0: "left", 0.5: "center", 1.0: "right"}[anchor_x]
    baseline = {0.0: "top", 0.5: "middle", 1.0: "bottom"}[anchor_y]
    return round(x), round(y), align, baseline


def _near_mark(text: Text, frame: Frame, size_px: float, x: float, anchor_x: float, y: float) -> bool:
    longest_line = max(len(line) for line in text.text.splitlines() or [""])
    width = min(longest_line * size_px * _BOLD_CHARACTER_WIDTH, frame.width * text.max_width_percent / 100)
    return text.clear_of_mark or frame.touches_mark(x - anchor_x * width, y)


def _plate(text: Text, size_px: float) -> str | None:
    if text.plate is None:
        return None
    padding = props(x=number(round(size_px * 0.5)), y=number(round(size_px * 0.3)))
    return props(
        fill=string(text.plate), opacity="65", borderRadius=number(round(size_px * 0.2)), padding=padding
    )


def _outline(text: Text, size_px: float) -> str | None:
    if text.outline is None:
        return None
    stroke = props(color=string(text.outline), width=number(max(1, size_px / 24)), lineJoin="'round'")
    return f"[{stroke}]"
