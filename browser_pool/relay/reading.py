"""A socket that is read only while nothing speaks against it."""

from __future__ import annotations

import asyncio


class Reading:
    """Whether *transport* is read. Several may hold it back, each for a reason of its own."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._reasons: set[str] = set()

    @property
    def held(self) -> bool:
        """Whether it is not read now."""
        return bool(self._reasons)

    def hold(self, reason: str) -> None:
        """Do not read until this reason, and every other one, is gone."""
        if not self._reasons and not self._transport.is_closing():
            self._transport.pause_reading()
        self._reasons.add(reason)

    def free(self, reason: str) -> None:
        """Take this reason back."""
        if reason in self._reasons:
            self._reasons.remove(reason)
            self._resume()

    def free_entirely(self) -> None:
        """Take all reasons back."""
        if self._reasons:
            self._reasons.clear()
            self._resume()

    def _resume(self) -> None:
        if not self._reasons and not self._transport.is_closing():
            self._transport.resume_reading()
