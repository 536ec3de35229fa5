"""What breaks in a session stays in it: pages that hang, crash or eat memory, and browsers that die."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.async_api import async_playwright

from browser_pool.chromium.errors import CdpClosed, CdpTimeout
from browser_pool.confinement import processes
from browser_pool.confinement.limits import MIB
from browser_pool.errors import BrowserGone
from browser_pool.lifecycle import EndReason
from browser_pool.session import BrowserSession, SessionSpec
from tests.pool_sessions import LIMIT_S, gone, is_root, new_page, pids, running, until, value_of

_ENDLESS = "while (true);"
# At a pace at which a test that seldom gets to run can follow.
_EAT_MEMORY = """(async () => {
  for (const all = []; ; await new Promise((later) => setTimeout(later, 100)))
    all.push(new Uint8Array(32 << 20).fill(1));
})()"""
_EAT_THREADS = """(async () => {
  const idle = URL.createObjectURL(new Blob(['setInterval(() => {}, 1000)']));
  for (let n = 0; n < 300; n++, await new Promise((later) => setTimeout(later, 40))) new Worker(idle);
})()"""


async def test_a_killed_browser_is_noticed(home: Path) -> None:
    """At once and by name; nothing of it runs on, and its folder goes when the session is ended."""
    async with running(home / "n1-a") as session:
        os.kill(session.pid, signal.SIGKILL)
        await asyncio.wait_for(session.exited.wait(), LIMIT_S)

        assert session.exit_reason is EndReason.BROWSER_CRASHED
        await gone(session)
        with pytest.raises(BrowserGone):
            await session.reset()
        with pytest.raises(BrowserGone):
            await session.screenshot()
        assert (await session.usage()).processes == 0

    assert list(home.iterdir()) == []


async def test_a_killed_renderer_costs_its_page_only(home: Path) -> None:
    """Its page has crashed, another one answers, and so does what is opened next."""
    async with running(home / "n1-a") as session, new_page(session) as crashing:
        [renderer] = pids(session, "renderer")
        async with new_page(session) as other:
            os.kill(renderer, signal.SIGKILL)
            with pytest.raises(CdpClosed):
                await value_of(crashing, "new Promise(() => {})")

            assert await value_of(other, "6 * 7") == 42
        await session.reset()
        assert await session.screenshot()
        assert not session.exited.is_set()


async def test_a_page_that_crashes_writes_no_dump(home: Path) -> None:
    """Chromium's crash handler would leave the page's memory on the disk, and run outside of its session."""
    async with running(home / "n1-a") as session:
        async with new_page(session) as page:
            with pytest.raises((CdpClosed, CdpTimeout)):
                await page.call("Page.crash", timeout_s=5)
            with pytest.raises(CdpClosed):
                await value_of(page, "1")

        assert list(home.rglob("*.dmp")) == []
        assert processes.naming(session.files.parent, "chrome_crashpad_handler") == []


async def test_traps_of_webassembly_are_exceptions(neighbour: BrowserSession) -> None:
    """Chromium installs what catches them along with its crash handler, which we end."""
    load_out_of_bounds = """(() => {
      const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1,
                    7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11];
      const { f } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code))).exports;
      try { return f(1 << 20); } catch (error) { return error.name; }
    })()"""

    async with new_page(neighbour) as page:
        assert await value_of(page, load_out_of_bounds) == "RuntimeError"


async def test_a_lost_gpu_process_is_reported(home: Path) -> None:
    """Chromium falls back to less without a word, and in the end gives up; the session says so."""
    async with running(home / "n1-a") as session:
        before = last = session.gpu
        while last == before and not session.exited.is_set():
            os.kill(pids(session, "gpu-process")[0], signal.SIGKILL)
            await until(lambda seen=last: session.gpu is not seen or session.exited.is_set())
            last = session.gpu
        assert session.exit_reason is EndReason.BROWSER_CRASHED or not session.gpu.webgl2


@pytest.mark.parametrize("kind", ["busy", "stopped"])
async def test_a_page_that_hangs_is_replaced(home: Path, kind: str) -> None:
    """By a fresh one that answers; neither the page nor its process is left."""
    async with running(home / "n1-a") as session:
        await _hang(session, kind)
        hung = pids(session, "renderer")

        async with asyncio.timeout(LIMIT_S):
            await session.reset()

        targets = (await session.control.call("Target.getTargets"))["targetInfos"]
        assert [target["url"] for target in targets if target["type"] == "page"] == ["about:blank"]
        assert await session.screenshot()
        await until(lambda: not set(hung) & set(pids(session, "renderer")))


async def test_clients_go_on_after_a_reset(home: Path) -> None:
    """A client that was connected finds the fresh page, and new ones no longer wait for one that hangs."""
    async with running(home / "n1-a") as session, async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(session.endpoint)
        hanging = await connected.contexts[0].new_page()
        await _hang(session, "stopped")

        await session.reset()

        again = await playwright.chromium.connect_over_cdp(session.endpoint, timeout=LIMIT_S * 1000)
        assert hanging.is_closed()
        for client in (connected, again):
            [page] = client.contexts[0].pages
            assert await page.evaluate("6 * 7") == 42


@pytest.mark.parametrize("kind", ["busy", "stopped", "all stopped"])
async def test_a_session_that_hangs_can_be_ended(home: Path, kind: str) -> None:
    """In time, and without a trace."""
    async with running(home / "n1-a") as session:
        await _hang(session, kind)

        async with asyncio.timeout(LIMIT_S):
            await session.end()

        assert list(home.iterdir()) == []
        await gone(session)


async def test_a_page_that_eats_memory_crashes_alone(home: Path, neighbour: BrowserSession) -> None:
    """Before the session has more than its share; the session goes on, and so does its neighbour."""
    spec = SessionSpec(memory_mb=800)
    async with new_page(neighbour) as next_door, running(home / "n1-a", spec) as session:
        await value_of(next_door, "globalThis.kept = 1")
        async with new_page(session) as page:
            bomb = asyncio.create_task(value_of(page, _EAT_MEMORY, timeout_s=60))
            most = await _most(processes.resident_bytes, session, bomb)
            with pytest.raises(CdpClosed):
                await bomb

        assert most < 2500 * MIB
        async with new_page(session) as page:
            assert await value_of(page, "6 * 7") == 42
        assert (await session.usage()).pss_mb < spec.memory_mb
        assert not session.exited.is_set()
        assert await value_of(next_door, "kept") == 1


async def test_a_browser_without_a_page_to_end_ends_itself(home: Path) -> None:
    """Where no page is to blame, the session is out of memory, and says that."""
    async with running(home / "n1-a", SessionSpec(memory_mb=40)) as session:
        await asyncio.wait_for(session.exited.wait(), LIMIT_S)

        assert session.exit_reason is EndReason.OOM_KILLED


@pytest.mark.skipif(not is_root(), reason="the kernel counts processes by account, which only root can lend")
async def test_a_page_that_starts_threads_without_end(home: Path, neighbour: BrowserSession) -> None:
    """There are never more than the session may have, and its neighbour works on."""
    spec = SessionSpec(pids=200)
    async with new_page(neighbour) as next_door, running(home / "n1-a", spec) as session:
        async with new_page(session) as page:
            lost = asyncio.create_task(value_of(page, "new Promise(() => {})", timeout_s=60))
            bomb = asyncio.create_task(value_of(page, _EAT_THREADS, timeout_s=60))
            most = await _most(processes.threads, session, lost)
            await asyncio.wait([bomb])

        assert 150 < most <= spec.pids
        assert await value_of(next_door, "6 * 7") == 42
        await session.end()
        await gone(session)

    assert isinstance(lost.exception(), CdpClosed)
    assert list(home.iterdir()) == []


async def _hang(session: BrowserSession, kind: str) -> None:
    async with new_page(session) as page:
        if kind == "busy":
            with pytest.raises(CdpTimeout):
                await value_of(page, _ENDLESS, timeout_s=0.2)
    for member in processes.of_session(session.pid):
        if kind == "all stopped" or (kind == "stopped" and processes.kind(member) == "renderer"):
            os.kill(member.pid, signal.SIGSTOP)


async def _most(
    taken: Callable[[psutil.Process], int], session: BrowserSession, lost: asyncio.Task[object]
) -> int:
    """The most that all processes together were seen with, until the page is *lost*."""
    most = 0
    while not lost.done():
        most = max(most, sum(map(taken, processes.of_session(session.pid))))
        await asyncio.wait([lost], timeout=0.01)
    return most
