"""Who gets in: keys, tokens, pages and names, over real HTTP and WebSocket."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from browser_pool.access import Access
from browser_pool.errors import PoolError
from browser_pool.keys import new_key, write_keys
from browser_pool.node import Node
from browser_pool.tokens import Signer
from tests.pool_node import pool_settings, served_node
from tests.unit.pool.fake_browser import FakeLauncher

SECRET = "cluster-secret"
STUDIO = "https://studio.example"
KEYS = {name: new_key(name, max_sessions=quota, admin=name == "root") for name, quota in
        (("ann", 2), ("bob", None), ("root", None))}  # fmt: skip


def bearer(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {KEYS[name][0]}"}


@pytest_asyncio.fixture(scope="module")
async def served(tmp_path_factory):
    """A node that wants keys."""
    home = tmp_path_factory.mktemp("node")
    write_keys(home / "keys.json", [stored for _, stored in KEYS.values()])
    settings = pool_settings(
        home, max_sessions=50, keys_file=home / "keys.json", secret=SECRET, allowed_origins=(STUDIO,)
    )
    async with served_node(settings, FakeLauncher(home / "browsers")) as served:
        yield served


@pytest.fixture
async def session(served):
    """A session of Bob's."""
    answer = await served.http.post("/v1/sessions", json={}, headers=bearer("bob"))
    return answer.json()


def token_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer rcp_" + "x" * 43},
        {"authorization": "Bearer"},
        {"authorization": "Basic YTpi"},
        {"x-api-key": "rcp_wrong"},
    ],
)
async def test_without_a_key(served, headers):
    """No key and a wrong key are 401, with what to send."""
    answer = await served.http.post("/v1/sessions", json={}, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_either_header_carries_the_key(served):
    """`Authorization: Bearer` and `x-api-key` are the same."""
    for headers in (bearer("bob"), {"x-api-key": KEYS["bob"][0]}):
        assert (await served.http.get("/v1/sessions", headers=headers)).status_code == 200


async def test_health_needs_no_key(served):
    """A balancer and a scraper ask without one."""
    for path in ("/healthz/live", "/healthz/ready", "/pressure", "/metrics", "/version", "/"):
        assert (await served.http.get(path)).status_code == 200


async def test_a_key_has_its_quota(served):
    """One session more than the key allows is 429 with Retry-After, while the node has room."""
    for _ in range(2):
        assert (await served.http.post("/v1/sessions", json={}, headers=bearer("ann"))).status_code == 201

    over = await served.http.post("/v1/sessions", json={"wait_s": 60}, headers=bearer("ann"))

    assert (over.status_code, over.json()["error"]) == (429, "quota_exceeded")
    assert "retry-after" in over.headers


async def test_sessions_are_their_owners(served, session):
    """Another key sees nothing of a session and may not end it; an administrator may."""
    path = f"/v1/sessions/{session['id']}"

    assert (await served.http.get(path, headers=bearer("ann"))).status_code == 403
    assert (await served.http.delete(path, headers=bearer("ann"))).status_code == 403
    listed = (await served.http.get("/v1/sessions", headers=bearer("ann"))).json()["sessions"]
    assert session["id"] not in [each["id"] for each in listed]
    assert (await served.http.delete(path, headers=bearer("root"))).status_code == 200


async def test_only_an_administrator_drains(served):
    """Drain is 403 for every other key."""
    answer = await served.http.post("/v1/node/drain", headers=bearer("bob"))

    assert (answer.status_code, answer.json()["error"]) == (403, "admin_only")
    assert not served.node.pressure().draining


async def test_the_token_of_one_session(served, session):
    """It opens its own session without a key, and no other."""
    other = (await served.http.post("/v1/sessions", json={}, headers=bearer("bob"))).json()
    token = token_of(session["http_url"])

    own = await served.http.get(f"/v1/sessions/{session['id']}", params={"token": token})
    foreign = await served.http.get(f"/v1/sessions/{other['id']}", params={"token": token})
    in_header = await served.http.get(
        f"/v1/sessions/{session['id']}/files", headers={"authorization": f"Bearer {token}"}
    )

    assert [own.status_code, foreign.status_code, in_header.status_code] == [200, 401, 200]
    assert (await served.http.get("/v1/sessions", params={"token": token})).status_code == 401


async def test_the_token_to_watch_only_watches(served, session):
    """The live link can be given away: picture and events, nothing else."""
    params = {"token": token_of(session["live_url"])}
    path = f"/v1/sessions/{session['id']}"

    assert (await served.http.get(f"{path}/screenshot", params=params)).status_code == 200
    assert (await served.http.get(f"{path}/live", params=params)).status_code == 200
    refused = [
        await served.http.get(f"{path}/files", params=params),
        await served.http.delete(path, params=params),
        await served.http.get(f"{path}/json/version", params=params),
    ]
    assert {answer.status_code for answer in refused} == {403}


@pytest.mark.parametrize("case", ["none", "wrong", "expired", "other session", "scope"])
async def test_the_websocket_wants_the_right_token(served, session, case):
    """The CDP socket is refused before the upgrade, with a status that says why."""
    signer, now = Signer(SECRET.encode()), served.node.clock.now()
    soon = now + timedelta(hours=1)
    token, status = {
        "none": ("", 401),
        "wrong": ("abc.def", 401),
        "expired": (signer.sign(session["id"], "cdp", now - timedelta(seconds=1)), 401),
        "other session": (signer.sign("n1-" + "o" * 22, "cdp", soon), 401),
        "scope": (signer.sign(session["id"], "view", soon), 403),
    }[case]
    address = f"{session['cdp_url'].partition('?')[0]}?token={token}"

    with pytest.raises(InvalidStatus) as refused:
        await connect(address)

    assert refused.value.response.status_code == status


async def test_the_one_shot_socket_wants_a_key(served):
    """`/v1/connect` without a key is 401, and creates nothing."""
    before = served.node.tally.created

    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{served.url.replace('http', 'ws')}/v1/connect")

    assert refused.value.response.status_code == 401
    assert served.node.tally.created == before


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}]
)
async def test_foreign_pages_and_names(served, session, headers):
    """A rebound name and a page of another origin get 403 everywhere, sockets included."""
    for path in ("/", "/pressure", f"/v1/sessions/{session['id']}"):
        answer = await served.http.get(path, headers={**bearer("bob"), **headers})
        assert answer.status_code == 403
    if "origin" in headers:
        with pytest.raises(InvalidStatus) as refused:
            await connect(session["cdp_url"], origin=headers["origin"])
        assert refused.value.response.status_code == 403


async def test_a_page_that_is_let_in(served):
    """A configured origin may call and read; its browser asks first."""
    asked = await served.http.options(
        "/v1/sessions",
        headers={
            "origin": STUDIO,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
        },
    )
    answer = await served.http.get("/v1/sessions", headers={**bearer("bob"), "origin": STUDIO})

    assert (asked.status_code, asked.headers["access-control-allow-headers"]) == (200, "authorization")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, STUDIO)


async def test_the_live_socket_wants_a_token(served, session):
    """No picture without a token."""
    address = f"{served.url.replace('http', 'ws')}/v1/sessions/{session['id']}/live/ws"

    with pytest.raises(InvalidStatus) as refused:
        await connect(address)

    assert refused.value.response.status_code == 401


async def test_keyless_is_for_loopback(tmp_path):
    """A node that others can reach does not start without keys."""
    settings = pool_settings(tmp_path, host="0.0.0.0")

    with pytest.raises(PoolError, match="Without API keys"):
        Access(settings, Node(settings, FakeLauncher(tmp_path), disk=tmp_path))
