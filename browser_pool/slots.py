"""The node's slots: how many sessions there may be at once, and who gets the next free one.

A session holds one `Claim` from its request to its very end. What is free is counted from the claims that
hold a slot, so a slot can be neither lost nor counted twice.
"""

from __future__ import annotations

import asyncio
from itertools import count

from browser_pool.errors import NoSlot, QueueTimedOut, QuotaExceeded

_RETRY_AFTER_S = 1.0


class Slots:
    """A fixed number of slots and a queue for them.

    The next free slot goes to the waiting tenant that holds the fewest, and within a tenant to the one that
    came first.
    """

    def __init__(self, capacity: int, max_queue: int) -> None:
        self.capacity = capacity
        self.max_queue = max_queue
        self._holding: set[Claim] = set()
        self._queue: list[Claim] = []
        self._closed: NoSlot | None = None
        self._arrivals = count()

    def __contains__(self, claim: Claim) -> bool:
        """Whether *claim* holds a slot."""
        return claim in self._holding

    @property
    def used(self) -> int:
        """Slots that are held."""
        return len(self._holding)

    @property
    def free(self) -> int:
        """Slots that nobody holds."""
        return self.capacity - self.used

    @property
    def queued(self) -> int:
        """Claims that wait."""
        return len(self._queue)

    def claim(self, tenant: str, *, quota: int | None, may_wait: bool) -> Claim:
        """A slot for *tenant*, or a place in the queue.

        Raises `QuotaExceeded` if the tenant has *quota* claims already, `NoSlot` if there is none and the
        caller may not wait or the queue is full.
        """
        self._admit(tenant, quota, may_wait=may_wait)
        claim = Claim(self, tenant, next(self._arrivals))
        self._queue.append(claim)
        self._grant()
        return claim

    def close(self, reason: NoSlot) -> None:
        """Refuse new claims and those that wait, with *reason*; held slots stay held."""
        self._closed = reason
        waiting, self._queue = self._queue, []
        for claim in waiting:
            claim.refuse(reason)

    def reopen(self) -> None:
        """Take claims again."""
        self._closed = None

    def release(self, claim: Claim) -> None:
        """Take back the slot or the place in the queue that *claim* has; nothing if it has neither."""
        if claim in self._holding:
            self._holding.remove(claim)
            self._grant()
        elif claim in self._queue:
            self._queue.remove(claim)

    def _admit(self, tenant: str, quota: int | None, *, may_wait: bool) -> None:
        if self._closed:
            # One error for many callers: without this each would add its frames to it.
            raise self._closed.with_traceback(None)
        if quota is not None and self._claims_of(tenant) >= quota:
            raise QuotaExceeded(
                f"{tenant} has {quota} sessions, as many as its key allows.",
                hint="Release one of them.",
                retry_after_s=_RETRY_AFTER_S,
            )
        if self.free > len(self._queue):
            return
        if not may_wait:
            raise NoSlot(
                f"All {self.capacity} slots are in use.",
                hint="Try again later, or wait in the queue with wait_s.",
                retry_after_s=_RETRY_AFTER_S,
            )
        if len(self._queue) >= self.max_queue:
            raise NoSlot(
                f"All {self.capacity} slots are in use and {len(self._queue)} requests wait.",
                hint="Try again later.",
                code="queue_full",
                retry_after_s=_RETRY_AFTER_S,
            )

    def _grant(self) -> None:
        while self.free and self._queue:
            claim = min(self._queue, key=lambda waiting: (self._held_by(waiting.tenant), waiting.arrival))
            self._queue.remove(claim)
            self._holding.add(claim)
            claim.grant()

    def _held_by(self, tenant: str) -> int:
        return sum(claim.tenant == tenant for claim in self._holding)

    def _claims_of(self, tenant: str) -> int:
        return self._held_by(tenant) + sum(claim.tenant == tenant for claim in self._queue)


class Claim:
    """A tenant's slot, or its place in the queue for one."""

    def __init__(self, slots: Slots, tenant: str, arrival: int) -> None:
        self.tenant = tenant
        self.arrival = arrival
        self._slots = slots
        self._decided = asyncio.Event()
        self._refused: NoSlot | None = None

    @property
    def holds(self) -> bool:
        """Whether it has a slot now."""
        return self in self._slots

    async def granted(self, *, wait_s: float) -> None:
        """Return once the slot is held.

        Raises `QueueTimedOut` after *wait_s*, and then it holds nothing any more, or `NoSlot`.
        """
        try:
            async with asyncio.timeout(wait_s):
                await self._decided.wait()
        except TimeoutError as exc:
            self.release()
            raise QueueTimedOut(
                f"No slot came free within {wait_s:g} s.",
                hint="Try again later, or wait longer with wait_s.",
                retry_after_s=_RETRY_AFTER_S,
            ) from exc
        if self._refused:
            raise self._refused.with_traceback(None)

    def release(self) -> None:
        """Give back what is held, be it slot or place in the queue; a second call does nothing."""
        self._slots.release(self)

    def grant(self) -> None:
        """Called by `Slots` alone: the slot is held."""
        self._decided.set()

    def refuse(self, reason: NoSlot) -> None:
        """Called by `Slots` alone: there will be no slot."""
        self._refused = reason
        self._decided.set()
