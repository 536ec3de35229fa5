"""Browser sessions for tests, and what the system says of them."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from browser_pool.chromium.cdp import CdpSession
from browser_pool.chromium.find import find_browser
from browser_pool.confinement import processes
from browser_pool.session import BrowserSession, SessionSpec

LIMIT_S = 60.0


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that the browsers' accounts get to, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="roughcut-test-", dir="/tmp", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@asynccontextmanager
async def running(folder: Path, spec: SessionSpec | None = None) -> AsyncIterator[BrowserSession]:
    """A session of real Chromium in *folder*."""
    session = await BrowserSession.start(folder, spec or SessionSpec(), browser=find_browser(None))
    try:
        yield session
    finally:
        await session.end()


@asynccontextmanager
async def new_page(session: BrowserSession) -> AsyncIterator[CdpSession]:
    """A page of *session* that answers, over its node's own connection."""
    created = await session.control.call("Target.createTarget", {"url": "about:blank"})
    async with session.control.attached(created["targetId"]) as page:
        await value_of(page, "1")
        yield page


async def value_of(page: CdpSession, expression: str, *, timeout_s: float = LIMIT_S) -> object:
    """What *expression*, in JavaScript, comes to."""
    answer = await page.call(
        "Runtime.evaluate",
        {"expression": expression, "returnByValue": True, "awaitPromise": True},
        timeout_s=timeout_s,
    )
    return answer["result"].get("value")


def pids(session: BrowserSession, kind: str) -> list[int]:
    """The processes of *session* of that kind."""
    return [each.pid for each in processes.of_session(session.pid) if processes.kind(each) == kind]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what is to become true."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.02)


async def gone(session: BrowserSession) -> None:
    """Wait until no process of *session* is left."""
    await until(lambda: not processes.of_session(session.pid))


def is_root() -> bool:
    """Whether sessions get accounts of their own."""
    return os.geteuid() == 0
