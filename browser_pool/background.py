"""Work that a node does again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


async def every(interval_s: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do *work* now and after every *interval_s*, until cancelled; what it raises is logged."""
    while True:
        try:
            await work()
        except Exception:  # a timer that died would let sessions live for ever
            log.exception("background work failed", extra={"action": "background_failed"})
        await asyncio.sleep(interval_s)
