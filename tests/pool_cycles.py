"""Sessions created, connected to and released, and what is left of them in this process."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from pathlib import Path

import psutil
from websockets.asyncio.client import connect

from browser_pool.lifecycle import Status
from tests.pool_node import ServedNode
from tests.pool_sessions import until

_MB = 1 << 20


@dataclass(frozen=True)
class Footprint:
    """What the node's process holds; a leak is a difference between two of them."""

    processes: int
    descriptors: int
    tasks: int
    folders: tuple[str, ...]
    rss_mb: float

    @classmethod
    def now(cls, sessions: Path) -> Footprint:
        """That of this process, with the sessions' folders in *sessions*."""
        gc.collect()
        process = psutil.Process()
        return cls(
            processes=len(process.children(recursive=True)),
            descriptors=len(list(Path("/proc/self/fd").iterdir())),
            tasks=len(asyncio.all_tasks()),
            folders=tuple(sorted(path.name for path in sessions.iterdir())),
            rss_mb=process.memory_info().rss / _MB,
        )

    def is_as(self, before: Footprint) -> bool:
        """Whether nothing has come to stay since *before*, memory aside."""
        return (
            self.processes <= before.processes
            and self.descriptors <= before.descriptors
            and self.tasks <= before.tasks
            and len(self.folders) <= len(before.folders)
        )


async def cycles(served: ServedNode, count: int, parallel: int = 2) -> None:
    """Run *count* sessions through their whole life, *parallel* at a time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await _cycle(served)

    await asyncio.gather(*(worker() for _ in range(parallel)))
    # What ends by itself, such as a socket that the other side closes, has ended.
    await until(lambda: not served.node.live and served.node.pressure().running == 0)


async def _cycle(served: ServedNode) -> None:
    session = await served.create(wait_s=60)
    async with connect(session["cdp_url"], max_size=None) as client:
        await client.send('{"id": 1, "method": "Browser.getVersion"}')
        await client.recv()
        await served.http.delete(f"/v1/sessions/{session['id']}")
    assert served.node.get(session["id"]).status is Status.ENDED
