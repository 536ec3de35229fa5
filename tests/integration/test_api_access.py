"""Who may do what: keys, tenants, quotas, foreign pages; over real HTTP."""

from functools import partial

import pytest

from agent.api.auth import require_keys_or_loopback
from agent.errors import BadInput
from agent.store import keys
from tests.api_service import served_api


@pytest.fixture
async def api(tmp_path, database):
    async with served_api(tmp_path, database=database) as served:
        yield served


EVERY_PATH_WITH_AN_OWNER = [
    ("POST", "/v1/sessions"),
    ("GET", "/v1/sessions/{session}"),
    ("PUT", "/v1/sessions/{session}/assets/a.mp4"),
    ("GET", "/v1/sessions/{session}/assets/a.mp4"),
    ("POST", "/v1/jobs"),
    ("POST", "/edit"),
    ("GET", "/v1/jobs"),
    *((method, "/v1/jobs/{job}" + rest) for method, rest in [
        ("GET", ""), ("GET", "/plan"), ("GET", "/trace"), ("GET", "/verdicts"), ("GET", "/events"),
        ("POST", "/cancel"), ("POST", "/approve"), ("POST", "/retry"),
    ]),
    ("GET", "/v1/artifacts/{artifact}"),
]  # fmt: skip


async def _mine(api, headers) -> dict[str, str]:
    session_id = await api.session(headers)
    job = await api.job(session_id, headers=headers)
    artifact = api.worker(session_id, job["id"]).make("video.mp4", b"mine")
    return {"session": session_id, "job": job["id"], "artifact": artifact}


@pytest.mark.parametrize("sent", [{}, {"authorization": "Bearer rck_wrong"}, {"authorization": "Basic YTpi"}])
async def test_without_a_good_key_nothing_is_to_be_had(api, sent):
    """401 on every path but health and metrics, once there is a key; what is asked for need not be there."""
    ids = await _mine(api, api.bearer("studio"))

    for method, path in EVERY_PATH_WITH_AN_OWNER:
        answer = await api.http.request(method, path.format(**ids), headers=sent, json={})
        assert (method, path, answer.status_code) == (method, path, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await api.http.get("/healthz/live", headers=sent)).status_code == 200


async def test_another_tenants_things_are_not_there(api):
    """404, as if there were none: sessions, footage, jobs, events, artifacts; and lists do not show them."""
    ids = await _mine(api, api.bearer("studio"))
    other = api.bearer("other")
    body = {"session_id": ids["session"], "prompt": "Trim"}

    for method, path in EVERY_PATH_WITH_AN_OWNER:
        if path not in ("/v1/sessions", "/v1/jobs") or (method == "POST" and path == "/v1/jobs"):
            answer = await api.http.request(method, path.format(**ids), headers=other, json=body)
            assert (method, path, answer.status_code) == (method, path, 404)
    assert (await api.http.get("/v1/jobs", headers=other)).json()["jobs"] == []


async def test_a_revoked_key_lets_nobody_in(api):
    """And the service does not fall back to serving without keys."""
    mine = api.bearer("studio")
    assert (await api.http.get("/v1/jobs", headers=mine)).status_code == 200

    api.parts.database.do(partial(keys.revoke, reference="studio"))

    assert (await api.http.get("/v1/jobs", headers=mine)).status_code == 401
    assert (await api.http.get("/v1/jobs")).status_code == 401


async def test_a_tenant_has_so_many_jobs_at_once(api):
    """One more is 429 until another has ended; a repeated request is no further job."""
    mine = api.bearer("studio", concurrent_jobs=1)
    session_id = await api.session(mine)
    first = await api.job(session_id, headers=mine | {"idempotency-key": "1"})
    body = {"session_id": session_id, "prompt": "Trim to 5 seconds"}

    refused = await api.http.post("/v1/jobs", json=body, headers=mine)
    repeated = await api.http.post("/v1/jobs", json=body, headers=mine | {"idempotency-key": "1"})
    await api.http.post(f"{first['url']}/cancel", headers=mine)
    accepted = await api.http.post("/v1/jobs", json=body, headers=mine)

    assert (refused.status_code, refused.json()["code"]) == (429, "concurrent_jobs_exceeded")
    assert (repeated.status_code, repeated.json()["id"]) == (202, first["id"])
    assert accepted.status_code == 202


async def test_a_tenant_has_so_many_jobs_a_day(api):
    """Ended ones count too."""
    mine = api.bearer("studio", jobs_per_day=1)
    session_id = await api.session(mine)
    job = await api.job(session_id, headers=mine)
    await api.http.post(f"{job['url']}/cancel", headers=mine)

    refused = await api.http.post("/v1/jobs", json={"session_id": session_id, "prompt": "x"}, headers=mine)

    assert (refused.status_code, refused.json()["code"]) == (429, "jobs_per_day_exceeded")
    assert int(refused.headers["retry-after"]) > 0


async def test_a_tenant_has_so_many_bytes(api):
    """A file over what is left is too large; with nothing left the quota is named."""
    mine = api.bearer("studio", upload_bytes=100)
    session_id = await api.session(mine)
    url = f"/v1/sessions/{session_id}/assets"

    large = await api.http.put(f"{url}/words.txt", content=b"x" * 101, headers=mine)
    captions = b"1\n00:00:00,000 --> 00:00:01,000\n" + b"x" * 67 + b"\n"
    small = await api.http.put(f"{url}/words.srt", content=captions, headers=mine)
    full = await api.http.put(f"{url}/more.srt", content=captions, headers=mine)

    assert (large.status_code, large.json()["expected"]) == (413, "at most 100 bytes")
    assert small.status_code == 201, small.text
    assert (full.status_code, full.json()["code"]) == (429, "upload_bytes_exceeded")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example"}, "foreign_host"),
        ({"host": "127.0.0.1.evil.example"}, "foreign_host"),
        ({"origin": "http://evil.example"}, "foreign_origin"),
        ({"origin": "null"}, "foreign_origin"),
    ],
)
async def test_without_keys_no_foreign_page_is_served(api, headers, code):
    """Neither one whose name points here (DNS rebinding) nor one that calls across."""
    answer = await api.http.get("/v1/jobs", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, code)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_without_keys_this_machine_is_served(api, host):
    """By its own names, and to pages of its own."""
    port = api.address[1]
    own = {"host": f"{host}:{port}", "origin": f"http://{host}:{port}"}

    assert (await api.http.get("/v1/jobs", headers=own)).status_code == 200


async def test_with_a_key_any_name_and_page_will_do(api):
    """No foreign page has a key."""
    headers = api.bearer("studio") | {"host": "video.example", "origin": "https://app.example"}

    assert (await api.http.get("/v1/jobs", headers=headers)).status_code == 200


async def test_a_service_for_a_network_wants_keys(api):
    """It does not start without one; on loopback it does."""
    database = api.parts.database
    open_to = partial(require_keys_or_loopback, host="0.0.0.0")
    database.do(partial(require_keys_or_loopback, host="127.0.0.1"))

    with pytest.raises(BadInput, match="Without keys"):
        database.do(open_to)
    api.bearer("studio")
    database.do(open_to)
