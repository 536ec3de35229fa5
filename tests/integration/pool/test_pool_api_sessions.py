"""Sessions by HTTP: real requests to a real server; the browsers are paper."""

import asyncio
import json
import socket
import struct

import pytest
import pytest_asyncio

from browser_pool.errors import LaunchFailed
from browser_pool.lifecycle import Status
from tests.pool_node import ServedNode, pool_settings, served_node
from tests.pool_sessions import until
from tests.unit.pool.fake_browser import FakeLauncher

UNKNOWN = "n1-" + "x" * 22


@pytest_asyncio.fixture(scope="module")
async def shared(tmp_path_factory):
    """A roomy node for tests that leave it as they found it, or do not care."""
    home = tmp_path_factory.mktemp("node")
    async with served_node(pool_settings(home, max_sessions=50), FakeLauncher(home / "browsers")) as served:
        yield served


@pytest.fixture
async def launcher(tmp_path):
    """The browsers of `small`."""
    return FakeLauncher(tmp_path / "browsers")


@pytest.fixture
async def small(tmp_path, launcher):
    """A node with one slot."""
    async with served_node(pool_settings(tmp_path, max_sessions=1), launcher) as served:
        yield served


async def test_a_session_from_creation_to_tombstone(shared: ServedNode):
    """Create, look, release, release again, and look at what is left."""
    created = await shared.http.post("/v1/sessions", json={"metadata": {"job": "17"}, "timeout_s": 60})
    session = created.json()
    path = created.headers["location"]

    assert (created.status_code, path) == (201, f"/v1/sessions/{session['id']}")
    assert (session["status"], session["node"]) == ("ready", "n1")
    assert (await shared.http.get(path)).json()["metadata"] == {"job": "17"}
    released = await shared.http.delete(path)
    assert (released.status_code, released.json()["status"]) == (200, "ended")
    assert (await shared.http.delete(path)).status_code == 204
    tombstone = (await shared.http.get(path)).json()
    assert (tombstone["status"], tombstone["end_reason"]) == ("ended", "released")


async def test_an_ended_session_is_gone_for_good(shared: ServedNode):
    """Everything that needs the browser says 410 with the reason."""
    session = await shared.create()
    path = f"/v1/sessions/{session['id']}"
    await shared.http.delete(path)

    answers = [
        await shared.http.post(f"{path}/reset"),
        await shared.http.post(f"{path}/extend", json={"timeout_s": 60}),
        await shared.http.get(f"{path}/files"),
        await shared.http.get(f"{path}/screenshot"),
        await shared.http.get(f"{path}/json/version"),
    ]

    assert {answer.status_code for answer in answers} == {410}
    assert {answer.json()["end_reason"] for answer in answers} == {"released"}
    assert {answer.json()["session_id"] for answer in answers} == {session["id"]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"timout_s": 5}', 422),
        ('{"timeout_s": -1}', 422),
        ('{"timeout_s": NaN}', 422),
        ('{"timeout_s": 1e400}', 422),
        ('{"timeout_s": 1e12}', 422),
        ('{"timeout_s": "5"}', 422),
        ('{"gpu": "please"}', 422),
        ('{"viewport": {"w": 1}}', 422),
        ('{"locale": "de --no-sandbox"}', 422),
        ('{"args": ["--no-sandbox"]}', 422),
        ('{"profile": "work"}', 422),
        ('{"recording": {"video": true}}', 422),
        ('{"limits": {"memory_mb": 999999}}', 422),
        (json.dumps({"metadata": {str(n): "" for n in range(17)}}), 422),
        ("[]", 422),
        ("{", 400),
        ("", 201),
        ('{"metadata": {"a": "' + "x" * 70_000 + '"}}', 413),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)
async def test_bodies_that_are_not_as_they_should_be(shared: ServedNode, body, status):
    """Nonsense is refused with its reason, and creates nothing."""
    before = shared.node.tally.created

    answer = await shared.http.post("/v1/sessions", content=body)

    assert answer.status_code == status, answer.text
    if status == 201:
        await shared.http.delete(answer.headers["location"])
    else:
        assert shared.node.tally.created == before
        assert answer.json().keys() >= {"error", "message", "request_id"}


@pytest.mark.parametrize(
    ("session_id", "status", "error"),
    [
        (UNKNOWN, 404, "session_not_found"),
        ("n2-" + "x" * 22, 404, "unknown_node"),
        ("x", 400, "bad_session_id"),
        ("n1-" + "x" * 10_000, 400, "bad_session_id"),
        ("n1-" + "x" * 21 + "%0A", 400, "bad_session_id"),
        ("..%2F..%2Fetc", 404, "not_found"),
        ("n1-%00" + "x" * 21, 400, "bad_session_id"),
    ],
    ids=lambda value: str(value)[:16],
)
async def test_ids_that_are_none(shared: ServedNode, session_id, status, error):
    """A malformed id is 400, one of another node or of nobody 404."""
    answer = await shared.http.get(f"/v1/sessions/{session_id}")

    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_dots_do_not_climb(shared: ServedNode):
    """A raw `..` in the path reaches nothing else."""
    reader, writer = await asyncio.open_connection(*shared.address)
    writer.write(b"GET /v1/sessions/../../pressure HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    status_line = await reader.readline()

    assert b" 404 " in status_line or b" 400 " in status_line
    writer.close()


async def test_wrong_method(shared: ServedNode):
    """405, told in the same shape as every error, with the caller's request id."""
    answer = await shared.http.patch("/v1/sessions", headers={"x-request-id": "mine-1"})

    assert (answer.status_code, answer.json()["error"]) == (405, "method_not_allowed")
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "mine-1"


async def test_listed_by_status_and_metadata(shared: ServedNode):
    """The list holds what was asked for, newest first."""
    first = await shared.create(metadata={"team": "a"})
    second = await shared.create(metadata={"team": "a"})
    await shared.create(metadata={"team": "b"})
    await shared.http.delete(f"/v1/sessions/{first['id']}")

    of_team = (await shared.http.get("/v1/sessions", params={"metadata.team": "a"})).json()["sessions"]
    ready = await shared.http.get("/v1/sessions", params={"metadata.team": "a", "status": "ready"})

    assert [session["id"] for session in of_team] == [second["id"], first["id"]]
    assert [session["id"] for session in ready.json()["sessions"]] == [second["id"]]


async def test_extended_and_reset(shared: ServedNode):
    """Both answer with the session; the extension shows in `expires_at`."""
    session = await shared.create(timeout_s=60)
    path = f"/v1/sessions/{session['id']}"

    extended = await shared.http.post(f"{path}/extend", json={"timeout_s": 600})
    reset = await shared.http.post(f"{path}/reset")

    assert extended.json()["expires_at"] > session["expires_at"]
    assert reset.status_code == 200
    assert shared.node.get(session["id"]).usable().browser.resets == 1


async def test_the_same_idempotency_key_at_once(shared: ServedNode):
    """Two requests with one key are one session; the key with another body is 409."""
    headers = {"idempotency-key": "k-1"}

    answers = await asyncio.gather(
        *(shared.http.post("/v1/sessions", json={}, headers=headers) for _ in range(2))
    )
    other = await shared.http.post("/v1/sessions", json={"timeout_s": 5}, headers=headers)

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert (other.status_code, other.json()["error"]) == (409, "idempotency_key_reused")


async def test_asked_for_in_the_background(small: ServedNode, launcher: FakeLauncher):
    """`async` answers 202 at once; what needs the browser is 409 until it is there."""
    launcher.may_start.clear()

    created = await small.http.post("/v1/sessions", json={"async": True})
    path = created.headers["location"]
    too_early = await small.http.get(f"{path}/json/version")

    assert created.status_code == 202
    assert (too_early.status_code, too_early.json()["error"]) == (409, "not_ready")
    launcher.may_start.set()
    await until(lambda: small.node.get(created.json()["id"]).status is Status.READY)


async def test_full_is_503_and_slow_is_504(small: ServedNode):
    """A full node says 503 with Retry-After; whoever waited in vain gets 504."""
    await small.create()

    full = await small.http.post("/v1/sessions", json={})
    waited = await small.http.post("/v1/sessions", json={"wait_s": 0.05})

    assert (full.status_code, full.json()["error"], full.headers["retry-after"]) == (503, "no_slot", "1")
    assert (waited.status_code, waited.json()["error"]) == (504, "queue_timed_out")
    assert small.node.pressure().recently_rejected == 1


async def test_a_queued_client_that_resets(small: ServedNode):
    """A client that goes while it waits for a slot gives up its place; the next in line gets the slot."""
    session = await small.create()
    connection = asking(small)
    await until(lambda: small.node.pressure().queued == 1)

    reset(connection)
    await until(lambda: small.node.pressure().queued == 0)
    await small.http.delete(f"/v1/sessions/{session['id']}")

    assert small.node.pressure().free == 1


async def test_a_client_that_goes_during_the_launch(small: ServedNode, launcher: FakeLauncher):
    """Its browser is stopped and the slot is free again."""
    launcher.may_start.clear()
    connection = asking(small)
    await until(lambda: launcher.starting == 1)

    reset(connection)
    await until(lambda: small.node.pressure().free == 1)

    assert (launcher.starting, launcher.running) == (0, [])


async def test_released_while_it_launches(small: ServedNode, launcher: FakeLauncher):
    """DELETE during the launch works, and the creator is told 410."""
    launcher.may_start.clear()
    creating = asyncio.create_task(small.http.post("/v1/sessions", json={}))
    await until(lambda: launcher.starting == 1)
    (lease,) = small.node.live

    released = await small.http.delete(f"/v1/sessions/{lease.id}")

    assert released.json()["status"] == "ended"
    assert (await creating).status_code == 410


async def test_a_launch_that_fails(small: ServedNode, launcher: FakeLauncher):
    """The creator sees what the browser said, and three failures take the node out of the balance."""
    launcher.failure = LaunchFailed("libnss3.so: cannot open", hint="Install it.")

    answers = [await small.http.post("/v1/sessions", json={}) for _ in range(3)]

    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(500, "launch_failed")}
    assert "libnss3" in answers[0].json()["message"]
    ready = await small.http.get("/healthz/ready")
    assert (ready.status_code, ready.json()["reason"]) == (503, "launches")
    assert small.node.pressure().free == 1


async def test_one_dead_browser_fails_no_list(shared: ServedNode):
    """A browser that died without a word leaves list, metrics and pressure as they are."""
    dead = await shared.create(metadata={"which": "dead"})
    browser = shared.node.get(dead["id"]).usable().browser
    browser.usage_error = OSError("gone")
    browser.downloads.rmdir()
    await shared.node.measure_sessions()

    listed = await shared.http.get("/v1/sessions", params={"metadata.which": "dead"})
    metrics = await shared.http.get("/metrics")

    assert [session["id"] for session in listed.json()["sessions"]] == [dead["id"]]
    assert metrics.status_code == 200
    assert "roughcut_pool_slots 50.0" in metrics.text.splitlines()


async def test_events_stream(shared: ServedNode):
    """Events come as they happen, from where the reader left off, and end with the session."""
    session = await shared.create()
    path = f"/v1/sessions/{session['id']}"
    names = []

    async with shared.http.stream("GET", f"{path}/events", headers={"last-event-id": "2"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
                if names == ["ready"]:
                    await shared.http.delete(path)

    assert names == ["ready", "ending", "ended"]


async def test_drain(small: ServedNode):
    """A draining node refuses sessions and is not ready, but alive; it can be called back."""
    session = await small.create()

    drained = await small.http.post("/v1/node/drain", json={"deadline_s": 60})
    refused = await small.http.post("/v1/sessions", json={"wait_s": 60})
    ready = await small.http.get("/healthz/ready")

    assert (drained.status_code, drained.json()["reason"]) == (202, "draining")
    assert (refused.status_code, refused.json()["error"]) == (503, "draining")
    assert (ready.status_code, (await small.http.get("/healthz/live")).status_code) == (503, 200)
    assert (await small.http.get(f"/v1/sessions/{session['id']}")).status_code == 200
    await small.http.delete("/v1/node/drain")
    assert (await small.http.get("/healthz/ready")).status_code == 200


async def test_the_wait_is_capped(tmp_path):
    """Nobody waits in the queue for longer than the node allows."""
    settings = pool_settings(tmp_path, max_sessions=1, max_wait_s=0.05)
    async with served_node(settings, FakeLauncher(tmp_path / "browsers")) as served:
        await served.create()

        answer = await served.http.post("/v1/sessions", json={"wait_s": 3600})

    assert answer.status_code == 504


def asking(served: ServedNode) -> socket.socket:
    """A client that has asked for a session and waits."""
    body = b'{"wait_s": 60}'
    head = f"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = socket.create_connection(served.address)
    connection.sendall(head.encode() + body)
    return connection


def reset(connection: socket.socket) -> None:
    """Go without a word: with no time to linger, close sends RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
