"""A file as one picture, for people and vision models: filmstrip, waveform, silences, cuts, beats, words."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from agent.domain import MediaInfo
from agent.media.analysis.filmstrip import read_filmstrip
from agent.media.analysis.sound import WAVEFORM_PARTS_PER_S
from agent.media.analysis.values import Analysis, Sound, Span, Word
from agent.media.storage import written_aside

WIDTH = 1600
MAX_ROWS = 8
SHORTEST_ROW_S = 5.0
LONGEST_ROW_S = 20.0

_FRAMES_PER_ROW = 10
_STRIP_HEIGHT, _WAVE_HEIGHT, _WORDS_HEIGHT, _RULER_HEIGHT = 90, 80, 44, 22
_MARGIN, _GAP = 12, 14
_PAPER, _INK, _FAINT = (18, 20, 26), (235, 237, 242), (120, 126, 140)
_WAVE, _SILENCE, _CUT, _BEAT = (96, 170, 255), (58, 50, 34), (255, 92, 92), (150, 220, 130)


def draw_chart(filmstrip: Path | None, info: MediaInfo, analysis: Analysis, output: Path) -> None:
    """Writes *output* as PNG: rows of time from left to right, each with what is seen and heard in it.

    Raises `OutputRefused` when it cannot be written.
    """
    strip: list[Image.Image] = []
    if filmstrip:
        ratio = (info.width or 16) / (info.height or 9)
        strip = read_filmstrip(filmstrip, ratio, width=_cell_width(), height=_STRIP_HEIGHT)
    _write(rows_of(analysis.duration_s), strip, analysis, output)


def filmstrip_interval_s(duration_s: float) -> float:
    """How far apart the pictures are in the chart of something so long."""
    return rows_of(duration_s)[0].duration_s / _FRAMES_PER_ROW


def rows_of(duration_s: float) -> list[Span]:
    """Equal stretches of time that cover the whole; between 5 and 20 s each until eight rows are full."""
    length_s = max(SHORTEST_ROW_S, min(duration_s, LONGEST_ROW_S), duration_s / MAX_ROWS)
    count = max(1, math.ceil(duration_s / length_s - 1e-6))
    return [Span(index * length_s, (index + 1) * length_s) for index in range(count)]


def _cell_width() -> int:
    return (WIDTH - 2 * _MARGIN) // _FRAMES_PER_ROW


def _write(rows: Sequence[Span], strip: Sequence[Image.Image], analysis: Analysis, output: Path) -> None:
    heights = _Heights(_STRIP_HEIGHT if strip else 0, _WORDS_HEIGHT if analysis.transcript else 0)
    sheet = Image.new("RGB", (WIDTH, 2 * _MARGIN + len(rows) * (heights.row + _GAP) - _GAP), _PAPER)
    for index, span in enumerate(rows):
        pictures = strip[index * _FRAMES_PER_ROW : (index + 1) * _FRAMES_PER_ROW]
        top = _MARGIN + index * (heights.row + _GAP)
        _Row(sheet, span, top, heights).draw(pictures, analysis)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    with written_aside(output) as aside:
        aside.write_bytes(buffer.getvalue())


@dataclass(frozen=True)
class _Heights:
    strip: int
    words: int

    @property
    def row(self) -> int:
        return _RULER_HEIGHT + self.strip + _WAVE_HEIGHT + self.words


class _Row:
    """A stretch of time, drawn on the sheet from *top* down."""

    def __init__(self, sheet: Image.Image, span: Span, top: int, heights: _Heights) -> None:
        self._sheet = sheet
        self._draw = ImageDraw.Draw(sheet)
        self._span = span
        self._top = top
        self._strip_top = top + _RULER_HEIGHT
        self._wave_top = self._strip_top + heights.strip
        self._words_top = self._wave_top + _WAVE_HEIGHT
        self._font = ImageFont.load_default(size=13)

    def draw(self, pictures: Sequence[Image.Image], analysis: Analysis) -> None:
        """Everything that lies within the span."""
        self._ruler(analysis.duration_s)
        for index, picture in enumerate(pictures):
            self._sheet.paste(picture, (_MARGIN + index * _cell_width(), self._strip_top))
        if analysis.sound:
            self._sound(analysis.sound)
        for cut_s in analysis.picture.cuts_s if analysis.picture else ():
            self._mark(cut_s, _CUT, self._strip_top, self._words_top, width=2)
        self._words(analysis.transcript.words if analysis.transcript else ())

    def _ruler(self, duration_s: float) -> None:
        step_s = self._span.duration_s / _FRAMES_PER_ROW
        for index in range(_FRAMES_PER_ROW):
            at_s = self._span.start_s + index * step_s
            if at_s < duration_s:
                self._draw.text((self._x(at_s) + 3, self._top + 2), f"{at_s:.2f} s", _FAINT, self._font)
                self._mark(at_s, _FAINT, self._top, self._strip_top)

    def _sound(self, sound: Sound) -> None:
        for silence in sound.silences:
            self._silence(silence)
        self._waveform(sound.waveform)
        for beat_s in sound.beats.times_s if sound.beats else ():
            self._mark(beat_s, _BEAT, self._words_top - 10, self._words_top)

    def _silence(self, silence: Span) -> None:
        start_s, end_s = max(silence.start_s, self._span.start_s), min(silence.end_s, self._span.end_s)
        if start_s < end_s:
            box = (self._x(start_s), self._wave_top, self._x(end_s), self._words_top - 1)
            self._draw.rectangle(box, fill=_SILENCE)

    def _waveform(self, peaks: Sequence[float]) -> None:
        middle, half = self._wave_top + _WAVE_HEIGHT // 2, _WAVE_HEIGHT // 2 - 2
        first = round(self._span.start_s * WAVEFORM_PARTS_PER_S)
        last = round(self._span.end_s * WAVEFORM_PARTS_PER_S)
        width = max(1, (self._x(self._span.end_s) - self._x(self._span.start_s)) // (last - first) - 1)
        for index, peak in enumerate(peaks[first:last], start=first):
            x, reach = self._x(index / WAVEFORM_PARTS_PER_S), round(min(1.0, peak) * half)
            self._draw.line((x, middle - reach, x, middle + reach), fill=_WAVE, width=width)

    def _words(self, words: Sequence[Word]) -> None:
        """Each under its time; one that would cover its neighbour goes into the second line."""
        ends = [0.0, 0.0]
        for word in words:
            if not self._span.start_s <= word.start_s < self._span.end_s:
                continue
            x = self._x(word.start_s)
            line = 0 if x >= ends[0] else 1
            if x < ends[line]:
                continue
            self._draw.text((x, self._words_top + 4 + line * 18), word.text, _INK, self._font)
            ends[line] = x + self._draw.textlength(word.text, self._font) + 6

    def _mark(self, at_s: float, colour: tuple[int, int, int], top: int, bottom: int, width: int = 1) -> None:
        if self._span.start_s <= at_s < self._span.end_s:
            x = self._x(at_s)
            self._draw.line((x, top, x, bottom), fill=colour, width=width)

    def _x(self, at_s: float) -> int:
        share = (at_s - self._span.start_s) / self._span.duration_s
        return _MARGIN + round(share * (_cell_width() * _FRAMES_PER_ROW))
