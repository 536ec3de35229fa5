"""What a program on this machine prints about itself."""

from __future__ import annotations

import asyncio
import subprocess

from browser_pool.chromium.account import Account
from browser_pool.chromium.errors import ProgramFailed

_TIMEOUT_S = 10.0


async def output_of(*command: str, account: Account | None = None) -> str:
    """The standard output of *command*, run as *account*.

    Raises `ProgramFailed` if it is not there, fails, or does not end within ten seconds.
    """
    try:
        ended = await asyncio.to_thread(_run, command, account)
    except OSError as exc:
        raise ProgramFailed(f"{command[0]} could not be started: {exc.strerror}") from exc
    except subprocess.TimeoutExpired as exc:
        raise ProgramFailed(f"{' '.join(command)} did not end within {_TIMEOUT_S:.0f} s.") from exc
    if ended.returncode != 0:
        raise ProgramFailed(f"{' '.join(command)} ended with exit code {ended.returncode}.")
    return ended.stdout.decode(errors="replace").strip()


def _run(command: tuple[str, ...], account: Account | None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_TIMEOUT_S,
        check=False,
        **(account.identity() if account else {}),
    )
