"""What a program on this machine prints about itself."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE

from agent.browser.account import Account
from agent.errors import SetupMissing

_TIMEOUT_S = 10.0


async def output_of(*command: str, account: Account | None = None) -> str:
    """The standard output of *command*, run as *account*.

    Raises `SetupMissing` if it is not there, fails, or does not end within ten seconds.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
            **(account.identity() if account else {}),
        )
    except OSError as exc:
        raise SetupMissing(f"{command[0]} could not be started: {exc.strerror}") from exc
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError as exc:
        raise SetupMissing(f"{' '.join(command)} did not end within {_TIMEOUT_S:.0f} s.") from exc
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise SetupMissing(f"{' '.join(command)} ended with exit code {process.returncode}.")
    return output.decode(errors="replace").strip()
