"""Five hundred sessions of real Chromium, from creation to release: `python -m tests.bench.pool_cycles`."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from browser_pool.serve import session_starter
from tests.pool_cycles import Footprint, cycles
from tests.pool_node import pool_settings, served_node
from tests.pool_sessions import reachable_folder

_WARM_UP = 10

Count = Annotated[int, typer.Option("--cycles", min=1)]


def main(count: Count = 500) -> None:
    """Print what this process holds before and after; exit with 1 if anything has stayed."""
    raise typer.Exit(0 if asyncio.run(_run(count)) else 1)


async def _run(count: int) -> bool:
    with reachable_folder() as folder:
        settings = pool_settings(folder, max_sessions=2)
        async with served_node(settings, session_starter(settings, folder)) as served:
            await cycles(served, _WARM_UP)
            before = Footprint.now(folder)
            print("before", before)
            started_s = time.perf_counter()
            await cycles(served, count)
            taken_s = time.perf_counter() - started_s
            after = Footprint.now(folder)
    print("after ", after)
    print(f"{count} sessions in {taken_s:.0f} s, {count / taken_s:.1f} a second, two at a time")
    return after.is_as(before)


if __name__ == "__main__":
    typer.run(main)
