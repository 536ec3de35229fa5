"""Starts a Chromium of our own and sees to it that it ends with us, however we end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from agent.browser.account import Account, browser_account
from agent.browser.flags import command_line
from agent.browser.scratch import scratch_folder
from agent.errors import SetupMissing

log = logging.getLogger(__name__)

SANDBOX_FIX = (
    "Allow user namespaces (sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0), or, only in a "
    "container that is thrown away, set ROUGHCUT_ALLOW_NO_SANDBOX=true."
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

# Chromium reads commands from descriptor 3 and answers on 4. It ends when 3 is closed, which the kernel does
# for us even if we are killed.
_ONTO_DEBUGGING_PIPE = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null'


@dataclass(frozen=True)
class Chromium:
    """A running browser of ours."""

    endpoint: str
    pid: int
    sandboxed: bool


@asynccontextmanager
async def launch_chromium(
    browser: Path, *, headed: bool = False, allow_no_sandbox: bool = False, gpu_flags: tuple[str, ...] = ()
) -> AsyncIterator[Chromium]:
    """A fresh Chromium, ended with all its processes and its folder removed on the way out.

    As root it runs as an unprivileged user, so that it keeps its sandbox. It goes without one only if the
    machine offers none and *allow_no_sandbox* is set. Raises `SetupMissing` if it does not start.
    """
    account = browser_account()
    with scratch_folder(account) as scratch:
        run = _BrowserProcess(browser, scratch, account, headed=headed, gpu_flags=gpu_flags)
        try:
            yield await run.start(allow_no_sandbox=allow_no_sandbox)
        finally:
            await run.end()


class _BrowserProcess:
    def __init__(
        self,
        browser: Path,
        scratch: Path,
        account: Account | None,
        *,
        headed: bool,
        gpu_flags: tuple[str, ...],
    ) -> None:
        self._browser = browser
        self._profile = scratch / "profile"
        self._scratch = scratch
        self._account = account
        self._headed = headed
        self._gpu_flags = gpu_flags
        self._log_file = scratch / "chromium.log"
        self._process: Process | None = None
        self._pipe_ends: tuple[int, ...] = ()

    async def start(self, *, allow_no_sandbox: bool) -> Chromium:
        try:
            return await self._start(sandbox=True)
        except SetupMissing:
            if not (allow_no_sandbox and "sandbox" in self._log_text().lower()):
                raise
        await self.end()
        log.warning("browser runs without a sandbox", extra={"action": "browser_unsandboxed"})
        return await self._start(sandbox=False)

    async def end(self) -> None:
        """Ask by closing the pipe, then kill the whole process group."""
        for descriptor in self._pipe_ends:
            os.close(descriptor)
        self._pipe_ends = ()
        if self._process is None:
            return
        try:
            if sys.platform != "win32":
                async with asyncio.timeout(_END_TIMEOUT_S):
                    await self._process.wait()
        except TimeoutError:
            log.warning("browser did not end by itself", extra={"action": "browser_killed"})
        finally:
            self._kill()
        await self._process.wait()
        self._process = None

    async def _start(self, *, sandbox: bool) -> Chromium:
        command = command_line(
            self._browser, self._profile, headed=self._headed, sandbox=sandbox, gpu_flags=self._gpu_flags
        )
        self._process = await self._spawn(command)
        endpoint = await self._endpoint()
        return Chromium(endpoint, self._process.pid, sandbox)

    async def _spawn(self, command: list[str]) -> Process:
        environment = _environment(self._scratch)
        with self._log_file.open("wb") as log_file:
            if sys.platform == "win32":
                return await asyncio.create_subprocess_exec(
                    *command, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=log_file
                )
            commands_out, our_commands = os.pipe()
            our_answers, answers_in = os.pipe()
            self._pipe_ends = (our_commands, our_answers)
            try:
                return await asyncio.create_subprocess_exec(
                    "/bin/sh", "-c", _ONTO_DEBUGGING_PIPE, "sh", *command,
                    env=environment,
                    cwd=self._scratch,
                    stdin=commands_out,
                    stdout=answers_in,
                    stderr=log_file,
                    start_new_session=True,
                    **(self._account.identity() if self._account else {}),
                )  # fmt: skip
            finally:
                os.close(commands_out)
                os.close(answers_in)

    async def _endpoint(self) -> str:
        port_file = self._profile / "DevToolsActivePort"
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                while True:
                    lines = _lines(port_file)
                    if len(lines) >= 2:
                        return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
                    if self._process is None or self._process.returncode is not None:
                        raise self._not_started("ended at once")
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as exc:
            raise self._not_started(f"did not answer within {_START_TIMEOUT_S:.0f} s") from exc

    def _not_started(self, what: str) -> SetupMissing:
        output = self._log_text()[-_LOG_TAIL_CHARS:].strip()
        return SetupMissing(
            f"{self._browser} {what}: {output}", hint=_start_hint(output, headed=self._headed)
        )

    def _log_text(self) -> str:
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    def _kill(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)


def _environment(scratch: Path) -> Mapping[str, str]:
    home = str(scratch / "home")
    return {
        **{name: value for name in _PASSED_ON if (value := os.environ.get(name)) is not None},
        "HOME": home,
        "TMPDIR": str(scratch / "tmp"),
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "XDG_DATA_HOME": f"{home}/.local/share",
    }


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().split()
    except OSError:
        return []


def _start_hint(output: str, *, headed: bool) -> str:
    if "sandbox" in output.lower():
        return SANDBOX_FIX
    if headed and ("display" in output.lower() or "ozone" in output.lower()):
        return "There is no screen here: leave out --headed, or run under xvfb-run."
    return "Run `roughcut doctor`, or name another browser in ROUGHCUT_BROWSER_PATH."
