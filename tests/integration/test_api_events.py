"""The events of a job over real HTTP: to the end, gone on with, and never at the cost of the server."""

import asyncio
import json
import socket
from dataclasses import dataclass

import pytest

from agent.domain import EventKind, JobStatus
from tests.api_service import served_api


@pytest.fixture
async def api(tmp_path):
    async with served_api(tmp_path, event_heartbeat_s=0.1) as served:
        yield served


@dataclass(frozen=True)
class Told:
    """One event as it came over the wire."""

    id: int
    event: str
    data: dict


async def follow(api, url: str, after: int | None = None) -> list[Told]:
    """All events until the server ends the stream."""
    headers = {} if after is None else {"last-event-id": str(after)}
    async with asyncio.timeout(60), api.http.stream("GET", f"{url}/events", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        text = "".join([piece async for piece in stream.aiter_text()])
    return [told(block) for block in text.split("\n\n") if "event: " in block]


def told(block: str) -> Told:
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    return Told(int(fields["id"]), fields["event"], json.loads(fields["data"]))


async def until(condition) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.02)


async def test_a_job_is_followed_to_its_end(api):
    """Every event arrives in order, those from before and those that come, and `end` is the last."""
    session_id = await api.session()
    job = await api.job(session_id)
    worker = api.worker(session_id, job["id"])
    worker.tell(EventKind.STAGE, stage="compose", message="writing")

    following = asyncio.create_task(follow(api, job["url"]))
    await until(lambda: api.parts.listeners)
    worker.tell(EventKind.PROGRESS, stage="render", message="encoding", done=1, total=2)
    worker.end()
    events = await following

    assert [(event.id, event.event) for event in events] == [(1, "stage"), (2, "progress"), (3, "end")]
    assert events[1].data["total"] == 2
    assert events[-1].data["status"] == "completed"


async def test_who_comes_back_misses_nothing(api):
    """Last-Event-ID goes on behind that event."""
    session_id = await api.session()
    job = await api.job(session_id)
    worker = api.worker(session_id, job["id"])
    for number in range(5):
        worker.tell(EventKind.STEP, stage="compose", message=str(number))
    worker.end()

    events = await follow(api, job["url"], after=3)

    assert [event.id for event in events] == [4, 5, 6]


async def test_who_has_seen_all_need_not_come_back(api):
    """204 tells an EventSource, which reconnects for ever otherwise, that there is nothing more."""
    session_id = await api.session()
    job = await api.job(session_id)
    api.worker(session_id, job["id"]).end()
    last = (await follow(api, job["url"]))[-1].id

    answer = await api.http.get(f"{job['url']}/events", headers={"last-event-id": str(last)})

    assert answer.status_code == 204


async def test_a_second_try_is_followed_beyond_the_first_end(api):
    """Whoever begins with the first event sees both legs, and the stream ends with the second."""
    session_id = await api.session()
    job = await api.job(session_id)
    api.worker(session_id, job["id"]).end(JobStatus.FAILED, "no")
    await api.http.post(f"{job['url']}/retry")

    following = asyncio.create_task(follow(api, job["url"]))
    await until(lambda: api.parts.listeners)
    api.worker(session_id, job["id"]).end()
    events = await following

    assert [event.data["status"] for event in events if event.event == "end"] == ["failed", "completed"]


async def test_a_second_leg_between_two_looks_is_told(api):
    """It begins and ends while the follower still has the first end in his hands; he gets all of it."""
    session_id = await api.session()
    job = await api.job(session_id)
    api.worker(session_id, job["id"]).end(JobStatus.FAILED, "no")

    following = api.parts.jobs.events(job["id"])
    first = await anext(following)
    await api.http.post(f"{job['url']}/retry")
    worker = api.worker(session_id, job["id"])
    worker.tell(EventKind.STAGE, stage="compose", message="writing")
    worker.end()
    async with asyncio.timeout(60):
        later = [event async for event in following]

    assert [event.kind for event in (first, *later)] == ["end", "stage", "end"]


async def test_a_silent_job_is_heard_of(api):
    """A comment now and then keeps proxies from closing the stream."""
    job = await api.job(await api.session())

    async with asyncio.timeout(60), api.http.stream("GET", f"{job['url']}/events") as stream:
        lines = stream.aiter_lines()
        while not (line := await anext(lines)).startswith(":"):
            pass

    assert line == ": ping"
    await until(lambda: not api.parts.listeners)


async def test_a_client_that_never_reads_is_dropped(tmp_path):
    """It costs the server one event and what the sockets buffer, and after a limit not even that."""
    async with served_api(tmp_path, event_send_limit_s=0.5, unread_s=1.0) as api:
        session_id = await api.session()
        job = await api.job(session_id)
        worker = api.worker(session_id, job["id"])
        with socket.create_connection(api.address) as deaf:
            deaf.sendall(f"GET /v1/jobs/{job['id']}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            await until(lambda: api.parts.listeners)
            others = api.connections - 1

            for _ in range(60):
                worker.tell(EventKind.CODE, stage="compose", message="x" * 200_000)
            await until(lambda: not api.parts.listeners)
            await until(lambda: api.connections == others)

        worker.end()
        assert (await follow(api, job["url"], after=60))[-1].event == "end"


async def test_only_so_many_follow_at_once(tmp_path):
    """One more is told to come back, and the others go on."""
    async with served_api(tmp_path, event_listeners=1) as api:
        job = await api.job(await api.session())
        async with api.http.stream("GET", f"{job['url']}/events"):
            await until(lambda: api.parts.listeners)

            refused = await api.http.get(f"{job['url']}/events")

        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_listeners")
        assert refused.headers["retry-after"] == "5"


async def test_a_server_that_ends_sends_its_listeners_away(tmp_path):
    """Their streams end, instead of holding the server up, and nothing is told that did not happen."""
    async with served_api(tmp_path) as api:
        job = await api.job(await api.session())
        async with asyncio.timeout(60), api.http.stream("GET", f"{job['url']}/events") as stream:
            await until(lambda: api.parts.listeners)
            api.parts.stopping.set()

            text = "".join([piece async for piece in stream.aiter_text()])

    assert "event: end" not in text
