"""A trace as people read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

from rich.console import Console

from agent.trace_view import TraceTotals, runs_of, waterfall
from agent.tracing import COST_USD, INPUT_TOKENS, MODEL, OUTPUT_TOKENS, SpanRecord

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def made(
    name: str,
    begin_s: float,
    end_s: float | None,
    *,
    parent: str | None = None,
    kind: str = "stage",
    cpu_s: float | None = None,
    **attributes: str | float,
) -> SpanRecord:
    """A span whose id is its name."""
    return SpanRecord(
        trace_id="t",
        span_id=name,
        name=name,
        started_at=at(begin_s),
        parent_id=parent,
        kind=kind,
        status="open" if end_s is None else "ok",
        ended_at=None if end_s is None else at(end_s),
        cpu_s=cpu_s,
        attributes=attributes,
    )


def call(name: str, model: str, begin_s: float, cost: float | None) -> SpanRecord:
    known = {} if cost is None else {COST_USD: cost}
    tokens = {INPUT_TOKENS: 1000, OUTPUT_TOKENS: 50}
    return replace(
        made(name, begin_s, begin_s + 1, parent="compose", kind="model"),
        attributes={MODEL: model, **tokens, **known},
    )


def failed(record: SpanRecord, why: str) -> SpanRecord:
    return replace(record, is_failure=True, status="failed", attributes={"error": why})


JOB = [
    made("job", 0, 10, kind="job"),
    made("ingest", 0, 2, parent="job"),
    made("ffprobe", 0.5, 1, parent="ingest", kind="ffmpeg", cpu_s=0.25),
    made("compose", 2, 10, parent="job"),
    call("ask gpt-5", "gpt-5", 2, 0.0125),
    call("ask my-own", "my-own", 5, None),
]


def drawn(spans: list[SpanRecord], now: datetime | None = None, *, width: int = 110) -> str:
    text = StringIO()
    Console(width=width, file=text).print(waterfall(spans, now))
    return text.getvalue()


def line(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(name))


def test_spans_are_drawn_under_their_parents_in_order_of_time():
    """Indented, each with its bar where it belongs."""
    text = drawn(list(reversed(JOB)))

    steps = [line[: len("    ask my-own")].rstrip() for line in text.splitlines()[1:7]]
    assert steps == ["job", "  ingest", "    ffprobe", "  compose", "    ask gpt-5", "    ask my-own"]
    bar_began = [line(text, name).index("█") for name in ("ingest", "compose")]
    whole = line(text, "job")
    share = (bar_began[1] - bar_began[0]) / (whole.rindex("█") - whole.index("█") + 1)
    assert 0.15 < share < 0.25


def test_times_tokens_and_money_are_in_columns():
    """What is not known about money is a question mark, and said below."""
    text = drawn(JOB)

    assert line(text, "compose").split()[-2:] == ["8.0", "s"]
    assert line(text, "ffprobe").split()[-4:] == ["500", "ms", "250", "ms"]
    assert line(text, "ask gpt-5").split()[-2:] == ["1000+50", "0.0125"]
    assert line(text, "ask my-own").split()[-2:] == ["1000+50", "?"]
    assert "2 model calls, 2000+100 tokens, 0.0125 USD" in text
    assert "The price of my-own is not known: 1 of its calls" in text


def test_a_sum_of_unknown_prices_is_unknown():
    """And not 0: unknown is not free."""
    text = drawn([span for span in JOB if span.name != "ask gpt-5"])

    assert "1 model calls, 1000+50 tokens, cost unknown" in text
    assert "USD by list prices" not in text


def test_a_failure_is_told_in_full_where_it_began():
    """Not again for each span that it brought down; brackets are no markup."""
    why = f"ValueError: [bold] {'long ' * 40}end"
    spans = [
        failed(JOB[0], why),
        *JOB[1:3],
        failed(JOB[3], why),
        failed(made("video_editor", 3, 4, parent="compose", kind="tool"), why),
    ]

    text = " ".join(drawn(spans).split())

    assert text.count("video_editor: ValueError: [bold]") == 1
    assert "long end" in text
    assert "compose: ValueError" not in text
    assert "3 failed" in text


def test_what_a_crash_cut_short_is_no_more_open():
    """It lasts until its run's last sign of life; the next run of the job is drawn from its own start."""
    before = [made("job", 0, None, kind="job"), made("ingest", 0, 2, parent="job"), made("render", 2, None)]
    before[2] = replace(before[2], parent_id="job")
    after = replace(made("job again", 3600, 3604, kind="job"), name="job")

    text = drawn([*before, after])

    first, second = runs_of([*before, after])
    assert (first.duration_s, second.duration_s) == (2, 4)
    assert "cut short" in line(text, "render")
    assert "0 to 4.0 s" in text


def test_a_span_of_a_running_job_is_open_until_now():
    """Its time goes on."""
    spans = [made("job", 0, None, kind="job"), made("render", 2, None, parent="job")]

    text = drawn(spans, now=at(12))

    assert line(text, "render").split()[-3:] == ["10.0", "s+", "open"]


def test_a_span_without_its_parent_is_not_lost():
    """Its parent may have found no room; it is a root then."""
    orphan = made("ffmpeg", 3, 4, parent="lost", kind="ffmpeg")

    assert [run.lines[0][0].name for run in runs_of([*JOB, orphan])] == ["job", "ffmpeg"]


def test_a_narrow_terminal_shows_the_figures():
    """Bars and notes give way."""
    text = drawn(JOB, width=80)

    assert line(text, "ask gpt-5").split()[-2:] == ["1000+50", "0.0125"]


def test_nothing_adds_up_to_nothing():
    """A job that was never taken up has no spans."""
    assert TraceTotals.of([]) == TraceTotals(0.0, 0, 0, 0, 0.0, {}, 0.0, 0)
