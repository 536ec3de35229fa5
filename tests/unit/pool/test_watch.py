"""The watch over a session ends what takes too much, says when the graphics change, and does not give up."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from browser_pool.confinement import watch
from browser_pool.confinement.limits import MIB, Limits, Load
from browser_pool.confinement.watch import Watch
from tests.pool_sessions import until

_LIMITS = Limits(memory_mb=1000, pids=500)


class Measured:
    """In place of an enclosure and its measuring: what there is to see, one look after the other."""

    def __init__(self, *looks: list[Load] | OSError) -> None:
        self._looks = list(looks)

    def processes(self) -> list[psutil.Process]:
        return []

    def measure(self, members: object, limits: Limits) -> list[Load]:
        look = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if isinstance(look, OSError):
            raise look
        return look


@pytest.fixture
def page() -> Iterator[subprocess.Popen[bytes]]:
    """A process that can be ended."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


async def test_what_takes_too_much_is_ended(
    page: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And named: the session's owner may want to know."""
    watched = _watch(monkeypatch, [Load(psutil.Process(page.pid), "renderer", 1001 * MIB, 10)])

    await watched.look()

    assert page.wait(10) == -9
    assert watched.ended == {page.pid}
    assert [vars(record)["ended"] for record in caplog.records] == ["renderer"]


async def test_it_looks_more_often_when_much_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page can fill the rest in no time."""
    calm, near = [_load("renderer", 400)], [_load("renderer", 900)]
    watched = _watch(monkeypatch, calm, near)

    assert await watched.look() > await watched.look()


async def test_another_gpu_process_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the first one, nor the moment in which there is none."""
    first, second = _load("gpu-process", 10), _load("gpu-process", 10, pid=1)
    watched = _watch(monkeypatch, [], [first], [], [first], [second])

    for _ in range(4):
        await watched.look()
    assert not watched.gpu_changed.is_set()
    await watched.look()
    assert watched.gpu_changed.is_set()


async def test_it_goes_on_when_the_system_does_not_answer(
    page: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Limits that are no longer watched would be no limits."""
    monkeypatch.setattr(watch, "_CALM_S", 0.0)
    too_much = [Load(psutil.Process(page.pid), "renderer", 1001 * MIB, 10)]
    watching = asyncio.create_task(
        _watch(monkeypatch, OSError(24, "Too many open files"), [], too_much).run()
    )

    await until(lambda: page.poll() is not None)

    watching.cancel()
    await asyncio.wait([watching])
    assert "watch_failed" in {vars(record)["action"] for record in caplog.records}


def _watch(monkeypatch: pytest.MonkeyPatch, *looks: list[Load] | OSError) -> Watch:
    measured = Measured(*looks)
    monkeypatch.setattr(watch, "measure", measured.measure)
    return Watch(measured, _LIMITS)


def _load(kind: str, memory_mb: int, *, pid: int | None = None) -> Load:
    return Load(psutil.Process(pid), kind, memory_mb * MIB, 10)
