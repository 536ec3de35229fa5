"""The node: sessions come and go, and no slot or browser is left over."""

import asyncio

import pytest

from browser_pool.errors import (
    Conflict,
    Forbidden,
    LaunchFailed,
    NoSlot,
    NotFound,
    QuotaExceeded,
    SessionEnded,
)
from browser_pool.lifecycle import EndReason, Status
from browser_pool.schemas import SessionRequest
from browser_pool.tenants import Tenant
from tests.unit.pool.fake_browser import FakeLink, until

ANN = Tenant("ann")
BOB = Tenant("bob")
ADMIN = Tenant("admin", admin=True)


def request(**fields) -> SessionRequest:
    return SessionRequest.model_validate(fields)


def slots_in_use(pool) -> int:
    return pool.node.pressure().running


async def test_a_session_is_ready_with_a_browser(pool):
    """Create answers when the browser is there."""
    lease = await pool.node.create(request(), ANN)

    assert lease.status is Status.READY
    assert lease.usable().browser in pool.launcher.running
    assert slots_in_use(pool) == 1


async def test_release_leaves_a_tombstone_for_an_hour(pool):
    """A released session is still told of, with its reason, and forgotten after an hour."""
    lease = await pool.node.create(request(), ANN)

    await pool.node.release(lease)
    await pool.node.release(lease)

    assert (lease.status, lease.end_reason) == (Status.ENDED, EndReason.RELEASED)
    assert pool.launcher.running == []
    assert slots_in_use(pool) == 0
    await pool.advance(3599)
    assert pool.node.get(lease.id) is lease
    await pool.advance(2)
    with pytest.raises(NotFound):
        pool.node.get(lease.id)


async def test_an_ending_session_is_out_before_anything_is_awaited(pool):
    """While its browser ends nobody gets in any more, and its slot is still held."""
    lease = await pool.node.create(request(), ANN)
    pool.launcher.may_end.clear()

    release = asyncio.create_task(pool.node.release(lease))
    await until(lambda: lease.end_reason)

    assert lease not in pool.node.live
    with pytest.raises(SessionEnded):
        lease.usable()
    assert (lease.status, slots_in_use(pool)) == (Status.ENDING, 1)
    pool.launcher.may_end.set()
    await release
    assert slots_in_use(pool) == 0


async def test_a_client_that_stops_waiting_for_release_does_not_stop_it(pool):
    """The end goes on when whoever asked for it is gone."""
    lease = await pool.node.create(request(), ANN)
    pool.launcher.may_end.clear()
    release = asyncio.create_task(pool.node.release(lease))
    await until(lambda: lease.end_reason)

    release.cancel()
    pool.launcher.may_end.set()

    await until(lambda: lease.status is Status.ENDED)
    assert slots_in_use(pool) == 0


async def test_a_burst_of_five_times_the_capacity(pool):
    """Exactly as many browsers as slots are started; everybody else is told 503."""
    answers = await asyncio.gather(
        *(pool.node.create(request(), ANN) for _ in range(15)), return_exceptions=True
    )

    refused = [answer for answer in answers if isinstance(answer, NoSlot)]
    assert (pool.launcher.started, len(refused)) == (3, 12)
    assert {error.status for error in refused} == {503}


async def test_a_burst_that_waits_never_has_more_browsers_than_slots(make_node):
    """Fifteen queued creations pass through three slots, three at a time, whoever gives up."""
    pool = await make_node(max_queue=20, warm_browsers=2)

    async def use() -> None:
        lease = await pool.node.create(request(wait_s=5), ANN)
        await asyncio.sleep(0)
        await pool.node.release(lease)

    users = [asyncio.create_task(use()) for _ in range(15)]
    await until(lambda: pool.launcher.started >= 3)
    for impatient in users[9:12]:
        impatient.cancel()
    await asyncio.gather(*users, return_exceptions=True)

    assert pool.launcher.most_at_once <= 3
    await until(lambda: slots_in_use(pool) == 0)
    assert pool.node.pressure().queued == 0


async def test_cancelled_while_queued(make_node):
    """A client that goes while it waits in the queue takes its place with it."""
    pool = await make_node(max_sessions=1)
    await pool.node.create(request(), ANN)
    waiting = asyncio.create_task(pool.node.create(request(wait_s=60), ANN))
    await until(lambda: pool.node.pressure().queued == 1)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: pool.node.pressure().queued == 0)
    assert pool.launcher.started == 1


async def test_cancelled_during_the_launch(pool):
    """A client that goes while its browser starts leaves neither slot nor browser."""
    pool.launcher.may_start.clear()
    creating = asyncio.create_task(pool.node.create(request(), ANN))
    await until(lambda: pool.launcher.starting == 1)

    creating.cancel()

    await until(lambda: slots_in_use(pool) == 0)
    assert (pool.launcher.starting, pool.launcher.running) == (0, [])


async def test_released_during_the_launch(pool):
    """Release stops a launch; whoever waits for it is told that the session has ended."""
    pool.launcher.may_start.clear()
    creating = asyncio.create_task(pool.node.create(request(), ANN))
    await until(lambda: pool.launcher.starting == 1)
    (lease,) = pool.node.live

    await pool.node.release(lease)

    with pytest.raises(SessionEnded):
        await creating
    assert (slots_in_use(pool), pool.launcher.starting) == (0, 0)


@pytest.mark.parametrize("failure", [LaunchFailed("no such file"), ValueError("a bug")])
async def test_a_failed_launch_gives_the_slot_back(pool, failure):
    """Whatever a launch fails with, the caller hears of a failed launch and the slot is free."""
    pool.launcher.failure = failure

    with pytest.raises(LaunchFailed):
        await pool.node.create(request(), ANN)

    assert slots_in_use(pool) == 0
    (tombstone,) = pool.node.sessions(ANN)
    assert (tombstone.status, tombstone.end_reason) == (Status.FAILED, EndReason.LAUNCH_FAILED)


async def test_created_in_the_background(pool):
    """With `async` the answer comes before the browser, which is not usable until it is there."""
    pool.launcher.may_start.clear()

    lease = await pool.node.create(request(**{"async": True}), ANN)

    assert lease.status is Status.QUEUED
    with pytest.raises(Conflict, match="not ready"):
        lease.usable()
    pool.launcher.may_start.set()
    await until(lambda: lease.status is Status.READY)


async def test_a_crash_ends_the_session_at_once(pool):
    """A browser that exits by itself ends its session, tells its clients why, and no other session."""
    crashing = await pool.node.create(request(), ANN)
    other = await pool.node.create(request(), ANN)
    link = FakeLink(pool.clock)
    crashing.join(link)

    crashing.usable().browser.crash(EndReason.OOM_KILLED)

    await until(lambda: crashing.status is Status.ENDED)
    assert crashing.end_reason is EndReason.OOM_KILLED
    assert link.closed[0] == 4006
    assert other.status is Status.READY
    assert slots_in_use(pool) == 1


async def test_quota_and_capacity(make_node):
    """A key's quota is 429 while slots are free, and counts what waits in the queue."""
    pool = await make_node(max_sessions=2)
    modest = Tenant("modest", max_sessions=1)
    await pool.node.create(request(), modest)

    with pytest.raises(QuotaExceeded) as refused:
        await pool.node.create(request(wait_s=60), modest)

    assert (refused.value.status, slots_in_use(pool)) == (429, 1)


async def test_tenants_see_their_own(pool):
    """Sessions of another key are neither listed nor given; an admin sees all."""
    lease = await pool.node.create(request(), ANN)

    assert list(pool.node.sessions(BOB)) == []
    with pytest.raises(Forbidden):
        pool.node.get(lease.id, BOB)
    assert list(pool.node.sessions(ADMIN)) == [lease]


async def test_the_same_key_twice_is_one_session(pool):
    """Requests with one Idempotency-Key, one after the other or at once, get one session."""
    first, second = await asyncio.gather(*(pool.node.create(request(), ANN, "key") for _ in range(2)))
    third = await pool.node.create(request(), ANN, "key")

    assert first is second is third
    assert pool.launcher.started == 1
    with pytest.raises(Conflict):
        await pool.node.create(request(timeout_s=5), ANN, "key")
    assert await pool.node.create(request(), BOB, "key") is not first


async def test_the_first_of_two_with_one_key_goes_away(pool):
    """A request goes on as long as one of its senders waits, and is given up with the last."""
    pool.launcher.may_start.clear()
    first = asyncio.create_task(pool.node.create(request(), ANN, "key"))
    second = asyncio.create_task(pool.node.create(request(), ANN, "key"))
    await until(lambda: pool.launcher.starting == 1)

    first.cancel()
    await asyncio.wait([first])
    assert pool.launcher.starting == 1
    second.cancel()

    await until(lambda: pool.launcher.starting == 0 and slots_in_use(pool) == 0)
    pool.launcher.may_start.set()
    assert (await pool.node.create(request(), ANN, "key")).status is Status.READY


async def test_a_failure_is_not_remembered_by_its_key(pool):
    """The same request can be tried again after a failed launch."""
    pool.launcher.failure = LaunchFailed("once")
    with pytest.raises(LaunchFailed):
        await pool.node.create(request(), ANN, "key")
    pool.launcher.failure = None

    lease = await pool.node.create(request(), ANN, "key")

    assert lease.status is Status.READY


async def test_one_dead_browser_does_not_fail_the_others(pool):
    """A browser that does not tell its usage leaves the others' to be read."""
    dead, alive = [await pool.node.create(request(), ANN) for _ in range(2)]
    dead.usable().browser.usage_error = OSError("no such process")

    await pool.node.measure_sessions()

    assert (dead.usage, alive.usage.pss_mb) == (None, 100.0)


async def test_events_are_told_in_order(pool):
    """A reader gets what has happened, then what happens, until the session has ended."""
    lease = await pool.node.create(request(), ANN)

    async def names() -> list[str]:
        return [event.name async for event in lease.events.follow()]

    reading = asyncio.create_task(names())
    await pool.node.reset(lease)
    await pool.node.release(lease)

    assert await reading == ["created", "starting", "ready", "reset", "ending", "ended"]


async def test_leaving_the_node_ends_everything(make_node):
    """After `async with` no session, no warm browser and no task is left."""
    before = asyncio.all_tasks()
    pool = await make_node(warm_browsers=1)
    await pool.node.create(request(), ANN)
    await until(lambda: pool.launcher.started == 2)

    await pool.node.__aexit__(None, None, None)

    assert pool.launcher.running == []
    assert asyncio.all_tasks() - before == set()
