"""Who is let in to a browser's WebSocket, and what the node hears of it."""

import asyncio

import pytest
from starlette.datastructures import Headers, QueryParams

from browser_pool.access import Access
from browser_pool.lifecycle import EndReason, Status
from browser_pool.relay.route import Refusal, Upgrade
from browser_pool.schemas import SessionRequest
from browser_pool.tenants import Tenant
from browser_pool.upgrades import Upgrades
from tests.unit.pool.fake_browser import FakeLink, until

ANN = Tenant("ann")


@pytest.fixture
async def upgrades(pool):
    return Upgrades(pool.node, Access(pool.node.settings, pool.node))


def upgrade(path: str, query: str = "") -> Upgrade:
    return Upgrade(path, QueryParams(query), Headers({"host": "localhost"}), None)


def to(lease) -> Upgrade:
    return upgrade(f"/v1/sessions/{lease.id}/cdp")


async def session(pool, **fields):
    return await pool.node.create(SessionRequest.model_validate(fields), ANN)


async def test_a_route_to_the_browser(pool, upgrades):
    """A ready session gives the way to its browser, with its rules and folders."""
    lease = await session(pool, policy={"file_urls": True})

    route = await upgrades.resolve(to(lease))

    browser = lease.usable().browser
    assert (route.endpoint_ws, route.session_id) == (browser.endpoint, lease.id)
    assert (route.policy.files, route.policy.file_urls) == (browser.files, True)


@pytest.mark.parametrize("ending", [False, True])
async def test_too_late(pool, upgrades, ending):
    """Connecting to a session that ends or has ended is 410 with the reason."""
    lease = await session(pool)
    if ending:
        pool.launcher.may_end.clear()
    release = asyncio.create_task(pool.node.release(lease))
    await until(lambda: lease.status is (Status.ENDING if ending else Status.ENDED))

    refusal = await upgrades.resolve(to(lease))

    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.json_body["end_reason"]) == (410, "released")
    pool.launcher.may_end.set()
    await release


async def test_too_early(pool, upgrades):
    """Connecting to a session that has no browser yet is 409, to be tried again."""
    pool.launcher.may_start.clear()
    lease = await session(pool, **{"async": True})

    refusal = await upgrades.resolve(to(lease))

    assert (refusal.status, refusal.json_body["error"]) == (409, "not_ready")
    assert refusal.json_body["retry_after_s"] == 1.0


async def test_released_while_a_client_connects(pool, upgrades):
    """A client whose way was given, and whose session then ended, is dismissed as it arrives."""
    lease = await session(pool)
    route = await upgrades.resolve(to(lease))
    await pool.node.release(lease)
    link = FakeLink(pool.clock)

    route.on_open(link)
    route.on_close(1000, True)

    assert link.closed[0] == 4000
    assert lease.end_reason is EndReason.RELEASED


async def test_two_at_the_door_of_an_exclusive_session(pool, upgrades):
    """Two clients that are let in at once: the first to arrive stays, the other is sent away."""
    lease = await session(pool, exclusive=True)
    routes = [await upgrades.resolve(to(lease)) for _ in range(2)]
    links = [FakeLink(pool.clock) for _ in range(2)]

    for route, link in zip(routes, links, strict=True):
        route.on_open(link)
    routes[1].on_close(1008, True)

    assert (links[0].closed, links[1].closed[0]) == (None, 1008)
    assert lease.status is Status.CONNECTED


async def test_a_one_shot_client_that_never_arrives(pool, upgrades):
    """Its browser was started for it alone, and goes with it."""
    route = await upgrades.resolve(upgrade("/v1/connect", "timeout_s=60"))
    (lease,) = pool.node.live

    route.on_close(1006, False)

    await until(lambda: lease.status is Status.ENDED)
    assert pool.node.pressure().free == 3


async def test_a_one_shot_client_that_drops(pool, upgrades):
    """There is no grace for one whose session is its socket."""
    route = await upgrades.resolve(upgrade("/v1/connect", "disconnect_grace_s=60"))
    (lease,) = pool.node.live
    route.on_open(FakeLink(pool.clock))

    route.on_close(1006, False)

    await until(lambda: lease.status is Status.ENDED)
    assert lease.end_reason is EndReason.DISCONNECT_TIMEOUT


async def test_a_one_shot_client_that_gives_up_in_the_queue(pool, upgrades):
    """It leaves neither a place in the queue nor a session."""
    for _ in range(3):
        await session(pool)
    resolving = asyncio.create_task(upgrades.resolve(upgrade("/v1/connect", "wait_s=60")))
    await until(lambda: pool.node.pressure().queued == 1)

    resolving.cancel()

    await until(lambda: pool.node.pressure().queued == 0)
    assert pool.launcher.started == 3


async def test_what_a_client_is_told_when_its_browser_crashes(pool, upgrades):
    """The words come from the session's end, which may be heard of a little later."""
    lease = await session(pool)
    route = await upgrades.resolve(to(lease))
    route.on_open(FakeLink(pool.clock))

    telling = asyncio.create_task(route.browser_gone())
    lease.usable().browser.crash(EndReason.OOM_KILLED)

    assert (await telling).code == 4006


@pytest.mark.parametrize(("keep_alive", "status"), [(False, Status.ENDED), (True, Status.CONNECTED)])
async def test_a_client_that_closes_the_browser(pool, upgrades, keep_alive, status):
    """`Browser.close` ends the session, unless it is to be kept alive."""
    lease = await session(pool, keep_alive=keep_alive)
    route = await upgrades.resolve(to(lease))
    route.on_open(FakeLink(pool.clock))

    route.on_browser_close()

    await until(lambda: lease.status is status)
