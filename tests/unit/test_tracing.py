"""Spans: what is under what, what becomes of failures, and what nobody may read."""

import asyncio
import json
import threading
from contextlib import suppress

import pytest

from agent.errors import Cancelled
from agent.settings import Settings
from agent.tools.bridge import Bridge, in_own_thread
from agent.tracing import LONGEST_PAYLOAD_CHARS, leaf_span, new_trace_id, span, start_tracing
from tests.traced import JOB_ID, SECRET


def test_spans_are_under_the_one_that_is_under_way(traced):
    """All are in the job's trace and carry its id."""
    trace_id = new_trace_id()

    with traced.job(trace_id, attempt=2), span("compose", kind="stage"):
        with span("video_editor", kind="tool"):
            pass
        with span("docs_search", kind="tool"):
            pass

    spans = traced.named()
    assert spans["job"].parent_id is None
    assert spans["job"].attributes == {"attempt": 2}
    assert spans["compose"].parent_id == spans["job"].span_id
    assert {spans[tool].parent_id for tool in ("video_editor", "docs_search")} == {spans["compose"].span_id}
    assert {(found.job_id, found.trace_id) for found in spans.values()} == {(JOB_ID, trace_id)}


def test_a_span_is_stored_when_it_starts(traced):
    """So that a crash shows where it was."""
    with traced.job(), span("render", kind="render"):
        open_span = traced.named()["render"]

    assert (open_span.status, open_span.ended_at, open_span.duration_ms) == ("open", None, None)
    ended = traced.named()["render"]
    assert (ended.span_id, ended.status) == (open_span.span_id, "ok")
    assert ended.render_time_ms == ended.duration_ms > 0


async def test_tasks_threads_and_the_bridge_keep_the_parent(traced):
    """A tool's work in the event loop is under the tool that the model's thread called."""

    async def work(name):
        with span(name, kind="stage"):
            await asyncio.sleep(0)

    def in_agent_thread(bridge):
        with span("tool", kind="tool"):
            bridge.call(work("by bridge"), 10)

    def in_pool_thread():
        with leaf_span("in thread", kind="ffmpeg"):
            pass

    with traced.job(), span("compose", kind="stage"):
        await asyncio.gather(work("task 1"), work("task 2"))
        await asyncio.to_thread(in_pool_thread)
        bridge = Bridge(asyncio.get_running_loop())
        await in_own_thread(lambda: in_agent_thread(bridge))

    spans = traced.named()
    for name in ("task 1", "task 2", "in thread", "tool"):
        assert spans[name].parent_id == spans["compose"].span_id, name
    assert spans["by bridge"].parent_id == spans["tool"].span_id


async def test_jobs_side_by_side_have_traces_of_their_own(traced):
    """Spans of one are never under another."""
    ids = {f"job-{number}": new_trace_id() for number in range(4)}
    together = asyncio.Barrier(len(ids))

    async def job(job_id):
        with traced.tracing.job_trace(job_id, ids[job_id]):
            await together.wait()
            with span(f"stage of {job_id}", kind="stage"):
                await together.wait()

    await asyncio.gather(*map(job, ids))

    spans = traced.named()
    for job_id, trace_id in ids.items():
        found = spans[f"stage of {job_id}"]
        assert (found.job_id, found.trace_id) == (job_id, trace_id)


def test_a_job_taken_up_again_goes_on_in_its_trace(traced):
    """With a root of its own, told apart by its attributes."""
    trace_id = new_trace_id()

    for attempt in (1, 2):
        with traced.job(trace_id, attempt=attempt):
            pass

    roots = traced.states()
    assert [root.attributes["attempt"] for root in roots] == [1, 2]
    assert {(root.trace_id, root.parent_id) for root in roots} == {(trace_id, None)}


def test_an_exception_is_the_failure_of_all_it_leaves(traced):
    """The message is kept, and the exception goes on."""
    with pytest.raises(ValueError, match="type error"), traced.job():
        with span("fine", kind="stage"):
            pass
        with span("compose", kind="stage"):
            raise ValueError("type error")

    spans = traced.named()
    assert {name for name, found in spans.items() if found.is_failure} == {"compose", "job"}
    assert spans["compose"].attributes["error"] == "ValueError: type error"
    assert spans["compose"].status == "failed"
    assert spans["fine"].status == "ok"


@pytest.mark.parametrize("stopped", [asyncio.CancelledError(), Cancelled("stopped by the user")])
def test_a_stopped_job_has_not_failed(traced, stopped):
    """Whoever stops it knows why."""
    with pytest.raises(type(stopped)), traced.job():
        raise stopped

    root = traced.named()["job"]
    assert (root.status, root.is_failure, root.attributes) == ("cancelled", False, {})


def test_a_failure_that_is_no_exception_can_be_noted(traced):
    """A verdict without a green light, for instance."""
    with traced.job(), span("critic", kind="stage") as critic:
        critic.fail("the title is cut off")

    assert traced.named()["critic"].attributes["error"] == "the title is cut off"


async def test_a_generator_that_is_left_early_disturbs_nobody(traced):
    """What its reader does meanwhile is not under it, and its end is no failure."""

    async def frames():
        with leaf_span("ffmpeg", kind="ffmpeg"):
            for number in range(10):
                yield number

    with traced.job():
        reading = frames()
        await anext(reading)
        with span("look", kind="stage"):
            pass
        await asyncio.create_task(reading.aclose())

    spans = traced.named()
    assert spans["look"].parent_id == spans["job"].span_id
    assert spans["ffmpeg"].status == "ok"


def test_no_secret_of_the_settings_is_stored(traced):
    """Wherever it turns up: in an argument, a message, a payload or a failure."""
    args = ["-headers", f"key: {SECRET}"]
    with (
        traced.job(),
        suppress(ValueError),
        span("ffmpeg", kind="ffmpeg", ffmpeg_args=args) as found,
    ):
        found.set(logs=f"refused {SECRET}", gpu={"key": SECRET})
        found.add_payload(in_=[SECRET], out={"echo": SECRET})
        raise ValueError(f"wrong key {SECRET}")

    spans = traced.named()
    assert SECRET not in repr(traced.stored)
    assert spans["ffmpeg"].ffmpeg_args == ["-headers", "key: ***"]
    assert spans["ffmpeg"].payload_in == ["***"]


def test_a_payload_stays_small_and_valid(traced):
    """What is too long is cut, and says how long it was; what is no JSON is told in words."""
    with traced.job(), span("tool", kind="tool") as tool:
        tool.add_payload(in_={"path": threading.Lock}, out="x" * 2 * LONGEST_PAYLOAD_CHARS)

    found = traced.named()["tool"]
    assert "Lock" in json.dumps(found.payload_in) or "lock" in json.dumps(found.payload_in)
    assert found.payload_out["cut_from_chars"] == 2 * LONGEST_PAYLOAD_CHARS + 2
    assert len(found.payload_out["beginning"]) == LONGEST_PAYLOAD_CHARS


def test_outside_of_a_traced_job_nothing_is_stored(traced):
    """Also in a job of a process that traces nothing."""
    with span("alone", kind="stage") as alone:
        alone.set(frames=3)
        alone.add_payload(in_=1)
        alone.fail("unheard")
    with (
        start_tracing(None, Settings(_env_file=None)).job_trace(JOB_ID, new_trace_id()),
        leaf_span("untraced", kind="tool"),
    ):
        pass

    assert traced.states() == []
