"""What whoever runs the service sees: health, readiness, metrics, the document; over real HTTP."""

import logging
from functools import partial

import pytest

from agent.domain import JobStatus
from agent.errors import StoreFailed
from agent.store import executors
from tests.api_service import served_api


@pytest.fixture
async def api(tmp_path):
    async with served_api(tmp_path) as served:
        yield served


async def test_it_is_ready_when_somebody_works(api):
    """Without a worker that lives jobs would wait for ever, so a balancer is told 503."""
    before = await api.http.get("/healthz/ready")
    api.parts.database.do(partial(executors.beat, executor_id="one", host="here", pid=1))
    after = await api.http.get("/healthz/ready")

    assert (before.status_code, before.json()) == (503, {"ready": False, "database": True, "workers": 0})
    assert (after.status_code, after.json()) == (200, {"ready": True, "database": True, "workers": 1})


async def test_a_server_that_ends_is_not_ready(api):
    """It answers still, and gets nothing new."""
    api.parts.database.do(partial(executors.beat, executor_id="one", host="here", pid=1))
    api.parts.stopping.set()

    assert (await api.http.get("/healthz/ready")).status_code == 503
    assert (await api.http.get("/healthz/live")).json() == {"status": "live"}


async def test_a_database_that_is_gone_is_told(api, monkeypatch):
    """Readiness says so within seconds; the process itself lives."""

    def locked(_session):
        raise TimeoutError

    monkeypatch.setattr(executors, "live", lambda _session, **_: locked(_session))

    answer = await api.http.get("/healthz/ready")

    assert (answer.status_code, answer.json()["database"]) == (503, False)


async def test_a_refused_request_is_no_error_of_the_service(api, caplog):
    """The log has it with its data and without a traceback, so that errors in it are worth waking for."""
    with caplog.at_level(logging.INFO, "agent.api.app"):
        answer = await api.http.post("/v1/jobs", json={}, headers={"x-request-id": "mine"})
        await api.http.get("/nowhere")

    refused, unknown = [record for record in caplog.records if record.name == "agent.api.app"]
    assert answer.status_code == 422
    assert (refused.levelname, refused.action, refused.exc_info) == ("INFO", "request_refused", None)
    assert (refused.request_id, refused.method, refused.path) == ("mine", "POST", "/v1/jobs")
    assert (refused.status, refused.code) == (422, "invalid_request")
    assert "session_id" in refused.why
    assert (unknown.levelname, unknown.status, unknown.path) == ("INFO", 404, "/nowhere")


@pytest.mark.parametrize("fault", [StoreFailed("The disk is gone."), KeyError("nobody foresaw it")])
async def test_a_request_that_fails_is_an_error_with_its_traceback(api, caplog, monkeypatch, fault):
    """Under the id that the caller was told."""
    monkeypatch.setattr(executors, "live", _raising(fault))

    with caplog.at_level(logging.INFO, "agent.api.app"):
        answer = await api.http.get("/metrics")

    [failed] = [record for record in caplog.records if record.name == "agent.api.app"]
    assert answer.status_code >= 500
    assert (failed.levelname, failed.action) == ("ERROR", "request_failed")
    assert failed.request_id == answer.json()["request_id"]
    assert failed.exc_info[1] is fault


def _raising(fault):
    def fail(*_args, **_options):
        raise fault

    return fail


async def test_prometheus_is_told_of_jobs_and_requests(api):
    """Jobs by status, the queue, how long they took, and requests by the pattern of their path."""
    session_id = await api.session()
    done, _waiting = await api.job(session_id), await api.job(session_id)
    api.worker(session_id, done["id"]).end(JobStatus.COMPLETED)
    await api.http.get(done["url"])

    for _ in range(2):
        told = (await api.http.get("/metrics")).text.splitlines()

    assert 'roughcut_jobs{status="completed"} 1.0' in told
    assert 'roughcut_jobs{status="failed"} 0.0' in told
    assert "roughcut_queue_depth 1.0" in told
    assert 'roughcut_job_seconds_count{status="completed"} 1.0' in told
    assert 'roughcut_http_requests_total{method="GET",path="/v1/jobs/{job_id}",status="200"} 1.0' in told
    assert 'roughcut_http_requests_total{method="POST",path="/v1/jobs",status="202"} 2.0' in told


async def test_the_index_names_the_rest(api):
    """Every address in it is answered."""
    index = (await api.http.get("/")).json()

    document = (await api.http.get(index["openapi"])).json()

    assert {"/v1/sessions", "/v1/jobs", "/edit", "/metrics"} <= document["paths"].keys()
    assert (await api.http.get(index["jobs"])).status_code == 200
