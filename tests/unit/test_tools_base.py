"""The bridge between the model's thread and the event loop."""

import asyncio
import concurrent.futures
import subprocess
import sys
import threading

import pytest

from agent.errors import Cancelled, PageClosed
from agent.tools.bridge import Bridge, ToolFailed, in_own_thread


async def answer(value, after_s=0.0):
    await asyncio.sleep(after_s)
    if isinstance(value, Exception):
        raise value
    return value


async def test_a_thread_gets_the_result_of_a_coroutine():
    """It runs in the loop, the thread waits."""
    bridge = Bridge(asyncio.get_running_loop())

    assert await asyncio.to_thread(lambda: bridge.call(answer(42), 5)) == 42


async def test_an_error_comes_through_as_it_is():
    """Also one that happens to be a timeout of its own."""
    bridge = Bridge(asyncio.get_running_loop())

    for error in (PageClosed("gone"), TimeoutError("inner")):
        with pytest.raises(type(error), match=str(error)):
            await asyncio.to_thread(lambda error=error: bridge.call(answer(error), 5))


async def test_a_wait_has_a_limit():
    """The coroutine is cancelled, and the tool says that it failed."""
    bridge = Bridge(asyncio.get_running_loop())

    with pytest.raises(ToolFailed, match=r"FAILED: no answer within 0\.05 s"):
        await asyncio.to_thread(lambda: bridge.call(answer(1, after_s=30), 0.05))


async def test_cancelling_ends_the_call_under_way_and_refuses_the_next():
    """From then on every call raises."""
    bridge = Bridge(asyncio.get_running_loop())
    started = asyncio.Event()

    async def long_work():
        started.set()
        await asyncio.sleep(30)

    call = asyncio.create_task(asyncio.to_thread(lambda: bridge.call(long_work(), 30)))
    await started.wait()
    bridge.cancel()

    with pytest.raises(Cancelled):
        await call
    with pytest.raises(Cancelled):
        await asyncio.to_thread(lambda: bridge.call(answer(1), 1))


async def test_cancelling_while_a_call_is_being_started_ends_it(monkeypatch):
    """Between the question whether it may start and the note that it runs, `cancel` misses nothing."""
    bridge = Bridge(asyncio.get_running_loop())
    start = asyncio.run_coroutine_threadsafe
    cancelling: list[threading.Thread] = []

    def cancel_meanwhile(work, loop) -> concurrent.futures.Future:
        cancelling.append(threading.Thread(target=bridge.cancel))
        cancelling[0].start()
        return start(work, loop)

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", cancel_meanwhile)

    with pytest.raises(Cancelled):
        await asyncio.wait_for(in_own_thread(lambda: bridge.call(answer(1, after_s=300), 300)), 60)
    cancelling[0].join(60)


async def test_a_thread_of_its_own_hands_back_what_the_work_does():
    """A value or an error."""

    def fails():
        raise PageClosed("gone")

    assert await in_own_thread(lambda: 42) == 42
    with pytest.raises(PageClosed, match="gone"):
        await in_own_thread(fails)


def test_the_exit_waits_for_no_thread_of_the_agent():
    """A cancelled wait leaves the thread behind, and so does the end of the program."""
    program = """
import asyncio, time
from agent.tools.bridge import in_own_thread

async def main():
    waiting = asyncio.create_task(in_own_thread(lambda: time.sleep(600)))
    await asyncio.sleep(0)
    waiting.cancel()

asyncio.run(main())
"""

    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
