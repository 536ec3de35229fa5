"""Draining, warm browsers, and what the node says of its pressure."""

import asyncio

import pytest

from browser_pool.errors import LaunchFailed, NoSlot
from browser_pool.lifecycle import EndReason, Status
from browser_pool.load import Ceilings, Load, container_memory_pct, gpu_mem_pct, overload
from browser_pool.schemas import SessionRequest
from browser_pool.tenants import Tenant
from tests.unit.pool.fake_browser import FakeLink, until

ANN = Tenant("ann")
PLAIN = SessionRequest()


async def test_an_empty_node_is_drained_at_once(pool):
    """Nothing to wait for; new sessions are refused with 503 until it is resumed."""
    pool.node.drain(60)
    await pool.node.drained()

    with pytest.raises(NoSlot) as refused:
        await pool.node.create(PLAIN, ANN)
    assert (refused.value.status, refused.value.code) == (503, "draining")
    pool.node.resume()
    assert (await pool.node.create(PLAIN, ANN)).status is Status.READY


async def test_sessions_may_finish_while_the_node_drains(pool):
    """A drain waits for the sessions there are, which go on and can be reconnected to."""
    lease = await pool.node.create(PLAIN, ANN)

    pool.node.drain(60)
    drained = asyncio.create_task(pool.node.drained())
    await asyncio.sleep(0.01)
    lease.join(FakeLink(pool.clock))
    assert not drained.done()
    assert [event.name for event in lease.events.kept][-2:] == ["end_soon", "connected"]
    await pool.node.release(lease)

    await drained
    assert lease.end_reason is EndReason.RELEASED


async def test_the_drain_has_a_deadline(pool):
    """What is left at the deadline is ended, and its clients are told 4008."""
    leases = [await pool.node.create(PLAIN, ANN) for _ in range(2)]
    link = FakeLink(pool.clock)
    leases[0].join(link)

    pool.node.drain(0.01)
    await pool.node.drained()

    assert {lease.end_reason for lease in leases} == {EndReason.DRAINED}
    assert link.closed[0] == 4008
    assert pool.launcher.running == []


async def test_a_drain_refuses_those_in_the_queue(make_node):
    """Who waits for a slot is told at once to go elsewhere."""
    pool = await make_node(max_sessions=1)
    await pool.node.create(PLAIN, ANN)
    waiting = asyncio.create_task(pool.node.create(SessionRequest(wait_s=60.0), ANN))
    await until(lambda: pool.node.pressure().queued == 1)

    pool.node.drain(60)

    with pytest.raises(NoSlot):
        await waiting


async def test_a_warm_browser_is_lent_once(make_node):
    """A session of the default shape takes the warm one; the next warm one is a new browser."""
    pool = await make_node(warm_browsers=1)
    await until(lambda: len(pool.launcher.running) == 1)
    (warm,) = pool.launcher.running

    lease = await pool.node.create(PLAIN, ANN)
    assert lease.usable().browser is warm
    await pool.node.release(lease)
    await pool.node.tick()
    await until(lambda: len(pool.launcher.running) == 1)

    assert pool.launcher.running != [warm]


async def test_another_shape_starts_cold(make_node):
    """A warm browser does not fit a session that wants another window."""
    pool = await make_node(warm_browsers=1)
    await until(lambda: len(pool.launcher.running) == 1)

    lease = await pool.node.create(SessionRequest.model_validate({"viewport": {"w": 800}}), ANN)

    assert lease.usable().browser is not pool.launcher.running[0]
    assert lease.usable().browser is pool.launcher.running[1]


async def test_a_warm_browser_makes_room(make_node):
    """Browsers never outnumber slots: the warm one goes when its slot is wanted for another shape."""
    pool = await make_node(max_sessions=1, warm_browsers=1)
    await until(lambda: len(pool.launcher.running) == 1)

    await pool.node.create(SessionRequest(locale="de-DE"), ANN)

    assert pool.launcher.most_at_once == 1
    assert pool.node.pressure().warm == 0


async def test_a_warm_browser_that_died_is_not_lent(make_node):
    """A crash before anybody came costs nobody a session."""
    pool = await make_node(warm_browsers=1)
    await until(lambda: len(pool.launcher.running) == 1)
    pool.launcher.running[0].crash()

    lease = await pool.node.create(PLAIN, ANN)

    assert not lease.usable().browser.exited.is_set()


async def test_warm_starts_that_fail_are_not_tried_without_pause(make_node):
    """A browser that cannot start is tried again after a while, not on every tick."""
    pool = await make_node(warm_browsers=1)
    pool.launcher.failure = LaunchFailed("no such file")
    await until(lambda: pool.launcher.attempts == 1)

    for _ in range(5):
        await pool.node.tick()
        await asyncio.sleep(0)
    assert (pool.launcher.attempts, pool.node.pressure().warm) == (1, 0)
    pool.launcher.failure = None
    await pool.advance(11)

    await until(lambda: len(pool.launcher.running) == 1)


async def test_pressure_tells_why_it_is_not_available(make_node):
    """`full`, `draining` and the numbers; a full node counts whom it refused."""
    pool = await make_node(max_sessions=1)
    assert pool.node.pressure().reason == "none"
    await pool.node.create(PLAIN, ANN)
    with pytest.raises(NoSlot):
        await pool.node.create(PLAIN, ANN)

    full = pool.node.pressure()
    pool.node.drain(60)

    assert (full.available, full.reason, full.free, full.recently_rejected) == (False, "full", 0, 1)
    assert pool.node.pressure().reason == "draining"


async def test_a_node_that_starts_nothing_steps_back(pool):
    """After three failed launches it is not available, until half a minute has passed or one succeeds."""
    pool.launcher.failure = LaunchFailed("no such file")
    for _ in range(3):
        with pytest.raises(LaunchFailed):
            await pool.node.create(PLAIN, ANN)

    assert pool.node.pressure().reason == "launches"
    await pool.advance(31)
    assert pool.node.pressure().reason == "none"
    pool.launcher.failure = None
    await pool.node.create(PLAIN, ANN)
    assert pool.node.pressure().reason == "none"


def test_overload_does_not_flutter():
    """What was too much has to fall five points below its ceiling."""
    ceilings = Ceilings(cpu_pct=None, mem_pct=90, gpu_mem_pct=90, min_free_disk_bytes=0)

    assert overload(Load(mem_pct=91, cpu_pct=100), ceilings, None) == "memory"
    assert overload(Load(mem_pct=88), ceilings, "memory") == "memory"
    assert overload(Load(mem_pct=88), ceilings, None) is None
    assert overload(Load(gpu_mem_pct=95), ceilings, None) == "gpu"


def test_gpu_memory_is_that_of_the_fullest():
    """Of several GPUs the fullest counts; one that does not tell is left out."""
    assert gpu_mem_pct("1024, 4096\n3072, 4096\n[N/A], [N/A]\n") == 75.0
    assert gpu_mem_pct("Failed to initialize NVML") is None


@pytest.mark.parametrize(("limit", "percent"), [("1000", 50.0), ("max", None)])
def test_memory_is_that_of_the_container(tmp_path, limit, percent):
    """A container's limit counts, cached files do not; where there is no limit there is no figure."""
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text("800\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 300\n")

    assert container_memory_pct(tmp_path) == percent
    assert container_memory_pct(tmp_path / "missing") is None
