"""Where everything of a timeline lies on the report's time axis; the template only draws it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.evaluation.values import Finding, Timeline
from agent.evaluation.verdict import clock, when
from agent.media.analysis.values import Span

LOUDEST_LUFS, QUIETEST_LUFS = 0.0, -48.0
_LEVELS_LUFS = (-12, -24, -36)
_CURVE_POINTS = 600
_MOMENT_S = 0.4
"""What momentary loudness is the mean of (EBU Tech 3341): before that much was heard, there is none."""
_TICKS = 6
_TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
_MARKER_SHARE = 7.0
"""Per cent of the width that a marker takes on a phone."""
_SHORTEST_SHARE = 0.3
"""Per cent of the width under which a stretch could not be seen."""
_CAPTION_ROWS = 3
_MARKER_ROWS = 8
_MOST_GUIDES = 12


@dataclass(frozen=True)
class Bar:
    """Something that lasts. Shares are per cent of the width; `row` counts from the top."""

    left: float
    width: float
    label: str
    row: int = 0


@dataclass(frozen=True)
class Marker:
    """A finding's number over its time, and how far it reaches."""

    number: int
    left: float
    width: float
    row: int
    is_blocker: bool
    label: str


@dataclass(frozen=True)
class Tick:
    """A time of the axis."""

    left: float
    label: str


@dataclass(frozen=True)
class Stretches:
    """A lane of what should not last, such as black frames."""

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Level:
    """A line of the loudness lane; `top` is in per cent of its height."""

    top: float
    label: str


@dataclass(frozen=True)
class DrawnTimeline:
    """The lanes, from the top down. Paths are in a box of 100 by 100."""

    ticks: tuple[Tick, ...]
    markers: tuple[Marker, ...]
    marker_rows: int
    guides: tuple[Marker, ...]
    """Those whose time is marked in every lane."""
    loudness_line: str
    loudness_area: str
    levels: tuple[Level, ...]
    wanted: Level | None
    cuts: str
    cut_count: int
    beats: str
    beat_count: int
    captions: tuple[Bar, ...]
    caption_rows: int
    stretches: tuple[Stretches, ...]


def drawn(timeline: Timeline, findings: Sequence[Finding]) -> DrawnTimeline | None:
    """*findings* in the order of their numbers; None for a file without length."""
    if timeline.duration_s <= 0:
        return None
    axis = _Axis(timeline.duration_s)
    markers = _markers(axis, findings)
    captions = _in_rows([axis.bar(text.start_s, text.end_s, text.text) for text in timeline.captions])
    line = _curve(axis, timeline.loudness)
    return DrawnTimeline(
        ticks=axis.ticks(),
        markers=markers,
        marker_rows=1 + max((marker.row for marker in markers), default=0),
        guides=markers if len(markers) <= _MOST_GUIDES else (),
        loudness_line=f"M{line}" if line else "",
        loudness_area=f"M{line.split(',')[0]},100L{line}V100Z" if line else "",
        levels=tuple(map(_level, _LEVELS_LUFS)),
        wanted=None if timeline.target_lufs is None else _level(timeline.target_lufs),
        cuts=_strokes(axis, timeline.cuts_s),
        cut_count=len(timeline.cuts_s),
        beats=_strokes(axis, timeline.beats_s),
        beat_count=len(timeline.beats_s),
        captions=captions,
        caption_rows=1 + max((bar.row for bar in captions), default=0),
        stretches=tuple(_stretches(axis, timeline)),
    )


@dataclass(frozen=True)
class _Axis:
    duration_s: float

    def share(self, time_s: float) -> float:
        """Per cent of the width, within it."""
        return round(100 * min(1.0, max(0.0, time_s / self.duration_s)), 3)

    def bar(self, start_s: float, end_s: float, label: str) -> Bar:
        left = min(self.share(start_s), 100 - _SHORTEST_SHARE)
        return Bar(left, round(max(self.share(end_s) - left, _SHORTEST_SHARE), 3), label)

    def ticks(self) -> tuple[Tick, ...]:
        """At most six, at round times."""
        longest = _TICK_STEPS_S[-1]
        step_s = next((s for s in _TICK_STEPS_S if self.duration_s / s < _TICKS), longest)
        count = int(self.duration_s / step_s) + 1
        return tuple(Tick(self.share(i * step_s), _short_clock(i * step_s)) for i in range(count))


def _short_clock(time_s: float) -> str:
    return clock(time_s).removesuffix(".0")


def _markers(axis: _Axis, findings: Sequence[Finding]) -> tuple[Marker, ...]:
    """Numbers that would cover one another go to rows of their own, while there are rows."""
    placed: list[Marker] = []
    for number, finding in enumerate(findings, start=1):
        at_s = finding.issue.time_s
        if at_s is None:
            continue
        left = axis.share(at_s)
        near = {other.row for other in placed if abs(other.left - left) < _MARKER_SHARE}
        row = next((row for row in range(_MARKER_ROWS) if row not in near), _MARKER_ROWS - 1)
        width = 0.0 if finding.until_s is None else max(0.0, axis.share(finding.until_s) - left)
        label = f"{when(finding)}: {finding.issue.message}"
        placed.append(Marker(number, left, round(width, 3), row, finding.is_blocker, label))
    return tuple(placed)


def _in_rows(bars: Sequence[Bar]) -> tuple[Bar, ...]:
    """Bars that overlap one below the other; the last row takes what finds no room."""
    ends = [0.0] * _CAPTION_ROWS
    placed = []
    for bar in sorted(bars, key=lambda bar: bar.left):
        row = next((row for row, end in enumerate(ends) if bar.left >= end - 1e-6), _CAPTION_ROWS - 1)
        ends[row] = bar.left + bar.width
        placed.append(Bar(bar.left, bar.width, bar.label, row))
    return tuple(placed)


def _curve(axis: _Axis, loudness: Sequence[tuple[float, float]]) -> str:
    """The loudest of each of 600 stretches, as points of a line."""
    loudest: dict[int, float] = {}
    for time_s, lufs in loudness:
        if time_s < _MOMENT_S:
            continue
        column = int(axis.share(time_s) / 100 * (_CURVE_POINTS - 1))
        loudest[column] = max(lufs, loudest.get(column, QUIETEST_LUFS))
    points = [(100 * column / (_CURVE_POINTS - 1), _height(lufs)) for column, lufs in sorted(loudest.items())]
    return "L".join(f"{x:.2f},{y:.1f}" for x, y in points)


def _level(lufs: float) -> Level:
    return Level(_height(lufs), f"{lufs:g}")


def _height(lufs: float) -> float:
    share = (LOUDEST_LUFS - lufs) / (LOUDEST_LUFS - QUIETEST_LUFS)
    return round(100 * min(1.0, max(0.0, share)), 1)


def _strokes(axis: _Axis, times_s: Iterable[float]) -> str:
    return "".join(f"M{axis.share(time_s):g},0V100" for time_s in times_s)


def _stretches(axis: _Axis, timeline: Timeline) -> Iterable[Stretches]:
    """Only lanes that hold something."""
    flashes = tuple(Span(time_s, time_s) for time_s in timeline.flashes_s)
    for name, spans in (
        ("Black", timeline.black),
        ("Frozen", timeline.frozen),
        ("Silent", timeline.silences),
        ("Flashes", flashes),
    ):
        bars = tuple(axis.bar(s.start_s, s.end_s, f"{name}, {_extent(s)}") for s in spans)
        if bars:
            yield Stretches(name, bars)


def _extent(span: Span) -> str:
    start, end = clock(span.start_s), clock(span.end_s)
    return start if start == end else f"{start} – {end}"
