"""Captions of a foreign file, of which nothing is declared: lines that are read again a second later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import groupby

import numpy as np

from agent.evaluation.caption_measures import Measured, contrast_of, line_height, margin_of
from agent.evaluation.declared import DeclaredText
from agent.evaluation.features import Features
from agent.evaluation.letters import cut_by_frame
from agent.evaluation.reading import letters_of
from agent.media.analysis.values import Span
from agent.media.ocr import ReadText, TextBox, TextReader
from agent.media.watermark import MARK_TEXT

_STEP_S = 1.0
_MOST_MOMENTS = 60
_PAIRS = 30
"""Of a longer file: two moments a second apart, spread over its length."""
_SURE = 0.8
_FEWEST_LETTERS = 6
_ALIKE, _OVERLAP = 0.8, 0.6
_MOST_LINES = 3
"""More at a time are a recorded screen or a page, not captions."""
_LONGEST_S = 10.0
"""What stays longer is a mark or part of the scene; captions stay at most 7 s (Netflix)."""


@dataclass
class _Track:
    """A line in successive moments."""

    first: int
    lines: list[ReadText] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


def found_moments(duration_s: float) -> tuple[float, ...]:
    """When a foreign file is looked at: each second, or pairs a second apart where it is long."""
    if duration_s <= _MOST_MOMENTS * _STEP_S:
        return tuple(float(time) for time in np.arange(_STEP_S / 2, duration_s, _STEP_S))
    firsts = np.linspace(_STEP_S / 2, duration_s - 1.5 * _STEP_S, _PAIRS)
    return tuple(float(time) for first in firsts for time in (first, first + _STEP_S))


def found_captions(features: Features, reader: TextReader) -> list[Measured]:
    """What seems to be captions, measured; what they were meant to say is not known."""
    moments = [still for at_s in found_moments(features.duration_s) if (still := features.still_at(at_s))]
    times = [still.time_s for still in moments]
    read = [_sure_lines(reader.read(still.picture()) or ()) for still in moments]
    tracks = [track for track in _tracks(times, read) if _is_caption(track, times)]
    tracks.sort(key=lambda track: (track.first, track.last))
    found = []
    for (first, last), group in groupby(tracks, key=lambda track: (track.first, track.last)):
        middle = (last - first) // 2
        lines = [track.lines[middle] for track in group]
        picture = moments[first + middle].picture()
        found.append(
            Measured(
                DeclaredText("\n".join(line.text for line in lines), Span(times[first], times[last])),
                times[first + middle],
                contrast=contrast_of(picture, lines),
                line_height=line_height(lines, picture),
                margin=margin_of([line.box for line in lines], picture),
                outside=any(cut_by_frame(picture, line.box) for line in lines),
                shown_s=_longest_s(first, last, times),
            )
        )
    return found


def _sure_lines(lines: Sequence[ReadText]) -> list[ReadText]:
    sure = [
        line
        for line in lines
        if line.confidence >= _SURE
        and len(letters_of(line.text)) >= _FEWEST_LETTERS
        and not _alike(line.text, MARK_TEXT)
    ]
    return sure if len(sure) <= _MOST_LINES else []


def _tracks(times: Sequence[float], read: Sequence[list[ReadText]]) -> list[_Track]:
    finished: list[_Track] = []
    running: list[_Track] = []
    for index, lines in enumerate(read):
        follows = index > 0 and _follows(times[index - 1], times[index])
        goes_on = []
        for line in lines:
            same = next((track for track in running if follows and _same(track.lines[-1], line)), None)
            track = same or _Track(index)
            track.lines.append(line)
            goes_on.append(track)
        finished += [track for track in running if track not in goes_on]
        running = goes_on
    return [*finished, *running]


def _is_caption(track: _Track, times: Sequence[float]) -> bool:
    return len(track.lines) > 1 and times[track.last] - times[track.first] <= _LONGEST_S


def _longest_s(first: int, last: int, times: Sequence[float]) -> float | None:
    """How long it can have been shown at most; None where it is not known when it came or went."""
    came = first > 0 and _follows(times[first - 1], times[first])
    went = last + 1 < len(times) and _follows(times[last], times[last + 1])
    return times[last + 1] - times[first - 1] if came and went else None


def _follows(before_s: float, after_s: float) -> bool:
    return after_s - before_s <= 1.1 * _STEP_S


def _same(one: ReadText, other: ReadText) -> bool:
    return _alike(one.text, other.text) and _overlap(one.box, other.box) >= _OVERLAP


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, letters_of(one), letters_of(other), autojunk=False).ratio() >= _ALIKE


def _overlap(one: TextBox, other: TextBox) -> float:
    """Intersection over union."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0.0, across) * max(0.0, down)
    return shared / max(1e-9, _size(one) + _size(other) - shared)


def _size(box: TextBox) -> float:
    return (box.right - box.left) * (box.bottom - box.top)
