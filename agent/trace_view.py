"""A job's trace as people read it: what ran when, how long, what it cost, and where it failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rich.bar import Bar
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from agent.tracing import COST_USD, ERROR, INPUT_TOKENS, MODEL, OUTPUT_TOKENS, SpanRecord

_COLOURS = {
    "job": "white",
    "stage": "blue",
    "model": "magenta",
    "critic": "bright_magenta",
    "tool": "cyan",
    "page": "bright_cyan",
    "analysis": "green",
    "ffmpeg": "bright_black",
    "render": "bright_blue",
}
_FAILED, _OPEN = "red", "yellow"
_LONGEST_NOTE_LETTERS = 60
_NARROWEST_BAR = 16
_IN_COLUMNS = frozenset({COST_USD, INPUT_TOKENS, MODEL, OUTPUT_TOKENS})


@dataclass(frozen=True)
class TraceTotals:
    """What a trace adds up to. `unpriced` counts the calls of models whose price is not known; `cost_usd` is
    that of the others, None where there are only such.
    """

    duration_s: float
    model_calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    unpriced: dict[str, int]
    ffmpeg_cpu_s: float
    failures: int

    @classmethod
    def of(cls, spans: Sequence[SpanRecord]) -> TraceTotals:
        """The sums over all runs of the job, those included that a crash cut short."""
        calls = [span for span in spans if INPUT_TOKENS in span.attributes]
        priced = [span for span in calls if COST_USD in span.attributes]
        ends = [span.ended_at or span.started_at for span in spans]
        began = min((span.started_at for span in spans), default=None)
        return cls(
            duration_s=(max(ends) - began).total_seconds() if began else 0.0,
            model_calls=len(calls),
            input_tokens=sum(int(_number(span, INPUT_TOKENS)) for span in calls),
            output_tokens=sum(int(_number(span, OUTPUT_TOKENS)) for span in calls),
            cost_usd=sum(_number(span, COST_USD) for span in calls) if priced or not calls else None,
            unpriced=dict(
                Counter(str(span.attributes.get(MODEL)) for span in calls if COST_USD not in span.attributes)
            ),
            ffmpeg_cpu_s=sum(span.cpu_s or 0.0 for span in spans if span.kind == "ffmpeg"),
            failures=sum(span.is_failure for span in spans),
        )


@dataclass(frozen=True)
class Run:
    """What one worker did for the job, from its start to its end or to a crash."""

    lines: tuple[tuple[SpanRecord, int], ...]
    """Each span after its parent, with its depth."""
    until: datetime
    """Of its last sign of life."""
    goes_on: bool

    @property
    def began(self) -> datetime:
        return self.lines[0][0].started_at

    @property
    def duration_s(self) -> float:
        return (self.until - self.began).total_seconds()


def runs_of(spans: Sequence[SpanRecord], now: datetime | None = None) -> list[Run]:
    """The runs in order; the last one goes on until *now* where that is given and it has no end."""
    runs = [_run(list(lines)) for lines in _trees(spans)]
    if runs and now is not None and runs[-1].lines[0][0].ended_at is None:
        runs[-1] = replace(runs[-1], until=now, goes_on=True)
    return runs


def waterfall(spans: Sequence[SpanRecord], now: datetime | None = None) -> RenderableType:
    """A line for each span under the one that it belongs to, with a bar by time; sums and a legend below.

    *now* is given while the job is under way; without it spans that have no end were cut short by a crash.
    """
    runs = runs_of(spans, now)
    longest_s = max((run.duration_s for run in runs), default=0.0) or 1.0
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column("step", no_wrap=True)
    table.add_column(f"0 to {_seconds(longest_s)}", no_wrap=True, ratio=3, min_width=_NARROWEST_BAR)
    for heading in ("time", "cpu", "tokens", "usd"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, ratio=2)
    for run in runs:
        for span, depth in run.lines:
            table.add_row(*_cells(span, depth, run, longest_s))
    return Group(table, Text(), _sums(TraceTotals.of(spans)), *_failures(spans), _legend(spans))


def _trees(spans: Sequence[SpanRecord]) -> Iterator[list[tuple[SpanRecord, int]]]:
    """One for each root; a span whose parent is not there is a root."""
    known = {span.span_id for span in spans}
    children: dict[str | None, list[SpanRecord]] = {}
    for span in sorted(spans, key=lambda span: span.started_at):
        children.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)

    def below(span: SpanRecord, depth: int) -> Iterator[tuple[SpanRecord, int]]:
        yield span, depth
        for child in children.get(span.span_id, ()):
            yield from below(child, depth + 1)

    for root in children.get(None, ()):
        yield list(below(root, 0))


def _run(lines: list[tuple[SpanRecord, int]]) -> Run:
    return Run(tuple(lines), max(span.ended_at or span.started_at for span, _ in lines), goes_on=False)


@dataclass(frozen=True)
class _TimeBar:
    """As wide as its column; at least one letter of it, because less would not be seen."""

    whole_s: float
    begin_s: float
    end_s: float
    colour: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        letter_s = self.whole_s / options.max_width
        begin_s = min(self.begin_s, self.whole_s - letter_s)
        yield Bar(self.whole_s, begin_s, max(self.end_s, begin_s + letter_s), color=self.colour)


def _cells(span: SpanRecord, depth: int, run: Run, longest_s: float) -> tuple[RenderableType, ...]:
    colour = _colour(span)
    ended_at = span.ended_at or run.until
    begin_s, end_s = ((at - run.began).total_seconds() for at in (span.started_at, ended_at))
    tokens = [int(_number(span, name)) for name in (INPUT_TOKENS, OUTPUT_TOKENS)]
    more = "" if span.ended_at else "+"
    return (
        Text("  " * depth + span.name, style=colour if depth else f"bold {colour}"),
        _TimeBar(longest_s, begin_s, end_s, colour),
        _seconds((ended_at - span.started_at).total_seconds()) + more,
        "" if span.cpu_s is None else _seconds(span.cpu_s),
        f"{tokens[0]}+{tokens[1]}" if INPUT_TOKENS in span.attributes else "",
        _money(span),
        Text(_note(span, run), style=colour if span.status != "ok" else "dim"),
    )


def _colour(span: SpanRecord) -> str:
    if span.is_failure:
        return _FAILED
    return _OPEN if span.ended_at is None else _COLOURS.get(span.kind, "white")


def _money(span: SpanRecord) -> str:
    if COST_USD in span.attributes:
        return f"{_number(span, COST_USD):.4f}"
    return "?" if INPUT_TOKENS in span.attributes else ""


def _note(span: SpanRecord, run: Run) -> str:
    if span.is_failure:
        return " ".join(str(span.attributes.get(ERROR, "failed")).split())[:_LONGEST_NOTE_LETTERS]
    if span.ended_at is None:
        return "open" if run.goes_on else "cut short"
    if span.status == "cancelled":
        return "stopped"
    told = [f"{name} {_short(value)}" for name, value in span.attributes.items() if name not in _IN_COLUMNS]
    return ", ".join(told)[:_LONGEST_NOTE_LETTERS]


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _sums(totals: TraceTotals) -> Text:
    parts = [
        f"{totals.model_calls} model calls",
        f"{totals.input_tokens}+{totals.output_tokens} tokens",
        "cost unknown" if totals.cost_usd is None else f"{totals.cost_usd:.4f} USD by list prices",
        f"ffmpeg {_seconds(totals.ffmpeg_cpu_s)} of CPU",
        f"{totals.failures} failed",
    ]
    told = Text(", ".join(parts))
    for model, calls in totals.unpriced.items():
        told.append(f"\nThe price of {model} is not known: {calls} of its calls are not in the sum.", _OPEN)
    return told


def _failures(spans: Sequence[SpanRecord]) -> Iterator[Text]:
    """Each failure where it began, in full: not again for what it brought down."""
    parents = {span.parent_id for span in spans if span.is_failure}
    for span in spans:
        if span.is_failure and span.span_id not in parents:
            yield Text(f"{span.name}: {span.attributes.get(ERROR, 'failed')}", _FAILED)


def _legend(spans: Sequence[SpanRecord]) -> Text:
    present = {span.kind for span in spans}
    legend = Text()
    for kind, colour in _COLOURS.items():
        if kind in present:
            legend.append("█ ", colour).append(f"{kind}  ", "dim")
    for word, colour, shown in (
        ("failed", _FAILED, any(span.is_failure for span in spans)),
        ("without an end", _OPEN, any(span.ended_at is None for span in spans)),
    ):
        if shown:
            legend.append("█ ", colour).append(f"{word}  ", "dim")
    return legend


def _number(span: SpanRecord, name: str) -> float:
    value = span.attributes.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def _seconds(seconds: float) -> str:
    if seconds >= 60:
        return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
