"""Slots: first come, first served, fair between tenants, and never lost."""

import asyncio
import random

import pytest

from browser_pool.errors import NoSlot, QueueTimedOut, QuotaExceeded
from browser_pool.slots import Slots


def claims(slots: Slots, tenant: str, count: int):
    return [slots.claim(tenant, quota=None, may_wait=True) for _ in range(count)]


def holders(queue):
    return [claim for claim in queue if claim.holds]


async def test_the_queue_is_served_in_order_of_arrival():
    """Each slot that comes free goes to the claim that has waited longest."""
    slots = Slots(1, max_queue=8)
    held, *waiting = claims(slots, "a", 4)

    served = []
    for _ in range(3):
        held.release()
        (held,) = holders(waiting)
        waiting.remove(held)
        served.append(held.arrival)

    assert served == [1, 2, 3]


async def test_a_tenant_with_fewer_slots_comes_first():
    """One tenant's long queue does not starve another that asks once."""
    slots = Slots(2, max_queue=8)
    first, _ = claims(slots, "greedy", 2)
    claims(slots, "greedy", 4)
    modest = slots.claim("modest", quota=None, may_wait=True)

    first.release()

    assert modest.holds


async def test_full_is_told_apart_from_a_quota():
    """A full node refuses with 503, a caller over its own quota with 429."""
    slots = Slots(2, max_queue=1)
    claims(slots, "a", 2)

    with pytest.raises(NoSlot) as full:
        slots.claim("b", quota=None, may_wait=False)
    with pytest.raises(QuotaExceeded) as over_quota:
        slots.claim("a", quota=2, may_wait=True)
    claims(slots, "b", 1)
    with pytest.raises(NoSlot) as queue_full:
        slots.claim("c", quota=None, may_wait=True)

    assert [full.value.status, over_quota.value.status, queue_full.value.status] == [503, 429, 503]
    assert queue_full.value.code == "queue_full"


async def test_a_wait_ends_after_its_time_and_leaves_the_queue():
    """Nobody gets a slot that its claimer has stopped waiting for."""
    slots = Slots(1, max_queue=8)
    held, waiting = claims(slots, "a", 2)

    with pytest.raises(QueueTimedOut):
        await waiting.granted(wait_s=0.01)
    held.release()

    assert (slots.free, slots.queued) == (1, 0)


async def test_a_claim_gives_back_once():
    """Releasing twice frees one slot, not two."""
    slots = Slots(2, max_queue=0)
    first, _ = claims(slots, "a", 2)

    first.release()
    first.release()

    assert slots.free == 1


async def test_closing_refuses_those_that_wait():
    """A node that drains tells waiting claims at once; held slots stay held."""
    slots = Slots(1, max_queue=8)
    _, waiting = claims(slots, "a", 2)

    slots.close(NoSlot("draining", code="draining"))

    with pytest.raises(NoSlot, match="draining"):
        await waiting.granted(wait_s=60)
    assert (slots.used, slots.queued) == (1, 0)


@pytest.mark.parametrize("seed", range(5))
async def test_no_slot_is_lost_whatever_happens(seed):
    """After any mix of claims, cancellations, timeouts and releases every slot is free again."""
    dice = random.Random(seed)
    slots = Slots(3, max_queue=50)
    most_used = 0

    async def user() -> None:
        nonlocal most_used
        claim = slots.claim(dice.choice("abc"), quota=None, may_wait=True)
        try:
            await claim.granted(wait_s=dice.choice([0.001, 5]))
            most_used = max(most_used, slots.used)
            await asyncio.sleep(0.001 * dice.random())
        finally:
            claim.release()

    users = [asyncio.create_task(user()) for _ in range(40)]
    await asyncio.sleep(0.002)
    for victim in dice.sample(users, 15):
        victim.cancel()
    await asyncio.gather(*users, return_exceptions=True)

    assert (slots.used, slots.queued) == (0, 0)
    assert most_used <= 3
