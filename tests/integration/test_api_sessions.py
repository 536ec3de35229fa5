"""Sessions and jobs over real HTTP: asked for once, listed, looked at, stopped, tried again."""

import asyncio

import pytest

from agent.domain import EventKind, JobStatus
from tests.api_service import served_api


@pytest.fixture
async def api(tmp_path, database):
    async with served_api(tmp_path, database=database) as served:
        yield served


async def test_a_session_is_there_once_it_is_created(api):
    """Its address is told, and shows it."""
    created = await api.http.post("/v1/sessions", json={"title": "Norway"})

    assert created.status_code == 201
    assert (created.json()["title"], created.json()["revision"]) == ("Norway", 0)
    assert (await api.http.get(created.headers["location"])).json() == created.json()


async def test_a_job_is_left_to_a_worker(api):
    """It answers at once, with addresses, and the queue has its first leg."""
    session_id = await api.session()

    answer = await api.http.post("/v1/jobs", json={"session_id": session_id, "prompt": "Trim to 5 seconds"})

    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == job["url"]
    assert (job["status"], job["output_url"], job["title"]) == ("pending", None, "Trim to 5 seconds")
    assert api.queue.legs == [(job["id"], 1, "local")]
    assert (await api.http.get(job["url"])).json() == job


async def test_a_cost_that_nobody_knows_is_null(api):
    """As the document says that it may be; a job that asked no model cost nothing."""
    session_id = await api.session()
    job = await api.job(session_id)
    assert job["cost_usd"] == 0

    api.worker(session_id, job["id"]).store.note(tokens_in=900, tokens_out=50, cost_usd=None)

    told = (await api.http.get(job["url"])).json()
    assert (told["tokens_in"], told["cost_usd"]) == (900, None)
    document = (await api.http.get("/openapi.json")).json()
    cost = document["components"]["schemas"]["JobBody"]["properties"]["cost_usd"]
    assert cost["anyOf"] == [{"type": "number"}, {"type": "null"}]


async def test_the_same_key_at_once_is_one_job(api):
    """Ten requests under one Idempotency-Key, sent together, are one job in the queue."""
    session_id = await api.session()
    body = {"session_id": session_id, "prompt": "Trim to 5 seconds"}

    answers = await asyncio.gather(
        *(api.http.post("/v1/jobs", json=body, headers={"idempotency-key": "once"}) for _ in range(10))
    )

    assert [answer.status_code for answer in answers] == [202] * 10
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(api.queue.legs) == 1


async def test_a_key_is_for_one_request(api):
    """The same Idempotency-Key with another prompt is a conflict."""
    session_id = await api.session()
    key = {"idempotency-key": "once"}
    await api.job(session_id, headers=key)

    other = await api.http.post(
        "/v1/jobs", json={"session_id": session_id, "prompt": "Something else"}, headers=key
    )

    assert (other.status_code, other.json()["code"]) == (409, "conflict")


async def test_a_stale_revision_is_a_conflict(api):
    """A request that was made against what the session no longer is does not become a job."""
    session_id = await api.session()

    answer = await api.http.post(
        "/v1/jobs", json={"session_id": session_id, "prompt": "Trim", "base_revision": 3}
    )

    assert answer.status_code == 409
    assert "revision 3" in answer.json()["detail"]
    assert api.queue.legs == []


async def test_two_hundred_jobs_are_queued_and_paged(api):
    """All are taken, and the list leads through them, the newest first, each once."""
    session_id = await api.session()
    made = await asyncio.gather(*(api.job(session_id, f"Cut number {number}") for number in range(200)))

    found, url = [], f"/v1/jobs?session_id={session_id}&status=pending&limit=90"
    while url:
        page = (await api.http.get(url)).json()
        found += [job["id"] for job in page["jobs"]]
        url = page["next"]

    newest_first = sorted(made, key=lambda job: (job["created_at"], job["id"]), reverse=True)
    assert found == [job["id"] for job in newest_first]
    assert len(api.queue.legs) == 200


async def test_a_job_that_waits_is_cancelled_at_once(api):
    """Nobody runs it, so it has ended when the answer comes; asked again it stays so."""
    job = await api.job(await api.session())

    answers = [await api.http.post(f"{job['url']}/cancel") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert {answer.json()["status"] for answer in answers} == {"cancelled"}


async def test_a_job_that_failed_is_tried_again(api):
    """It waits in a new leg, as the same job."""
    session_id = await api.session()
    job = await api.job(session_id)
    api.worker(session_id, job["id"]).end(JobStatus.FAILED, "the disk was full")

    again = await api.http.post(f"{job['url']}/retry")

    assert (again.status_code, again.json()["status"], again.json()["leg"]) == (202, "pending", 2)
    assert api.queue.legs[-1] == (job["id"], 2, "local")


@pytest.mark.parametrize("step", ["approve", "retry"])
async def test_what_does_not_wait_for_a_person_is_a_conflict(api, step):
    """A pending job needs no approval, and one that was completed no second try."""
    session_id = await api.session()
    job = await api.job(session_id)
    if step == "retry":
        api.worker(session_id, job["id"]).end()

    answer = await api.http.post(f"{job['url']}/{step}")

    assert answer.status_code == 409


async def test_what_was_planned_judged_and_timed_is_shown(api):
    """A job's plan, verdicts and spans are lists, empty before there is any."""
    job = await api.job(await api.session())

    assert (await api.http.get(f"{job['url']}/plan")).json() == {"plans": []}
    assert (await api.http.get(f"{job['url']}/verdicts")).json() == {"verdicts": []}
    assert (await api.http.get(f"{job['url']}/trace")).json() == {"trace_id": job["trace_id"], "spans": []}


async def test_an_edit_is_answered_at_its_end(api):
    """`POST /edit` waits for the job, and tells where its output is."""
    session_id = await api.session()
    asking = asyncio.create_task(
        api.http.post("/edit", json={"session_id": session_id, "prompt": "Trim to 5 seconds"})
    )
    async with asyncio.timeout(60):
        while not api.queue.legs:  # noqa: ASYNC110  # the queue is a list
            await asyncio.sleep(0.01)
    worker = api.worker(session_id, api.queue.legs[0][0])
    artifact = worker.make("video.mp4", b"frames")
    worker.end()

    answer = await asking

    assert answer.status_code == 200
    assert answer.json()["status"] == "completed"
    assert answer.json()["output_url"] == f"{api.url}/v1/artifacts/{artifact}"
    assert (await api.http.get(answer.json()["output_url"])).content == b"frames"


async def test_an_edit_that_takes_longer_goes_on(api):
    """After the time that the client has, it gets the job's address, with 202."""
    session_id = await api.session()

    answer = await api.http.post("/edit", json={"session_id": session_id, "prompt": "Trim", "wait_s": 0.05})

    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert (await api.http.get(answer.json()["job_url"])).json()["status"] == "pending"


async def test_a_running_job_shows_how_far_it_is(api):
    """Status, and what it has made so far; the output is named when it is completed."""
    session_id = await api.session()
    job = await api.job(session_id)
    worker = api.worker(session_id, job["id"])
    worker.tell(EventKind.STAGE, stage="render", message="rendering")
    worker.make("video.mp4", b"frames")

    now = (await api.http.get(job["url"])).json()

    assert (now["status"], now["output_url"], len(now["artifacts"])) == ("processing", None, 1)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({"prompt": "Trim"}, "body.session_id"),
        ({"session_id": "../x", "prompt": "Trim"}, "body.session_id"),
        ({"session_id": "SESSION", "prompt": ""}, "body.prompt"),
        ({"session_id": "SESSION", "prompt": " \n "}, "body.prompt"),
        ({"session_id": "SESSION", "prompt": "Trim", "outptu": 1}, "body.outptu"),
        ({"session_id": "SESSION", "prompt": "Trim", "options": {"fps": "NaN"}}, "body.options.fps"),
    ],
)
async def test_a_malformed_body_is_told_field_by_field(api, body, at):
    """422, with the field, what was expected and what was found."""
    if body.get("session_id") == "SESSION":
        body = {**body, "session_id": await api.session()}

    answer = await api.http.post("/v1/jobs", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["at"] for fault in answer.json()["faults"]] == [at]


async def test_a_body_without_end_is_refused(api):
    """It is not held in memory: 413 as soon as it is more than a request can be."""

    async def pieces():
        for _ in range(100):
            yield b" " * 10_000

    answer = await api.http.post("/v1/jobs", content=pieces(), headers={"content-type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"container": "mov", "codec": "vp9"}, "mov holds avc"),
        ({"loudness": "very"}, "Expected a loudness"),
        ({"profile": "opera"}, "Expected a profile"),
        ({"require_golden": True}, "no vision model is named"),
    ],
)
async def test_options_that_cannot_be_met_are_refused(api, options, said):
    """Before anything is queued, with what would be right."""
    session_id = await api.session()

    answer = await api.http.post(
        "/v1/jobs", json={"session_id": session_id, "prompt": "Trim", "options": options}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert said in answer.json()["detail"]
    assert api.queue.legs == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/jobs", 404), ("PATCH", "/v1/jobs", 405), ("GET", "/v1/jobs/" + "0" * 32, 404)],
)
async def test_what_is_not_there_is_a_problem_document(api, method, path, status):
    """Also for paths and methods that there never were; each answer has its request's id."""
    answer = await api.http.request(method, path, headers={"x-request-id": "mine-1"})

    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["request_id"]) == (status, status, "mine-1")
    assert problem["type"] == f"urn:roughcut:problem:{problem['code']}"
