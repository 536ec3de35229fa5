"""A node with real browsers, used as its clients use it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import async_playwright
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agent.browser.cdp import connect_cdp
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE
from browser_pool.chromium.launch import launch_chromium
from browser_pool.keys import new_key, write_keys
from browser_pool.lifecycle import Status
from browser_pool.serve import session_starter
from tests.pool_node import ServedNode, pool_settings, served_node
from tests.pool_sessions import reachable_folder, until
from tests.unit.pool.fake_browser import FakeLauncher

SLOTS = 2
KEPT = "data:text/html,kept"
LOADED = "new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))"
DOWNLOAD = (
    "Object.assign(document.createElement('a'),"
    " {href: URL.createObjectURL(new Blob(['%s'])), download: 'out.txt'}).click()"
)


@pytest_asyncio.fixture(scope="module")
async def node():
    """Two slots, one of them warm."""
    with reachable_folder() as home:
        settings = pool_settings(home, max_sessions=SLOTS, warm_browsers=1, node="real")
        async with served_node(settings, session_starter(settings, home)) as served:
            yield served


@pytest.fixture
async def served(node: ServedNode):
    """The node with all its slots free."""
    yield node
    for lease in node.node.live:
        await node.node.release(lease)


@pytest_asyncio.fixture(scope="module")
async def playwright():
    """Playwright, as users have it."""
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture
async def person():
    """The endpoint of somebody's browser, which reaches this machine."""
    options = LaunchOptions(gpu_flags=SOFTWARE, network=True)
    async with launch_chromium(find_browser(None), options) as chromium:
        yield chromium.endpoint


async def test_playwright_takes_the_http_url(served: ServedNode, playwright):
    """`connect_over_cdp` on the session's http URL drives it; the session says what it runs on."""
    session = await served.create()

    browser = await playwright.chromium.connect_over_cdp(session["http_url"])
    page = await browser.contexts[0].new_page()
    await page.set_content("<h1>hello</h1>")

    assert await page.inner_text("h1") == "hello"
    assert session["gpu"]["webgl2"] and session["gpu"]["renderer"]
    assert session["browser"]["product"] == "Chrome"
    assert (await served.http.get(f"/v1/sessions/{session['id']}")).json()["status"] == "connected"
    (listed,) = (await served.http.get(f"/v1/sessions/{session['id']}/json/list")).json()
    assert (listed["type"], listed["url"]) == ("page", "about:blank")
    assert listed["webSocketDebuggerUrl"].partition("?")[0] == session["cdp_url"].partition("?")[0]
    await browser.close()
    await until(lambda: served.node.get(session["id"]).status is Status.ENDED)
    assert served.node.get(session["id"]).end_reason == "client_closed"


async def test_a_dropped_client_reconnects_when_all_slots_are_full(served: ServedNode):
    """Coming back needs no slot: within the grace the page is as it was left."""
    session = await served.create(disconnect_grace_s=60)
    for _ in range(SLOTS - 1):
        await served.create()
    assert served.node.pressure().free == 0

    await drop(session)
    await until(lambda: served.node.get(session["id"]).status is Status.DISCONNECTED)

    assert await pages(session) == [KEPT]


async def test_after_the_grace_the_session_is_gone(served: ServedNode):
    """Who comes back too late is told 410 and why."""
    session = await served.create(disconnect_grace_s=0.1)
    await drop(session)
    await until(lambda: served.node.get(session["id"]).status is Status.ENDED)

    with pytest.raises(InvalidStatus) as refused:
        await connect(session["cdp_url"])

    assert refused.value.response.status_code == 410
    assert b"disconnect_timeout" in refused.value.response.body


async def test_kept_alive_through_a_clean_goodbye(served: ServedNode):
    """With `keep_alive` a client may close and another carry on."""
    session = await served.create(keep_alive=True)
    async with connect_cdp(session["cdp_url"]) as connection:
        await connection.call("Target.createTarget", {"url": KEPT})

    assert await pages(session) == [KEPT]


async def test_an_exclusive_session(served: ServedNode):
    """A second client at once is 409; after the first has gone it is welcome."""
    session = await served.create(exclusive=True, keep_alive=True)

    async with connect_cdp(session["cdp_url"]):
        with pytest.raises(InvalidStatus) as refused:
            await connect(session["cdp_url"])

    assert refused.value.response.status_code == 409
    await until(lambda: served.node.get(session["id"]).status is Status.DISCONNECTED)
    assert await pages(session) == []


async def test_one_shot(served: ServedNode):
    """`/v1/connect` is a session that ends with its socket; its options are in the query."""
    url = f"{served.url.replace('http', 'ws')}/v1/connect?timeout_s=60&locale=de-DE"

    async with connect_cdp(url) as connection:
        (lease,) = served.node.live
        assert "product" in await connection.call("Browser.getVersion")
        assert lease.request.locale == "de-DE"

    await until(lambda: lease.status is Status.ENDED)
    assert served.node.pressure().free == SLOTS


async def test_one_shot_with_a_typo(served: ServedNode):
    """An option that does not exist is 422, and starts nothing."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"{served.url.replace('http', 'ws')}/v1/connect?timout_s=60")

    assert refused.value.response.status_code == 422


async def test_a_client_that_closes_the_browser(served: ServedNode):
    """`Browser.close` ends the session, for its other clients as well."""
    session = await served.create()
    other = await connect(session["cdp_url"], max_size=None)

    async with connect_cdp(session["cdp_url"]) as connection:
        await connection.call("Browser.close")

    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await other.recv()
    assert closed.value.rcvd.code == 1000
    await until(lambda: served.node.get(session["id"]).status is Status.ENDED)


async def test_a_killed_browser(served: ServedNode):
    """Its clients are told 4005, the session says so, the slot is free, and the neighbour does not notice."""
    session = await served.create()
    neighbour = await served.create()
    client = await connect(session["cdp_url"], max_size=None)

    os.kill(served.node.get(session["id"]).usable().browser.pid, signal.SIGKILL)

    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await client.recv()
    assert closed.value.rcvd.code == 4005
    ended = (await served.http.get(f"/v1/sessions/{session['id']}")).json()
    assert ended["end_reason"] == "browser_crashed"
    await until(lambda: served.node.pressure().running == 1)
    assert (await served.http.get(f"/v1/sessions/{neighbour['id']}/json/version")).status_code == 200


async def test_released_under_its_client(served: ServedNode):
    """DELETE closes the socket with 4000 and a reason for people."""
    session = await served.create()
    client = await connect(session["cdp_url"], max_size=None)

    await served.http.delete(f"/v1/sessions/{session['id']}")

    with pytest.raises(ConnectionClosed) as closed:
        await client.recv()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4000, "released: the session was released")


async def test_an_uploaded_file_is_attached_by_its_path(served: ServedNode):
    """A file input gets the upload without a byte through CDP, and the page can read it."""
    session = await served.create(keep_alive=True)
    path = f"/v1/sessions/{session['id']}"
    await served.http.put(f"{path}/files/clip.mp4", content=b"film" * 1000)
    form = "data:text/html,<input type=file id=footage>"
    async with connect_cdp(session["cdp_url"]) as connection, await page_of(connection, form) as page:
        await value(page, LOADED)

        wrong, attached = [
            await served.http.post(f"{path}/files:attach", json={"selector": each, "names": ["clip.mp4"]})
            for each in ("#other", "#footage")
        ]

        assert (wrong.status_code, attached.status_code) == (404, 200)
        assert await value(page, "footage.files[0].name") == "clip.mp4"
        assert await value(page, "footage.files[0].text().then(text => text.length)") == 4000


async def test_downloads_outlive_their_client(served: ServedNode):
    """What a page stores is there for the API when its client has gone; of equal names the last."""
    session = await served.create(keep_alive=True)
    path = f"/v1/sessions/{session['id']}"
    downloads = served.node.get(session["id"]).usable().downloads

    def stored(size_bytes: int) -> bool:
        return [(each.size_bytes, each.complete) for each in downloads.list()] == [(size_bytes, True)]

    async with connect_cdp(session["cdp_url"]) as connection, await page_of(connection) as page:
        await value(page, DOWNLOAD % "draft")
        await until(lambda: stored(len("draft")))
        await value(page, DOWNLOAD % "the film")
    await until(lambda: stored(len("the film")))

    assert (await served.http.get(f"{path}/downloads/out.txt")).content == b"the film"
    listed = (await served.http.get(path)).json()["downloads"]
    assert listed == [{"name": "out.txt", "size_bytes": len("the film"), "complete": True}]


async def test_the_live_picture(served: ServedNode):
    """Viewers see JPEGs of the page as it changes, and why it ended; the screenshot is one of them."""
    session = await served.create(keep_alive=True)
    path = f"/v1/sessions/{session['id']}"
    red = "data:text/html,<body style='background:red'>"
    async with connect_cdp(session["cdp_url"]) as connection, await page_of(connection, red) as page:
        live = session["live_url"].replace("http", "ws").replace("/live?", "/live/ws?")
        async with connect(live, max_size=None) as viewer:
            await until_colour(viewer, "red")
            await value(page, "document.body.style.background = 'blue'")
            await until_colour(viewer, "blue")
            shot = await served.http.get(f"{path}/screenshot", params={"format": "png"})
            await served.http.delete(path)
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await viewer.recv()

    assert colour(shot.content) == "blue"
    assert closed.value.rcvd.code == 4000


async def test_the_page_of_the_node(served: ServedNode, playwright, person):
    """The table shows each session with its picture and GPU, and asks no other machine for anything."""
    session = await served.create(keep_alive=True, metadata={"job": "demo"})
    async with connect_cdp(session["cdp_url"]) as connection:
        await connection.call("Target.createTarget", {"url": "data:text/html,<h1>hello"})
    browser = await playwright.chromium.connect_over_cdp(person)
    page = await browser.contexts[0].new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))

    await page.goto(served.url)
    row = page.locator("tr", has_text=session["id"])
    await row.locator("img[src*='screenshot']").wait_for()
    text = await row.inner_text()
    await browser.close()

    assert "job: demo" in text
    assert "disconnected" in text
    assert session["gpu"]["renderer"] in text
    assert [url for url in asked if not url.startswith((served.url, "blob:"))] == []
    assert errors == []


async def test_the_page_asks_for_a_key(tmp_path, playwright, person):
    """Where keys are wanted the page shows nothing until it has one, and then the key's own sessions."""
    key, stored = new_key("ann")
    write_keys(tmp_path / "keys.json", [stored])
    settings = pool_settings(tmp_path, keys_file=tmp_path / "keys.json")
    async with served_node(settings, FakeLauncher(tmp_path / "browsers")) as served:
        served.http.headers["authorization"] = f"Bearer {key}"
        session = await served.create()
        browser = await playwright.chromium.connect_over_cdp(person)
        page = await browser.contexts[0].new_page()

        await page.goto(served.url)
        await page.get_by_label("API key").fill(key)
        assert await page.locator("tbody tr").count() == 0
        await page.get_by_role("button").click()
        await page.get_by_text(session["id"]).wait_for()

        assert not await page.get_by_label("API key").is_visible()
        assert key not in page.url
        await browser.close()


async def page_of(connection, url: str = "about:blank"):
    """A new page's own CDP session."""
    created = await connection.call("Target.createTarget", {"url": url})
    return connection.attached(created["targetId"])


async def value(page, expression: str):
    """What *expression* comes to in the page."""
    answer = await page.call(
        "Runtime.evaluate",
        {"expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True},
    )
    return answer["result"].get("value")


async def drop(session: dict) -> None:
    """Connect, open a page that can be told again, and go without a word."""
    async with connect(session["cdp_url"], max_size=None) as socket:
        params = {"url": KEPT}
        await socket.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": params}))
        while "id" not in json.loads(await socket.recv()):
            pass
        socket.transport.abort()


async def pages(session: dict) -> list[str]:
    """Addresses of the session's pages, as a new client finds them."""
    async with connect_cdp(session["cdp_url"]) as connection:
        targets = await connection.call("Target.getTargets")
        return [target["url"] for target in targets["targetInfos"] if target["type"] == "page"]


def colour(picture: bytes) -> str:
    """What the middle of a picture is most like."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    red, green, blue = image.getpixel((image.width // 2, image.height // 2))
    return max((red, "red"), (green, "green"), (blue, "blue"))[1]


async def until_colour(viewer, wanted: str) -> None:
    """Watch until the picture has that colour."""
    async with asyncio.timeout(60):
        while colour(await viewer.recv()) != wanted:
            pass
