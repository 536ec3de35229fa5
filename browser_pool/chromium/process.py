"""One Chromium process on a folder of its own: started, waited for, ended."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

from browser_pool.chromium.account import Account
from browser_pool.chromium.child import Child
from browser_pool.chromium.errors import CdpClosed, NotStarted, StartTimedOut
from browser_pool.chromium.flags import LaunchOptions, command_line
from browser_pool.chromium.pipe import PipeConnection

log = logging.getLogger(__name__)

SANDBOX_FIX = (
    "Allow user namespaces (sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0), or, only in a "
    "container that is thrown away, set ROUGHCUT_ALLOW_NO_SANDBOX=true (for a node of the pool "
    "ROUGHCUT_POOL_ALLOW_NO_SANDBOX)."
)
_START_FIX = (
    "Run `roughcut doctor`, or name another browser in ROUGHCUT_BROWSER_PATH (for a node of the pool "
    "ROUGHCUT_POOL_BROWSER_PATH)."
)

_START_TIMEOUT_S = 30.0
_END_TIMEOUT_S = 3.0
_POLL_S = 0.01
_LOG_TAIL_CHARS = 600

# Everything else stays out of the browser: the environment may hold model keys.
_PASSED_ON = (
    "PATH", "LANG", "LANGUAGE", "LC_ALL", "TZ", "LD_LIBRARY_PATH",
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH",
    "VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__EGL_VENDOR_LIBRARY_FILENAMES", "NVIDIA_DRIVER_CAPABILITIES",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA",
)  # fmt: skip

# Its first line is how many processes the account may have, or empty; by then the process is where its limits
# are. Chromium reads commands from descriptor 3 and answers on 4; it ends when their other end is closed.
_WITHIN_LIMITS = """
read -r processes || exit 1
ulimit -c 0
[ -z "$processes" ] || ulimit -u "$processes" 2>/dev/null || ulimit -p "$processes"
exec "$@" 3<&0 4>&0 </dev/null
"""
# Written in one go, but not at once: half of it may be read.
_PORT_FILE = re.compile(r"(\d+)\n(/devtools/browser/[0-9a-f-]{36})\n?")


@dataclass(frozen=True)
class Chromium:
    """A running browser of ours."""

    endpoint: str
    pid: int
    sandboxed: bool
    product: str
    """Such as Chrome/156.0.8078.79; empty on Windows."""
    control: PipeConnection | None
    """The debugging pipe; there is none on Windows."""


class ChromiumProcess:
    """A Chromium on *folder*, which holds `profile`, `home` and `tmp`; run as *account*."""

    def __init__(self, browser: Path, folder: Path, account: Account | None, options: LaunchOptions) -> None:
        self._browser = browser
        self._folder = folder
        self._account = account
        self._options = options
        self._log_file = folder / "chromium.log"
        self._child: Child | None = None
        self._control: PipeConnection | None = None

    async def start(
        self, *, timeout_s: float = _START_TIMEOUT_S, admit: Callable[[int], None] | None = None
    ) -> Chromium:
        """The browser, once it answers.

        *admit* gets its process before that begins to be a browser. Raises `NotStarted` with what the browser
        printed; `end` has to be called then too.
        """
        try:
            return await self._start(timeout_s, admit, sandbox=True)
        except NotStarted:
            if not (self._options.allow_no_sandbox and "sandbox" in _text(self._log_file).lower()):
                raise
        await self.end()
        log.warning("browser runs without a sandbox", extra={"action": "browser_unsandboxed"})
        return await self._start(timeout_s, admit, sandbox=False)

    async def wait(self) -> int:
        """The return code of the browser that was started, negative for a signal."""
        return await self._running.wait()

    async def end(self, *, grace_s: float = _END_TIMEOUT_S) -> None:
        """Ask by closing the pipe, and after *grace_s* kill the whole process group."""
        child, self._child = self._child, None
        control, self._control = self._control, None
        if child is None:
            return
        try:
            if control is not None:
                await control.close()
                async with asyncio.timeout(grace_s):
                    await child.wait()
        except TimeoutError:
            log.warning("browser did not end by itself", extra={"action": "browser_killed"})
        finally:
            child.kill()
        await child.wait()

    async def _start(
        self, timeout_s: float, admit: Callable[[int], None] | None, *, sandbox: bool
    ) -> Chromium:
        try:
            async with asyncio.timeout(timeout_s):
                await self._spawn(admit, sandbox=sandbox)
                endpoint = await self._endpoint()
                product = await self._product()
        except TimeoutError as exc:
            raise self._not_started(f"did not answer within {timeout_s:g} s", StartTimedOut) from exc
        except CdpClosed as exc:
            raise self._not_started(f"did not come up ({exc})") from exc
        except (OSError, subprocess.SubprocessError) as exc:
            raise self._not_started(f"could not be started ({exc})") from exc
        return Chromium(endpoint, self._running.pid, sandbox, product, self._control)

    async def _spawn(self, admit: Callable[[int], None] | None, *, sandbox: bool) -> None:
        command = command_line(self._browser, self._folder / "profile", self._options, sandbox=sandbox)
        if sys.platform == "win32":
            self._child = self._child_of(command, stdin=subprocess.DEVNULL)
            return
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._child = self._child_of(
                    ["/bin/sh", "-c", _WITHIN_LIMITS, "sh", *command], stdin=theirs.fileno()
                )
            if admit is not None:
                admit(self._child.pid)
            ours.sendall(f"{self._options.max_processes or ''}\n".encode())
            self._control = await PipeConnection.over(ours)
        except BaseException:
            ours.close()
            raise

    def _child_of(self, command: list[str], *, stdin: int) -> Child:
        with self._log_file.open("wb") as log_file:
            return Child(
                command,
                account=self._account,
                environment=_environment(self._folder, self._options),
                folder=self._folder,
                stdin=stdin,
                stderr=log_file,
            )

    async def _endpoint(self) -> str:
        port_file = self._folder / "profile" / "DevToolsActivePort"
        while True:
            if written := _PORT_FILE.fullmatch(_text(port_file)):
                return f"ws://127.0.0.1:{written[1]}{written[2]}"
            if self._running.has_ended:
                raise self._not_started("ended at once")
            await asyncio.sleep(_POLL_S)

    async def _product(self) -> str:
        if self._control is None:
            return ""
        # The limit is that of the whole start.
        version = await self._control.call("Browser.getVersion", timeout_s=inf)
        return str(version["product"])

    @property
    def _running(self) -> Child:
        assert self._child is not None, "not started"
        return self._child

    def _not_started(self, what: str, kind: type[NotStarted] = NotStarted) -> NotStarted:
        output = _text(self._log_file)[-_LOG_TAIL_CHARS:].strip()
        return kind(
            f"{self._browser} {what}: {output}", hint=_start_hint(output, headed=self._options.headed)
        )


def _environment(folder: Path, options: LaunchOptions) -> Mapping[str, str]:
    home = str(folder / "home")
    return {
        **{name: value for name in _PASSED_ON if (value := os.environ.get(name)) is not None},
        **({} if options.locale is None else {"LANGUAGE": options.locale}),
        **({} if options.timezone is None else {"TZ": options.timezone}),
        "HOME": home,
        "TMPDIR": "/proc/self/cwd/tmp" if sys.platform == "linux" else str(folder / "tmp"),
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "XDG_DATA_HOME": f"{home}/.local/share",
    }


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _start_hint(output: str, *, headed: bool) -> str:
    if "sandbox" in output.lower():
        return SANDBOX_FIX
    if headed and ("display" in output.lower() or "ozone" in output.lower()):
        return "There is no screen here: leave out --headed, or run under xvfb-run."
    return _START_FIX
