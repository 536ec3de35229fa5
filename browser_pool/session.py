"""One browser session: a Chromium, its folder, its limits."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from browser_pool import pages
from browser_pool.allowed_args import refused_args
from browser_pool.chromium.errors import CdpTimeout, ChromiumError, NotStarted, StartTimedOut
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE, gpu_flags
from browser_pool.chromium.pipe import PipeConnection
from browser_pool.chromium.process import ChromiumProcess
from browser_pool.chromium.sandbox import is_sandboxed
from browser_pool.confinement import processes
from browser_pool.confinement.enclosure import Enclosure
from browser_pool.confinement.limits import MIB, Limits
from browser_pool.confinement.watch import Watch
from browser_pool.errors import (
    Conflict,
    DiskFull,
    GpuUnavailable,
    LaunchFailed,
    LaunchTimedOut,
    Unprocessable,
)
from browser_pool.gpu_probe import GpuReport, GpuWish, probe_gpu, probe_page
from browser_pool.lifecycle import EndReason
from browser_pool.pages import ImageFormat

log = logging.getLogger(__name__)

_END_GRACE_S = 1.5
_MIN_JS_HEAP_MB = 256


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
    """Cores, where there is cgroup v2; None is no limit."""
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

    def __init__(self, spec: SessionSpec, enclosure: Enclosure) -> None:
        """Used by `start`."""
        self._spec = spec
        self._enclosure = enclosure
        self._process: ChromiumProcess | None = None
        self._watch = Watch(enclosure, _limits(spec))
        self._tasks: list[asyncio.Task[None]] = []
        self._ending: asyncio.Task[None] | None = None
        self.files = enclosure.path / "files"
        """Written by the node, read by the browser."""
        self.downloads = enclosure.path / "downloads"
        """Written by the browser, read by the node: never follow a link in here."""
        self.exited = asyncio.Event()
        """Set once the browser is gone, whoever ended it."""
        self.exit_reason: EndReason | None = None
        """Why it went by itself; None while it runs, and where `end` ended it."""

    @classmethod
    async def start(cls, folder: Path, spec: SessionSpec, *, browser: Path, timeout_s: float = 30.0) -> Self:
        """A session in *folder*, which must not be there yet.

        Raises `LaunchFailed`, `LaunchTimedOut`, `GpuUnavailable`, `DiskFull`, `Unprocessable` for an argument
        that is not allowed, `Conflict` for a folder that is there. Then nothing of the session is left.
        The first session on a machine with a GPU also finds out the flags for it, beside *timeout_s*.
        """
        if refused := refused_args(spec.args):
            raise Unprocessable(f"Not allowed in args: {', '.join(refused)}.")
        with _launch_errors():
            session = cls(spec, Enclosure.make(folder, _limits(spec)))
            try:
                await session._start(browser, timeout_s)
            except BaseException:
                await session.end()
                raise
        return session

    async def reset(self) -> None:
        """One fresh about:blank, and every other page closed, those that hang too.

        Raises `BrowserGone` if the browser itself does not answer.
        """
        await pages.renew_pages(self.control, self._renderers)

    async def screenshot(
        self, target_id: str | None = None, *, image_format: ImageFormat = "jpeg", quality: int = 80
    ) -> bytes:
        """What the page shows: that of *target_id*, else the first.

        Raises `NotFound` if there is no such page, `BrowserGone` if it does not answer.
        """
        return await pages.capture(self.control, target_id, image_format, quality)

    async def usage(self) -> Usage:
        """What the processes of the session take just now."""
        return await asyncio.to_thread(self._usage)

    async def end(self) -> None:
        """End all processes and remove the folder, within five seconds; a second call waits for the first."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        await asyncio.shield(self._ending)

    async def _start(self, browser: Path, timeout_s: float) -> None:
        options = self._options(await self._gpu_flags(browser))
        deadline = time.monotonic() + timeout_s
        self._process = ChromiumProcess(browser, self._enclosure.path, self._enclosure.account, options)
        chromium = await self._process.start(timeout_s=timeout_s, admit=self._enclosure.admit)
        if chromium.control is None:
            raise NotStarted("The pool needs a debugging pipe, which this system does not have.")
        self.endpoint, self.pid, self.product = chromium.endpoint, chromium.pid, chromium.product
        self.control, self.sandboxed = chromium.control, chromium.sandboxed
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await self._prepare()
        except TimeoutError as exc:
            raise StartTimedOut(f"{browser} did not answer within {timeout_s:g} s.") from exc
        self._tasks = [
            asyncio.create_task(work) for work in (self._watch.run(), self._follow_gpu(), self._follow_exit())
        ]

    async def _prepare(self) -> None:
        await self.control.call(
            "Browser.setDownloadBehavior",
            {"behavior": "allow", "downloadPath": str(self.downloads), "eventsEnabled": True},
        )
        async with probe_page(self.control) as page:
            self.gpu = await probe_gpu(page, self._spec.gpu)
            sandboxed = await is_sandboxed(self.control)
            await asyncio.to_thread(self._enclosure.end_crash_handlers)
            await self._watch.look()  # from now on a change of the GPU process is one
        self.sandboxed = self.sandboxed if sandboxed is None else sandboxed
        if self._spec.gpu == "require" and not self.gpu.hardware:
            raise _no_gpu(self.gpu.renderer or "no WebGL2")

    async def _gpu_flags(self, browser: Path) -> tuple[str, ...]:
        if self._spec.gpu == "off":
            return SOFTWARE
        flags = await gpu_flags(browser)
        if self._spec.gpu == "require" and flags == SOFTWARE:
            raise _no_gpu("no graphics device on which WebGL2 runs")
        return flags

    def _options(self, graphics: tuple[str, ...]) -> LaunchOptions:
        spec = self._spec
        return LaunchOptions(
            headed=not spec.headless,
            allow_no_sandbox=spec.allow_no_sandbox,
            gpu_flags=graphics,
            width=spec.width,
            height=spec.height,
            network=spec.network,
            locale=spec.locale,
            timezone=spec.timezone,
            js_heap_mb=max(_MIN_JS_HEAP_MB, spec.memory_mb // 2),
            max_processes=spec.pids if self._enclosure.has_own_account else None,
            args=spec.args,
        )

    async def _follow_gpu(self) -> None:
        while True:
            await self._watch.gpu_changed.wait()
            self._watch.gpu_changed.clear()
            try:
                async with probe_page(self.control) as page:
                    self.gpu = await probe_gpu(page, self._spec.gpu)
            except ChromiumError:
                self.gpu = GpuReport(self._spec.gpu, False, "", False, False, ())
            log.warning("graphics changed", extra={"action": "gpu_changed", "renderer": self.gpu.renderer})

    async def _follow_exit(self) -> None:
        assert self._process is not None
        returncode = await self._process.wait()
        if self._ending is None:
            self.exit_reason = self._reason_of(returncode)
            log.warning(
                "browser went away",
                extra={"action": "browser_exited", "reason": self.exit_reason, "returncode": returncode},
            )
        self.exited.set()

    def _reason_of(self, returncode: int) -> EndReason:
        of_memory = self.pid in self._watch.ended or self._enclosure.oom_kills() > 0
        if of_memory and returncode == -signal.SIGKILL:
            return EndReason.OOM_KILLED
        return EndReason.BROWSER_CRASHED

    async def _end(self) -> None:
        try:
            if self._process is not None:
                # One that never came up has nothing to put away.
                await self._process.end(grace_s=_END_GRACE_S if self._tasks else 0)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._enclosure.remove()
            self.exited.set()

    def _renderers(self) -> list[psutil.Process]:
        return [each for each in self._enclosure.processes() if processes.kind(each) == "renderer"]

    def _usage(self) -> Usage:
        members = self._enclosure.processes()
        return Usage(
            pss_mb=sum(map(processes.share_bytes, members)) / MIB,
            cpu_s=sum(map(processes.cpu_s, members)),
            processes=len(members),
        )


def _limits(spec: SessionSpec) -> Limits:
    return Limits(memory_mb=spec.memory_mb, pids=spec.pids, cpu=spec.cpu)


def _no_gpu(found: str) -> GpuUnavailable:
    return GpuUnavailable(
        f"A GPU was required, and there is none: {found}.",
        hint="Ask for `gpu: auto`, or run `roughcut doctor` on the node.",
    )


@contextmanager
def _launch_errors() -> Iterator[None]:
    try:
        yield
    except (StartTimedOut, CdpTimeout) as exc:
        raise LaunchTimedOut(str(exc), hint=exc.hint) from exc
    except ChromiumError as exc:
        raise LaunchFailed(str(exc), hint=exc.hint) from exc
    except FileExistsError as exc:
        raise Conflict(f"There is a session in {exc.filename} already.") from exc
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No folder could be made for the session: {exc.strerror}.") from exc
        raise LaunchFailed(f"No folder could be made for the session: {exc}") from exc
