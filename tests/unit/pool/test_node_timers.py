"""The node's timers, on a clock that the test turns."""

from datetime import timedelta

import pytest

from browser_pool.lifecycle import EndReason, Status
from browser_pool.schemas import SessionRequest
from browser_pool.tenants import Tenant
from tests.unit.pool.fake_browser import FakeLink, until

ANN = Tenant("ann")


async def session(pool, **fields):
    return await pool.node.create(SessionRequest.model_validate(fields), ANN)


async def connected(pool, **fields):
    lease = await session(pool, **fields)
    link = FakeLink(pool.clock)
    lease.join(link)
    return lease, link


async def test_without_a_first_client(pool):
    """A session to which nobody ever connects ends after `connect_timeout_s`."""
    lease = await session(pool, connect_timeout_s=10)

    await pool.advance(9.9)
    assert lease.end_reason is None
    await pool.advance(0.1)

    assert lease.end_reason is EndReason.CONNECT_TIMEOUT


async def test_an_upload_is_a_sign_of_life(pool):
    """While footage is uploaded the first client is still waited for."""
    lease = await session(pool, connect_timeout_s=10)

    await pool.advance(9)
    lease.sign()
    await pool.advance(9)

    assert lease.end_reason is None


async def test_a_silent_client(pool):
    """A connected client that sends nothing for `idle_timeout_s` is dismissed with 4002."""
    lease, link = await connected(pool, idle_timeout_s=10)

    await pool.advance(9)
    link.last_client_activity = pool.clock.monotonic()
    await pool.advance(9)
    assert lease.status is Status.CONNECTED
    await pool.advance(1)

    assert (lease.end_reason, link.closed[0]) == (EndReason.IDLE_TIMEOUT, 4002)


async def test_lifetime(pool):
    """However busy its client is, a session ends after `timeout_s`, with 4003."""
    lease, link = await connected(pool, timeout_s=10)
    link.last_client_activity = pool.clock.monotonic() + 9.5

    await pool.advance(10)

    assert (lease.end_reason, link.closed[0]) == (EndReason.LIFETIME, 4003)


async def test_time_in_the_queue_does_not_count(make_node):
    """Lifetime and patience begin when the browser is there."""
    pool = await make_node(max_sessions=1)
    first = await session(pool)
    waiting = await session(pool, wait_s=100, timeout_s=10, connect_timeout_s=10, **{"async": True})

    await pool.advance(60)
    await pool.node.release(first)
    await until(lambda: waiting.status is Status.READY)

    assert waiting.queue_s == 60
    assert waiting.expires_at - pool.clock.now() == timedelta(seconds=10)
    await pool.advance(9)
    assert waiting.status is Status.READY


async def test_a_clean_goodbye_ends_the_session(pool):
    """Playwright's `close()` sends a close frame: the session is over."""
    lease, link = await connected(pool)

    pool.node.leave(lease, link, clean=True)

    assert lease.end_reason is EndReason.CLIENT_CLOSED


async def test_a_clean_goodbye_with_keep_alive(pool):
    """Kept alive, the session waits for `idle_timeout_s` for somebody to come back."""
    lease, link = await connected(pool, keep_alive=True, idle_timeout_s=100)

    pool.node.leave(lease, link, clean=True)

    await pool.advance(99)
    assert lease.status is Status.DISCONNECTED
    await pool.advance(1)
    assert lease.end_reason is EndReason.IDLE_TIMEOUT


async def test_a_dropped_client_comes_back_within_the_grace(pool):
    """Within `disconnect_grace_s` the session is as it was; after it, gone."""
    lease, link = await connected(pool, disconnect_grace_s=30)
    pool.node.leave(lease, link, clean=False)
    await pool.advance(29)
    again = FakeLink(pool.clock)
    lease.join(again)
    await pool.advance(100)
    assert lease.status is Status.CONNECTED

    pool.node.leave(lease, again, clean=False)
    await pool.advance(30)

    assert lease.end_reason is EndReason.DISCONNECT_TIMEOUT


async def test_one_of_two_clients_leaves(pool):
    """The session goes on while somebody is connected, and counts the bytes of both."""
    lease, link = await connected(pool)
    other = FakeLink(pool.clock)
    lease.join(other)
    link.rx_bytes, other.rx_bytes = 10, 5

    pool.node.leave(lease, link, clean=True)

    assert (lease.status, len(lease.presence), lease.presence.rx_bytes) == (Status.CONNECTED, 1, 15)


async def test_a_client_that_comes_too_late_is_dismissed(pool):
    """A connection that opens while its session ends is closed with the reason."""
    lease = await session(pool)
    await pool.node.release(lease)
    link = FakeLink(pool.clock)

    lease.join(link)

    assert link.closed == (4000, "released: the session was released")
    assert len(lease.presence) == 0


async def test_extended(make_node):
    """Extending moves the end, within the node's `max_lifetime_s`."""
    pool = await make_node(max_lifetime_s=100)
    lease, link = await connected(pool, timeout_s=10, idle_timeout_s=1000)

    pool.node.extend(lease, 50)
    await pool.advance(49)
    assert lease.end_reason is None
    pool.node.extend(lease, 1000)
    await pool.advance(51)

    assert (lease.end_reason, link.closed[0]) == (EndReason.LIFETIME, 4003)


@pytest.mark.parametrize("jump", [timedelta(days=365), timedelta(days=-365)])
async def test_the_wall_clock_may_jump(pool, jump):
    """NTP or a person setting the clock ends nothing; only time that passes does."""
    lease = await session(pool, connect_timeout_s=10)

    pool.clock.wall += jump
    await pool.node.tick()
    assert lease.end_reason is None
    await pool.advance(10)

    assert lease.end_reason is EndReason.CONNECT_TIMEOUT


async def test_the_end_is_announced(pool):
    """`end_soon` is told once, 60 seconds ahead, and again after an extension."""
    lease, _ = await connected(pool, timeout_s=100, idle_timeout_s=1000)

    def warnings():
        return [event.data for event in lease.events.kept if event.name == "end_soon"]

    await pool.advance(39)
    assert warnings() == []
    await pool.advance(2)
    await pool.advance(2)
    assert warnings() == [{"reason": "lifetime", "remaining_s": 59.0}]

    pool.node.extend(lease, 100)
    await pool.advance(50)
    assert len(warnings()) == 2
