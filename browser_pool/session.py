"""One browser session: a Chromium, its folder, its limits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from browser_pool.chromium.pipe import PipeConnection
from browser_pool.gpu_probe import GpuReport, GpuWish
from browser_pool.lifecycle import EndReason

ImageFormat = Literal["jpeg", "png", "webp"]


@dataclass(frozen=True)
class SessionSpec:
    """What a session's browser is to be like."""

    headless: bool = True
    gpu: GpuWish = "auto"
    width: int = 1600
    height: int = 1000
    locale: str = "en-US"
    timezone: str = "UTC"
    args: tuple[str, ...] = ()
    """Flags of the caller's; those that are not on the list are refused."""
    memory_mb: int = 2048
    pids: int = 512
    """Processes and threads."""
    cpu: float | None = None
    """Cores; None is no limit."""
    network: bool = False
    """Whether pages reach anything but what is served to them over CDP."""
    allow_no_sandbox: bool = False


@dataclass(frozen=True)
class Usage:
    """What all processes of a session take."""

    pss_mb: float
    cpu_s: float
    processes: int


class BrowserSession:
    """A running Chromium with profile, files, downloads and temporary files in a folder of its own."""

    endpoint: str
    """The WebSocket of the browser on this machine; never shown to clients."""
    pid: int
    sandboxed: bool
    gpu: GpuReport
    """Renewed when the browser loses its GPU process."""
    product: str
    control: PipeConnection
    files: Path
    """Written by the node, read by the browser."""
    downloads: Path
    """Written by the browser, read by the node: never follow a link in here."""
    exited: asyncio.Event
    """Set once the browser is gone, whoever ended it."""
    exit_reason: EndReason | None
    """Why it went by itself; None while it runs, and where `end` ended it."""

    @classmethod
    async def start(cls, folder: Path, spec: SessionSpec, *, browser: Path, timeout_s: float = 30.0) -> Self:
        """A session in *folder*, which must not be there yet.

        Raises `LaunchFailed`, `LaunchTimedOut`, `GpuUnavailable`, `Unprocessable` for an argument that is
        not allowed, `Conflict` for a folder that is there. Then nothing of the session is left.
        """
        raise NotImplementedError

    async def reset(self) -> None:
        """One fresh about:blank, and every other page closed, those that hang too.

        Raises `BrowserGone` if the browser itself does not answer.
        """
        raise NotImplementedError

    async def screenshot(
        self, target_id: str | None = None, *, image_format: ImageFormat = "jpeg", quality: int = 80
    ) -> bytes:
        """What the page shows: that of *target_id*, else the first.

        Raises `NotFound` if there is no such page, `BrowserGone` if it does not answer.
        """
        raise NotImplementedError

    async def usage(self) -> Usage:
        """What the processes of the session take just now."""
        raise NotImplementedError

    async def end(self) -> None:
        """End all processes and remove the folder, within five seconds; a second call waits for the first."""
        raise NotImplementedError
