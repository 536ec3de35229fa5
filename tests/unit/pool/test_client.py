"""The client asks again where that is safe, and tells apart what the pool refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from browser_pool.client import PoolClient, PoolUnreachable
from browser_pool.errors import PoolError
from browser_pool.schemas import SessionRequest

SESSION = {
    "id": "n1-0123456789abcdefghijkl",
    "node": "n1",
    "status": "ready",
    "end_reason": None,
    "created_at": "2026-01-01T00:00:00Z",
    "started_at": None,
    "connected_at": None,
    "last_activity_at": None,
    "expires_at": None,
    "ended_at": None,
    "queue_ms": 0,
    "launch_ms": 90,
    "cdp_url": "ws://127.0.0.1:8080/v1/sessions/n1-0123456789abcdefghijkl/cdp?token=secret",
    "http_url": "http://127.0.0.1:8080/v1/sessions/n1-0123456789abcdefghijkl",
    "live_url": "http://127.0.0.1:8080/v1/sessions/n1-0123456789abcdefghijkl/live?token=secret",
    "clients": 0,
    "sandbox": True,
    "gpu": None,
    "browser": None,
    "viewport": {"w": 1280, "h": 720},
    "limits": {},
    "usage": None,
    "files_bytes": 0,
    "downloads": [],
    "metadata": {},
}
FULL = httpx.Response(503, json={"error": "no_slot", "message": "full", "retry_after_s": 0.01})
CUT = httpx.RemoteProtocolError("Server disconnected without sending a response.")
CREATED = httpx.Response(201, json=SESSION)

Step = httpx.Response | Exception


class Script:
    """Answers requests one after the other, and remembers them."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    @property
    def keys(self) -> list[str]:
        return [request.headers["Idempotency-Key"] for request in self.requests]

    @property
    def bodies(self) -> list[dict]:
        return [json.loads(request.content) for request in self.requests]


@pytest.fixture
def pool_with() -> Callable[..., tuple[PoolClient, Script]]:
    def make(*steps: Step) -> tuple[PoolClient, Script]:
        script = Script(*steps)
        http = httpx.AsyncClient(base_url="http://pool.test", transport=httpx.MockTransport(script))
        return PoolClient(http), script

    return make


async def test_a_refused_wish_is_a_new_wish_that_queues(pool_with):
    """First nobody queues, so that the balancer finds a free slot anywhere; then for a while at a node."""
    waits: list[str] = []
    pool, script = pool_with(FULL, FULL, CREATED)

    session = await pool.create(wait_s=30, on_wait=lambda error, left_s: waits.append(error.code))

    assert session.id == SESSION["id"]
    assert waits == ["no_slot", "no_slot"]
    assert len(set(script.keys)) == 3
    assert [body["wait_s"] > 0 for body in script.bodies] == [False, True, True]


async def test_a_lost_answer_is_asked_for_again_with_its_key(pool_with):
    """The session that was perhaps made is found, not made twice."""
    pool, script = pool_with(CUT, httpx.Response(502, json={"error": "bad_gateway"}), CREATED)

    await pool.create(wait_s=30)

    assert len(set(script.keys)) == 1
    assert script.bodies[0] == script.bodies[1] == script.bodies[2]


async def test_without_patience_the_first_refusal_counts(pool_with):
    """With what the node said of it."""
    pool, _ = pool_with(FULL)

    with pytest.raises(PoolError, match="full") as refused:
        await pool.create()

    assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (503, "no_slot", 0.01)


@pytest.mark.parametrize(
    ("status", "code"), [(401, "unauthorised"), (403, "forbidden"), (422, "unprocessable"), (500, "x")]
)
async def test_what_waiting_does_not_mend_is_raised_at_once(pool_with, status: int, code: str):
    """However patient the caller is."""
    pool, script = pool_with(httpx.Response(status, json={"error": code, "message": "no", "hint": "do so"}))

    with pytest.raises(PoolError) as refused:
        await pool.create(wait_s=1000)

    assert (refused.value.status, refused.value.code, refused.value.hint) == (status, code, "do so")
    assert len(script.requests) == 1


async def test_a_missing_gpu_is_raised_at_once(pool_with):
    """It is a 503, so that the balancer tries other nodes, but no node grows a GPU."""
    pool, script = pool_with(httpx.Response(503, json={"error": "gpu_unavailable", "message": "software"}))

    with pytest.raises(PoolError, match="software"):
        await pool.create(SessionRequest(gpu="require"), wait_s=1000)

    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "answer", [httpx.Response(500, text="<html>"), httpx.Response(418), httpx.Response(400, json=[])]
)
async def test_any_other_answer_is_an_error_too(pool_with, answer: httpx.Response):
    """Also one that is no JSON of the pool's."""
    pool, _ = pool_with(answer)

    with pytest.raises(PoolError, match=f"HTTP {answer.status_code}"):
        await pool.get("n1-x")


async def test_an_answer_of_another_version_is_an_error(pool_with):
    """Success without what we need is none."""
    pool, _ = pool_with(httpx.Response(200, json={"id": "n1-x"}))

    with pytest.raises(PoolError) as refused:
        await pool.get("n1-x")

    assert refused.value.code == "bad_answer"


async def test_nobody_there_is_said_so(pool_with):
    """With the cause, and as an error of the pool."""
    pool, _ = pool_with(httpx.ConnectError("refused"))

    with pytest.raises(PoolUnreachable, match="refused"):
        await pool.get("n1-x")


async def test_an_upload_is_streamed_and_compared(pool_with, tmp_path: Path):
    """Its length is announced, progress is told, and other bytes than ours are an error."""
    file = tmp_path / "clip.mp4"
    file.write_bytes(bytes(3_000_000))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    stored = {"name": "a b.mp4", "size_bytes": 3_000_000, "uploaded_at": "2026-01-01T00:00:00Z"}
    pool, script = pool_with(
        httpx.Response(201, json=stored | {"sha256": digest}),
        httpx.Response(201, json=stored | {"sha256": "0"}),
    )
    told: list[tuple[int, int]] = []

    await pool.upload(
        "n1-x", file, name="a b.mp4", sha256=digest, on_bytes=lambda done, total: told.append((done, total))
    )
    with pytest.raises(PoolError, match="Expected a b"):
        await pool.upload("n1-x", file, name="a b.mp4", sha256=digest)

    request = script.requests[0]
    assert request.url.raw_path == b"/v1/sessions/n1-x/files/a%20b.mp4"
    assert request.headers["Content-Length"] == "3000000"
    assert hashlib.sha256(request.content).hexdigest() == digest
    assert told[-1] == (3_000_000, 3_000_000)


@pytest.mark.parametrize("status", [200, 204, 404, 410])
async def test_releasing_twice_is_no_error(pool_with, status: int):
    """What has ended is ended."""
    pool, script = pool_with(httpx.Response(status, json={}))

    await pool.release("n1-x")

    assert script.requests[0].method == "DELETE"
