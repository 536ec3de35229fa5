"""A clock that tests turn, and browsers that start at once, hang or fail as a test wants."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from browser_pool.gpu_probe import GpuReport
from browser_pool.lifecycle import EndReason
from browser_pool.node import Node
from browser_pool.session import SessionSpec, Usage
from browser_pool.settings import PoolSettings

SOFTWARE = GpuReport("auto", hardware=False, renderer="Paper", webgl2=True, webgpu=False, encoders=("vp9",))


class FakeClock:
    """Stands still until a test turns it; the wall clock may jump apart from it."""

    def __init__(self):
        self.seconds = 1000.0
        self.wall = datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.wall

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)


class FakeBrowser:
    """Has the folders of a browser session, and nothing that runs."""

    endpoint = "ws://127.0.0.1:1/devtools/browser/paper"
    pid = 1
    sandboxed = True
    gpu = SOFTWARE
    product = "Paper/1.0"
    control = None

    def __init__(self, launcher: FakeLauncher, folder: Path):
        self._launcher = launcher
        self.files = folder / "files"
        self.downloads = folder / "downloads"
        self.files.mkdir(parents=True)
        self.downloads.mkdir()
        self.exited = asyncio.Event()
        self.exit_reason: EndReason | None = None
        self.resets = 0
        self.usage_error: Exception | None = None

    async def usage(self) -> Usage:
        if self.usage_error:
            raise self.usage_error
        return Usage(pss_mb=100.0, cpu_s=1.0, processes=5)

    async def reset(self) -> None:
        self.resets += 1

    async def screenshot(self, *_args, **_options) -> bytes:
        return b"\xff\xd8paper"

    async def end(self) -> None:
        await self._launcher.may_end.wait()
        if self in self._launcher.running:
            self._launcher.running.remove(self)
        self.exited.set()

    def crash(self, reason: EndReason = EndReason.BROWSER_CRASHED) -> None:
        self.exit_reason = reason
        self.exited.set()


@dataclass
class FakeLauncher:
    """Starts fake browsers and knows how many there were at once."""

    folder: Path
    may_start: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None
    running: list[FakeBrowser] = field(default_factory=list)
    attempts: int = 0
    started: int = 0
    starting: int = 0
    most_at_once: int = 0
    specs: list[SessionSpec] = field(default_factory=list)

    def __post_init__(self):
        self.may_start.set()
        self.may_end.set()

    async def __call__(self, spec: SessionSpec) -> FakeBrowser:
        self.attempts += 1
        self.starting += 1
        self.most_at_once = max(self.most_at_once, self.starting + len(self.running))
        try:
            await self.may_start.wait()
            await asyncio.sleep(0)
            if self.failure:
                raise self.failure
            self.started += 1
            self.specs.append(spec)
            browser = FakeBrowser(self, self.folder / f"browser-{self.started}")
            self.running.append(browser)
            return browser
        finally:
            self.starting -= 1


class FakeLink:
    """A client's connection that remembers how it was closed."""

    session_id = "n1-paper"

    def __init__(self, clock: FakeClock):
        self.rx_bytes = 0
        self.tx_bytes = 0
        self.last_client_activity = clock.monotonic()
        self.closed: tuple[int, str] | None = None

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)

    async def wait_closed(self) -> None:
        pass


@dataclass
class NodeWithFakes:
    """A node whose clock and browsers the test has in its hand."""

    node: Node
    clock: FakeClock
    launcher: FakeLauncher

    async def advance(self, seconds: float) -> None:
        """Turn the clock, and let the node see it."""
        self.clock.advance(seconds)
        await self.node.tick()


def settings(folder: Path, **changes) -> PoolSettings:
    """Three slots, nothing warm, no file of the environment."""
    values = {"max_sessions": 3, "max_queue": 8, "warm_browsers": 0, "max_mem_pct": 100.0} | changes
    return PoolSettings(_env_file=None, home=folder, min_free_disk_bytes=0, **values)


async def until(condition, timeout_s: float = 60.0) -> None:
    """Return once *condition* holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110  # conditions of any kind have no event
            await asyncio.sleep(0)
