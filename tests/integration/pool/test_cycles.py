"""Many sessions, one after the other: the node is then as it was before."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import serve

from browser_pool.serve import session_starter
from tests.pool_cycles import Footprint, cycles
from tests.pool_node import pool_settings, served_node
from tests.pool_sessions import reachable_folder, until
from tests.unit.pool.fake_browser import FakeLauncher


class EchoBrowsers(FakeLauncher):
    """Starts browsers of paper that share one real WebSocket."""

    endpoint = ""

    async def __call__(self, spec):
        browser = await super().__call__(spec)
        browser.endpoint = self.endpoint
        return browser


@asynccontextmanager
async def echoing():
    """The address of a WebSocket that answers with what it gets."""

    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    async with serve(echo, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/devtools/browser/paper"


async def test_five_hundred_sessions_leave_nothing(tmp_path):
    """500 times create, connect, talk, release: processes, descriptors, tasks and memory are as before.

    The browsers are paper; with real ones: `python -m tests.bench.pool_cycles`.
    """
    browsers, empty = EchoBrowsers(tmp_path / "browsers"), tmp_path / "none"
    empty.mkdir()
    async with echoing() as browsers.endpoint, served_node(pool_settings(tmp_path), browsers) as served:
        await cycles(served, 100)
        before = Footprint.now(empty)

        await cycles(served, 500)

        await until(lambda: Footprint.now(empty).is_as(before))
        assert Footprint.now(empty).rss_mb - before.rss_mb < 24


@pytest.mark.parametrize("warm", [0, 1])
async def test_real_browsers_leave_nothing(warm):
    """The same with Chromium, warm and cold: no process and no folder is left either."""
    with reachable_folder() as folder:
        settings = pool_settings(folder, max_sessions=2, warm_browsers=warm)
        async with served_node(settings, session_starter(settings, folder)) as served:
            await cycles(served, 2)
            await until(lambda: served.node.pressure().warm == warm)
            before = Footprint.now(folder)

            await cycles(served, 5)

            await until(lambda: served.node.pressure().warm == warm)
            await until(lambda: Footprint.now(folder).is_as(before))
        assert Footprint.now(folder).folders == ()
