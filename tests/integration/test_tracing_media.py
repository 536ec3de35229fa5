"""ffmpeg and the analysis of footage as spans of a job."""

from __future__ import annotations

import asyncio
import resource
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from multiprocessing import get_context
from pathlib import Path

import pytest

from agent.domain import AssetKind
from agent.errors import MediaToolFailed
from agent.media.analysis.analyst import Analyst, Footage
from agent.media.ffmpeg import input_args, raw_frames, run_ffmpeg, run_ffprobe
from agent.media.limited import RunLimits, run_limited
from agent.media.probe import probe
from tests.media import counter_source, counter_video
from tests.traced import Traced

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10", "-f", "null", "-"]
LIMITS = RunLimits(timeout_s=60, output_bytes=10**8)


def encode(seconds: float) -> list[str]:
    return [*counter_source(seconds), "-c:v", "libx264", "-f", "null", "-"]


async def test_each_child_has_its_own_cpu_time():
    """Exactly its own, also of two that run at once: together they are what the system has counted."""
    clip = counter_video(1)

    # Here the system may count a child of another test.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        running = asyncio.get_running_loop().run_in_executor(process, three_children, clip)
        cpu_s, counted_s = await asyncio.wait_for(running, 120)

    assert len(cpu_s) == 3
    assert sum(cpu_s.values()) == pytest.approx(counted_s, abs=1e-5)
    assert "duration=6" in max(cpu_s, key=cpu_s.__getitem__)


def three_children(clip: Path) -> tuple[dict[str, float | None], float]:
    """The CPU seconds that spans give to two encodings and a look, by their arguments, and those counted."""
    traced = Traced()

    async def at_once() -> None:
        await asyncio.gather(
            run_ffmpeg(encode(0.2), timeout_s=60),
            run_ffmpeg(encode(6), timeout_s=60),
            run_ffprobe([str(clip)]),
        )

    with traced.job():
        asyncio.run(at_once())
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = {" ".join(span.ffmpeg_args or ()): span.cpu_s for span in traced.of_kind("ffmpeg")}
    traced.tracing.close()
    return cpu_s, usage.ru_utime + usage.ru_stime


async def test_the_arguments_are_those_of_the_process(traced: Traced, tmp_path: Path):
    """Whoever pastes them into a shell does the same."""
    output = tmp_path / "a name with 'quotes'.mp4"

    with traced.job():
        await run_ffmpeg([*input_args(counter_video(1)), "-c", "copy", str(output)], timeout_s=30)

    (span,) = traced.of_kind("ffmpeg")
    assert (span.name, span.status) == ("ffmpeg", "ok")
    output.unlink()
    again = await asyncio.create_subprocess_exec(*(span.ffmpeg_args or ()), stdout=asyncio.subprocess.DEVNULL)
    assert await again.wait() == 0
    assert output.exists()


async def test_a_failed_command_tells_what_ffmpeg_said(traced: Traced, tmp_path: Path):
    """Its stderr is kept, and the CPU time that it took nevertheless."""
    (tmp_path / "x.mp4").write_text("no video")

    with traced.job(), pytest.raises(MediaToolFailed):
        await run_ffmpeg([*input_args(tmp_path / "x.mp4"), str(tmp_path / "y.mp4")], timeout_s=30)

    (span,) = traced.of_kind("ffmpeg")
    assert span.is_failure
    assert "Invalid data found" in (span.logs or "")
    assert span.cpu_s is not None and span.cpu_s > 0


async def test_a_command_that_is_ended_has_a_span_with_an_end(traced: Traced):
    """At its time limit it has failed; when the job is stopped it was cancelled."""
    with traced.job():
        with pytest.raises(MediaToolFailed, match="did not end"):
            await run_ffmpeg(ENDLESS, timeout_s=0.5)
        started = asyncio.Event()
        stopped = asyncio.create_task(run_ffmpeg(ENDLESS, timeout_s=60, on_progress=lambda _: started.set()))
        await asyncio.wait_for(started.wait(), 20)
        stopped.cancel()
        await asyncio.wait([stopped])

    spans = traced.of_kind("ffmpeg")
    assert [span.status for span in spans] == ["failed", "cancelled"]
    assert all(span.cpu_s for span in spans)


async def test_frames_that_nobody_wants_any_more_are_no_failure(traced: Traced):
    """Whoever has seen enough leaves, and the span ends there."""
    args = ["-f", "lavfi", "-i", "testsrc2=size=64x64:rate=30", "-pix_fmt", "gray"]

    with traced.job():
        async with aclosing(raw_frames(args, 64 * 64, timeout_s=60)) as frames:
            await anext(frames)

    (span,) = traced.of_kind("ffmpeg")
    assert span.status == "ok"


async def test_a_command_of_the_model_is_traced_as_it_was_run(traced: Traced, tmp_path: Path):
    """With its CPU time, and with what it said when it failed."""
    with traced.job():
        run = await run_limited([counter_video(1)], ["-c", "copy"], tmp_path / "out.mp4", LIMITS)
        with pytest.raises(MediaToolFailed):
            await run_limited([counter_video(1)], ["-vf", "no_such_filter"], tmp_path / "bad.mp4", LIMITS)

    done, failed = traced.of_kind("ffmpeg")
    assert (done.ffmpeg_args, done.cpu_s) == (list(run.arguments), run.cpu_s)
    assert failed.is_failure
    assert "no_such_filter" in (failed.logs or "")


async def test_an_analysis_is_traced_once(traced: Traced, tmp_path: Path):
    """The children that it takes are under it; what is known already is no work."""
    clip = counter_video(2)
    footage = Footage(clip, "0" * 64, AssetKind.VIDEO, await probe(clip))
    analyst = Analyst(tmp_path / "cache", None)

    with traced.job():
        await analyst.picture(footage)
        await analyst.picture(footage)

    (analysis,) = traced.of_kind("analysis")
    assert (analysis.name, analysis.attributes["file"]) == ("analyse picture", clip.name)
    assert {span.parent_id for span in traced.of_kind("ffmpeg")} == {analysis.span_id}
