"""What a browser session of a node costs: its creation, cold and warm, its memory, and how many a second."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import mean, median

from agent.browser.cdp import connect_cdp
from browser_pool.client import PoolClient, open_pool
from browser_pool.schemas import SessionRequest, SessionView
from tests.bench.figures import Figure, Measured, Say
from tests.cluster import running_node
from tests.pool_sessions import reachable_folder

_PER_ROUND = 5
_IDLE = 4
_AT_ONCE = 2
_CYCLES = 12
_SLOTS = 8
_LIMIT_S = 60.0
_KEPT = SessionRequest(keep_alive=True)


async def measure(rounds: int, say: Say) -> Measured:
    """Medians of sessions that are created one after the other, each kind on a node of its own."""
    with reachable_folder() as folder:
        cold_ms, per_second = await _without_warm_browsers(folder, rounds, say)
        warm_ms, connected_ms = await _with_warm_browsers(folder, rounds, say)
        idle_mb = await _idle(folder, rounds, say)
    return Measured(
        (
            Figure("pool: session created, cold", "ms", cold_ms, detail="Chromium started for it"),
            Figure("pool: session created, warm", "ms", warm_ms, detail="from Chromiums that wait"),
            Figure("pool: first CDP answer, warm", "ms", connected_ms, detail="from the wish on"),
            Figure(
                "pool: sessions a second", "1/s", per_second, detail=f"cold, to the end, {_AT_ONCE} at once"
            ),
            Figure(
                "pool: memory of an idle session", "MB", idle_mb, detail=f"PSS, {_IDLE} at once, blank tab"
            ),
        )
    )


async def _without_warm_browsers(
    folder: Path, rounds: int, say: Say
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    created_ms, per_second = [], []
    async with running_node(folder, "cold", slots=_SLOTS) as node, open_pool(node.url) as pool:
        await _cycle(pool)
        for number in range(1, rounds + 1):
            say(f"cold sessions, round {number} of {rounds}")
            created_ms.append(median([await _created(pool) for _ in range(_PER_ROUND)]))
            started_s = time.perf_counter()
            await asyncio.gather(*(_cycles(pool) for _ in range(_AT_ONCE)))
            per_second.append(_CYCLES / (time.perf_counter() - started_s))
    return tuple(created_ms), tuple(per_second)


async def _with_warm_browsers(
    folder: Path, rounds: int, say: Say
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    created_ms, connected_ms = [], []
    settings = {"ROUGHCUT_POOL_WARM_BROWSERS": "1"}
    async with running_node(folder, "warm", slots=_SLOTS, **settings) as node, open_pool(node.url) as pool:
        for number in range(1, rounds + 1):
            say(f"warm sessions, round {number} of {rounds}")
            pairs = [await _created_and_connected(pool) for _ in range(_PER_ROUND)]
            created_ms.append(median(pair[0] for pair in pairs))
            connected_ms.append(median(pair[1] for pair in pairs))
    return tuple(created_ms), tuple(connected_ms)


async def _idle(folder: Path, rounds: int, say: Say) -> tuple[float, ...]:
    idle_mb = []
    async with running_node(folder, "idle", slots=_SLOTS) as node, open_pool(node.url) as pool:
        for number in range(1, rounds + 1):
            say(f"idle sessions, round {number} of {rounds}")
            sessions = [await pool.create(_KEPT) for _ in range(_IDLE)]
            idle_mb.append(mean([await _memory_mb(pool, session) for session in sessions]))
            for session in sessions:
                await pool.release(session.id)
    return tuple(idle_mb)


async def _created(pool: PoolClient) -> float:
    started_s = time.perf_counter()
    session = await pool.create(_KEPT)
    taken_s = time.perf_counter() - started_s
    await pool.release(session.id)
    return 1000 * taken_s


async def _created_and_connected(pool: PoolClient) -> tuple[float, float]:
    await _until_warm(pool)
    started_s = time.perf_counter()
    session = await pool.create(_KEPT)
    created_s = time.perf_counter() - started_s
    await _first_answer(session)
    connected_s = time.perf_counter() - started_s
    await pool.release(session.id)
    return 1000 * created_s, 1000 * connected_s


async def _cycles(pool: PoolClient) -> None:
    for _ in range(_CYCLES // _AT_ONCE):
        await _cycle(pool)


async def _cycle(pool: PoolClient) -> None:
    session = await pool.create(_KEPT)
    await _first_answer(session)
    await pool.release(session.id)


async def _first_answer(session: SessionView) -> None:
    async with connect_cdp(session.cdp_url) as connection:
        await connection.call("Browser.getVersion")


async def _until_warm(pool: PoolClient) -> None:
    async with asyncio.timeout(_LIMIT_S):
        while True:
            (node,) = await pool.nodes()
            if node.pressure and node.pressure.warm:
                return
            await asyncio.sleep(0.02)


async def _memory_mb(pool: PoolClient, session: SessionView) -> float:
    """As the node has measured it, after the browser has settled."""
    measured: list[float] = []
    async with asyncio.timeout(_LIMIT_S):
        while len(measured) < 2 or abs(measured[-1] - measured[-2]) > 1:
            await asyncio.sleep(0.5)
            usage = (await pool.get(session.id)).usage
            if usage and usage.pss_mb is not None:
                measured.append(usage.pss_mb)
    return measured[-1]
