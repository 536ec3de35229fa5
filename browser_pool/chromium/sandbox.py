"""Whether a browser's pages really run in a sandbox."""

from __future__ import annotations

import sys
from pathlib import Path

from browser_pool.chromium.cdp import CdpConnection

_FILTERED = "\nSeccomp:\t2\n"


async def is_sandboxed(connection: CdpConnection) -> bool | None:
    """Whether the kernel filters the system calls of every renderer; None where that cannot be read."""
    if sys.platform != "linux":
        return None
    processes = (await connection.call("SystemInfo.getProcessInfo"))["processInfo"]
    statuses = [_status(process["id"]) for process in processes if process["type"] == "renderer"]
    alive = [status for status in statuses if status]
    return all(_FILTERED in status for status in alive) if alive else None


def _status(process_id: int) -> str:
    """What Linux says of a process; empty if it has just ended."""
    try:
        return Path(f"/proc/{process_id}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
