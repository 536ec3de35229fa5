"""One text of a file as it is really shown: read, measured, and looked for at more than one moment."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np

from agent.browser.protocol import Box
from agent.domain import MediaInfo
from agent.evaluation.declared import DeclaredText
from agent.evaluation.features import Features, Still
from agent.evaluation.letters import Letters, at_side, cut_by_frame
from agent.evaluation.reading import differing_words, letters_of, lines_of, recall
from agent.media.analysis.values import Span
from agent.media.ocr import ReadText, TextBox, TextReader
from agent.media.similarity import Picture

WHOLE = 0.95
"""Recall from which on a text counts as read; readers miss a letter here and there."""

_MOMENTS = (0.5, 0.2, 0.8)
"""Shares of a text's time: where it is measured, and where it has to be there as well."""
_AROUND = 0.06
"""Share of the frame around a declared box in which the text is looked for at first."""
_REMAINS = 0.5
_LINE, _READER_BOX = 1.15, 1.33
"""Height of a line in most fonts, and of the box that the reader draws around one, of the font's size."""
_READER_PADDING = 0.12
"""Of the reader's box on each side; both measured on drawn text of 12 to 62 pixels."""
_WIDEST_LETTER = 0.43
"""Mean advance over font size is 0.55 in most fonts, here of a narrow one: small lines get too high a box."""
_TELLING_LETTERS = 4
_EASY_PX, _MOST_ENLARGED = 40.0, 4.0
"""Height of a declared box from which on its letters are found; lower ones are enlarged for the reader."""
_CHANGING_S = 1.0
"""Over so long a time something moves behind most texts."""
_ROUNDING = 0.002


@dataclass(frozen=True)
class Measured:
    """Figures of one text; None for what could not be measured."""

    text: DeclaredText
    at_s: float
    """The moment that was measured."""
    recall: float | None = None
    contrast: float | None = None
    line_height: float | None = None
    """Height of a line as the reader boxes it, share of the frame's shorter side."""
    margin: float | None = None
    """Distance of the letters to the nearest edge, share of the frame's width or height."""
    outside: bool = False
    shown_s: float | None = None
    differing: tuple[tuple[str, str], ...] = ()
    """Words that were meant, and what was read instead, alike at all moments."""

    @property
    def letters_per_s(self) -> float | None:
        """Characters a second, blanks and marks included, as subtitlers count."""
        return None if not self.shown_s else len(" ".join(self.text.text.split())) / self.shown_s


def moments_of(span: Span) -> tuple[float, ...]:
    """Where a text is looked for: its middle, then near its start and its end."""
    return tuple(span.start_s + share * span.duration_s for share in _MOMENTS)


def from_declared(text: DeclaredText, media: MediaInfo) -> Measured:
    """What the composition alone tells of a text that nobody can read here."""
    box, span = text.box, text.span
    at_s = (span.start_s + span.end_s) / 2
    if box is None:
        return Measured(text, at_s, shown_s=span.duration_s)
    width, height = media.width or 1, media.height or 1
    lines = text.text.count("\n") + 1
    line_px = box.height * height / lines * _READER_BOX / _LINE
    margin = min(box.x, box.y, 1 - box.x - box.width, 1 - box.y - box.height)
    outside = margin < -_ROUNDING
    return Measured(
        text,
        at_s,
        line_height=line_px / min(width, height),
        margin=max(0.0, margin),
        outside=outside,
        shown_s=span.duration_s,
    )


class Measurer:
    """Measures texts in the stills of a file."""

    def __init__(self, features: Features, reader: TextReader) -> None:
        self._features = features
        self._reader = reader

    def measure(self, text: DeclaredText) -> Measured:
        """Figures of *text* where it is read best; one that is never read has a recall of 0 and no others."""
        stills = [still for at_s in moments_of(text.span) if (still := self._features.still_at(at_s))]
        best, lines = None, list[ReadText]()
        for still in stills:
            found = self._read(still.picture(), text)
            if found and recall(text.text, found) > recall(text.text, lines):
                best, lines = still, found
            if recall(text.text, lines) >= WHOLE:
                break
        if best is None:
            return Measured(text, stills[0].time_s if stills else text.span.start_s, recall=0.0)
        return self._measured(text, best, lines, [other.picture() for other in stills if other is not best])

    def _measured(
        self, text: DeclaredText, still: Still, lines: list[ReadText], others: Sequence[Picture]
    ) -> Measured:
        picture, share = still.picture(), recall(text.text, lines)
        shown = [picture, *(other for other in others if self._is_there(text, lines, picture, other))]
        boxes = [line.box for line in lines]
        sideways = share < WHOLE and any(at_side(picture, box) for box in boxes)
        return Measured(
            text,
            still.time_s,
            recall=share,
            contrast=min((found for one in shown if (found := contrast_of(one, lines))), default=None),
            line_height=line_height(lines, picture),
            margin=margin_of(boxes, picture),
            outside=sideways or any(cut_by_frame(picture, box) for box in boxes),
            shown_s=text.span.duration_s * len(shown) / (1 + len(others)),
            differing=tuple(self._differing(text, lines, others)),
        )

    def _read(self, picture: Picture, text: DeclaredText) -> list[ReadText]:
        """The lines that are of *text*: near its declared box, else anywhere."""
        if text.box is not None:
            near = lines_of(text.text, self._read_within(picture, text.box))
            if recall(text.text, near) >= WHOLE:
                return near
        return lines_of(text.text, self._reader.read(picture) or ())

    def _read_within(self, picture: Picture, box: Box) -> list[ReadText]:
        height, width = picture.shape[:2]
        left, right = max(0.0, box.x - _AROUND), min(1.0, box.x + box.width + _AROUND)
        top, bottom = max(0.0, box.y - _AROUND), min(1.0, box.y + box.height + _AROUND)
        x, y = int(left * width), int(top * height)
        part = picture[y : round(bottom * height), x : round(right * width)]
        if not part.size:
            return []
        scale = min(_MOST_ENLARGED, max(1.0, _EASY_PX / max(1.0, box.height * height)))
        enlarged = np.asarray(
            cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8
        )
        return [_placed(line, x, y, scale) for line in self._reader.read(enlarged) or ()]

    def _is_there(
        self, text: DeclaredText, lines: Sequence[ReadText], picture: Picture, other: Picture
    ) -> bool:
        letters = Letters.within(picture, max(lines, key=lambda line: len(line.text)).box)
        if letters is not None and letters.remains(other) >= _REMAINS:
            return True
        return bool(self._read(other, text))

    def _differing(
        self, text: DeclaredText, lines: Sequence[ReadText], others: Sequence[Picture]
    ) -> Iterator[tuple[str, str]]:
        """Differences at all moments alike: the reader errs too, but not over changing backgrounds."""
        found = differing_words(text.text, lines)
        if found and len(others) > 1 and text.span.duration_s >= _CHANGING_S:
            again = [differing_words(text.text, self._read(other, text)) for other in others]
            yield from (pair for pair in found if all(pair in pairs for pairs in again))


def contrast_of(picture: Picture, lines: Sequence[ReadText]) -> float | None:
    """Of the line that stands out least; fragments of a few letters count only where there is no other."""
    telling = [line for line in lines if len(letters_of(line.text)) >= _TELLING_LETTERS] or lines
    found = [letters for line in telling if (letters := Letters.within(picture, line.box))]
    return min((letters.contrast(picture) for letters in found), default=None)


def line_height(lines: Sequence[ReadText], picture: Picture) -> float:
    """The median height of *lines* as a share of the frame's shorter side, which is what a phone shows large.

    The reader's boxes around small letters are too high, so a line is not higher than its width allows.
    """
    heights = [
        min(line.box.bottom - line.box.top, _READER_BOX * _per_letter(line) / _WIDEST_LETTER)
        for line in lines
    ]
    return float(median(heights) / min(picture.shape[:2]))


def margin_of(boxes: Sequence[TextBox], picture: Picture) -> float:
    """From the outermost letters to the nearest edge, as a share of the frame's width or height."""
    height, width = picture.shape[:2]
    margins = []
    for box in boxes:
        padding = _READER_PADDING * (box.bottom - box.top)
        across = min(box.left + padding, width - box.right + padding) / width
        down = min(box.top + padding, height - box.bottom + padding) / height
        margins.append(min(across, down))
    return max(0.0, float(min(margins)))


def _per_letter(line: ReadText) -> float:
    """Width of a letter; those of East Asian scripts are two wide."""
    units = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line.text)
    return (line.box.right - line.box.left) / max(1, units)


def _placed(line: ReadText, x: int, y: int, scale: float) -> ReadText:
    """A line of an enlarged part as a line of the whole picture."""
    box = line.box
    horizontal, vertical = (
        (box.left / scale + x, box.right / scale + x),
        (box.top / scale + y, box.bottom / scale + y),
    )
    return ReadText(
        line.text, TextBox(horizontal[0], vertical[0], horizontal[1], vertical[1]), line.confidence
    )
