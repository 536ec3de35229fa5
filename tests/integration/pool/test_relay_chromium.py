"""Real clients and real Chromium with the relay between them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from browser_pool.chromium.find import find_browser
from browser_pool.chromium.launch import launch_chromium
from browser_pool.chromium.process import Chromium
from browser_pool.lifecycle import Closing
from browser_pool.relay.policy import CdpPolicy
from browser_pool.relay.route import RelayLimits, Route, Upgrade
from tests.integration.pool.relay_node import LIMIT_S, RelayNode, relay_node, until
from tests.pool_sessions import reachable_folder

LIMITS = RelayLimits(close_timeout_s=2)
SECRET = "the node's own secret"


def _frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


def _byte_by_byte(text: bytes) -> list[bytes]:
    last = len(text) - 1
    opcodes = [Opcode.TEXT, *[Opcode.CONT] * last]
    return [_frame(opcodes[at], text[at : at + 1], fin=at == last) for at in range(len(text))]


def _with_a_ping_in_its_name(text: bytes) -> list[bytes]:
    cut = text.index(b"navigate")
    return [
        _frame(Opcode.TEXT, text[:cut], fin=False),
        _frame(Opcode.PING, b""),
        _frame(Opcode.CONT, text[cut:]),
    ]


_WAYS: dict[str, Callable[[bytes], list[bytes]]] = {
    "plain": lambda text: [_frame(Opcode.TEXT, text)],
    "escaped": lambda text: [_frame(Opcode.TEXT, text.replace(b"Page.nav", rb"P\u0061ge\u002Enav"))],
    "byte by byte": _byte_by_byte,
    "with a ping in its name": _with_a_ping_in_its_name,
    "long": lambda text: [_frame(Opcode.TEXT, text.replace(b"{", b'{"pad":"%s",' % (b"x" * 100_000), 1))],
    "key given twice": lambda text: [_frame(Opcode.TEXT, text.replace(b'"url"', b'"url":"","url"'))],
}


@pytest_asyncio.fixture(scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    """A browser of the node's."""
    async with launch_chromium(find_browser(None)) as chromium:
        yield chromium


@pytest_asyncio.fixture
async def node(chromium: Chromium) -> AsyncIterator[RelayNode]:
    """A node in front of it."""
    async with relay_node(chromium.endpoint, LIMITS) as node:
        yield node


class Cdp:
    """CDP by hand, so that a test may write it as it likes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._last_id = 0

    async def call(self, method: str, session: str | None = None, **params: object) -> dict[str, object]:
        """The whole answer, an error included."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params}
        await self.socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        return await self.answer(self._last_id)

    async def answer(self, command_id: int) -> dict[str, object]:
        """Skip to the answer with that id."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                message = json.loads(await self.socket.recv())
                if message.get("id") == command_id:
                    return dict(message)

    async def error(self) -> str:
        """Skip to the next refusal."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                message = json.loads(await self.socket.recv())
                if "error" in message:
                    return str(message["error"])

    async def page(self) -> str:
        """The session of a fresh page."""
        created = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", flatten=True, **_result(created))
        return str(_result(attached)["sessionId"])

    async def value(self, session: str, expression: str) -> object:
        """What the page makes of *expression*."""
        answer = await self.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
        result = _result(answer)["result"]
        assert isinstance(result, dict)
        return result.get("value")

    async def until_value(self, session: str, expression: str, expected: object) -> None:
        """Wait until the page makes *expected* of it."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                if await self.value(session, expression) == expected:
                    return


@pytest_asyncio.fixture
async def cdp(node: RelayNode) -> AsyncIterator[Cdp]:
    """A client of the node."""
    async with connect(node.url, compression=None, max_size=None) as socket:
        yield Cdp(socket)


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that the browser's user gets to."""
    with reachable_folder() as folder:
        yield folder


async def test_playwright_works_through_the_relay(node: RelayNode):
    """It connects, opens pages, evaluates; a refused address is an error of that call; leaving is clean."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(node.url)
        page = await browser.contexts[0].new_page()
        await page.goto("data:text/html,<title>through</title>")
        assert await page.title() == "through"

        with pytest.raises(PlaywrightError, match="Refused by the browser pool: file:"):
            await page.goto("file:///etc/hostname")

        assert await page.evaluate("1 + 1") == 2
        await page.close()
        await browser.close()
    await until(lambda: node.ended == [(1000, True)])


async def test_playwright_says_why_the_node_ended_the_session(node: RelayNode):
    """The reason of the close frame is in its error."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(node.url)
        page = await browser.contexts[0].new_page()
        waiting = asyncio.create_task(page.evaluate("new Promise(() => {})"))
        await asyncio.wait([waiting], timeout=0.1)

        node.act(lambda: node.links[0].close(4002, "idle_timeout: nothing was asked for 300 s"))

        with pytest.raises(PlaywrightError, match="idle_timeout: nothing was asked for 300 s"):
            await waiting


async def test_what_playwright_downloads_lands_in_the_session(node: RelayNode, reachable: Path):
    """Not in the folder of its own machine that it names when it connects."""
    downloads = reachable / "downloads"
    downloads.mkdir(mode=0o777)
    downloads.chmod(0o777)
    node.policy = CdpPolicy(reachable / "files", downloads)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(node.url)
        page = await browser.contexts[0].new_page()
        await page.set_content('<a download="notes.txt" href="data:text/plain,written">here</a>')
        async with page.expect_download():
            await page.click("a")

        await until(lambda: [file.read_text() for file in downloads.iterdir()] == ["written"])
        await browser.close()


@pytest.mark.parametrize("way", _WAYS)
async def test_a_file_cannot_be_read_however_the_command_is_written(
    node: RelayNode, cdp: Cdp, reachable: Path, way: str
):
    """Chromium by itself reads it, so it is the relay that does not let the command through."""
    secret = _readable(reachable)
    session = await cdp.page()
    command = {
        "id": 900, "method": "Page.navigate", "params": {"url": secret.as_uri()}, "sessionId": session,
    }  # fmt: skip

    for frame in _WAYS[way](json.dumps(command).encode()):
        cdp.socket.transport.write(frame)

    assert "Refused by the browser pool" in await cdp.error()
    node.policy = replace(node.policy, file_urls=True)
    async with connect(node.url, compression=None) as socket:
        trusted = Cdp(socket)
        session = await trusted.page()
        await trusted.call("Page.navigate", session, url=secret.as_uri())
        await trusted.until_value(session, "document.body?.innerText", SECRET)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("Page.navigate", {"url": "view-source:data:text/html,hello"}),
        ("Page.navigate", {"url": "chrome://version/"}),
        ("Page.navigate", {"url": "http://0xA9FEA9FE/latest/meta-data/"}),
        ("Target.createTarget", {"url": "devtools://devtools/bundled/inspector.html"}),
        ("Target.createTarget", {"url": "http://[::ffff:169.254.169.254]/"}),
        ("Target.createBrowserContext", {"proxyServer": "169.254.169.254:80"}),
        ("Target.exposeDevToolsProtocol", {"targetId": "1"}),
        ("Network.loadNetworkResource", {"url": "file:///etc/hostname", "options": {}}),
        ("DOM.setFileInputFiles", {"files": ["/etc/hostname"], "nodeId": 1}),
        ("Browser.crash", {}),
    ],
)
async def test_a_refused_command_is_an_error_and_the_client_goes_on(
    cdp: Cdp, method: str, params: dict[str, object]
):
    """Under its own id, with the session it was for."""
    answer = await cdp.call(method, **params)

    assert "Refused by the browser pool" in str(answer["error"])
    assert "product" in _result(await cdp.call("Browser.getVersion"))


async def test_a_command_wrapped_for_a_target_is_judged(cdp: Cdp):
    """In the old protocol, where sessions are messages in messages."""
    created = await cdp.call("Target.createTarget", url="about:blank")
    attached = await cdp.call("Target.attachToTarget", flatten=False, **_result(created))
    inner = {"id": 1, "method": "Page.navigate", "params": {"url": "file:///etc/hostname"}}

    answer = await cdp.call("Target.sendMessageToTarget", message=json.dumps(inner), **_result(attached))

    assert "Refused by the browser pool: file:" in str(answer["error"])


async def test_browser_close_leaves_the_browser_to_the_node(node: RelayNode, chromium: Chromium, cdp: Cdp):
    """The client hears that it is done, and its link ends."""
    assert "result" in await cdp.call("Browser.close")

    with pytest.raises(ConnectionClosed):
        await cdp.socket.recv()
    assert node.browser_closes == 1
    async with connect(node.url, compression=None) as other:
        assert "product" in _result(await Cdp(other).call("Browser.getVersion"))


async def test_large_messages_pass_both_ways(cdp: Cdp):
    """Of 20 MB, each in one."""
    session = await cdp.page()
    size = 20_000_000

    assert await cdp.value(session, f"'{'x' * size}'.length") == size
    assert await cdp.value(session, f"'y'.repeat({size})") == "y" * size


async def test_a_page_that_hangs_holds_nobody_else(node: RelayNode, cdp: Cdp):
    """Another client works, and the node can end the link at once."""
    session = await cdp.page()
    await cdp.socket.send(
        json.dumps({"id": 1000, "sessionId": session, "method": "Runtime.evaluate",
                    "params": {"expression": "for (;;);"}})
    )  # fmt: skip

    async with connect(node.url, compression=None) as other:
        assert await Cdp(other).value(await Cdp(other).page(), "1 + 1") == 2
    node.act(lambda: node.links[0].close(4000, "session deleted"))

    with pytest.raises(ConnectionClosed) as closed:
        await cdp.socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4000, "session deleted")


async def test_a_client_that_is_reset_finds_its_page_again(node: RelayNode):
    """The default context survives a lost connection."""
    async with connect(node.url, compression=None) as first:
        created = await Cdp(first).call("Target.createTarget", url="data:text/html,<title>kept</title>")
        first.transport.abort()
    await until(lambda: node.ended == [(1006, False)])

    async with connect(node.url, compression=None) as second:
        attached = await Cdp(second).call("Target.attachToTarget", flatten=True, **_result(created))
        session = str(_result(attached)["sessionId"])
        await Cdp(second).until_value(session, "document.title", "kept")


async def test_a_killed_browser_is_told_to_its_clients():
    """In the node's words, and only its own clients'."""

    async def crashed() -> Closing:
        return Closing(4005, "browser_crashed: Chromium ended unexpectedly")

    async with launch_chromium(find_browser(None)) as victim, relay_node(victim.endpoint, LIMITS) as node:

        async def route(upgrade: Upgrade) -> Route:
            usual = await node.route(upgrade)
            assert isinstance(usual, Route)
            return replace(usual, browser_gone=crashed)

        node.resolve = route
        async with connect(node.url, compression=None) as client:
            with suppress(ProcessLookupError):
                os.kill(victim.pid, signal.SIGKILL)

            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4005
        assert node.ended == [(4005, False)]


def _result(answer: dict[str, object]) -> dict[str, object]:
    result = answer.get("result")
    assert isinstance(result, dict), answer
    return result


def _readable(folder: Path) -> Path:
    """A file that the browser's user may read."""
    file = folder / "secret.txt"
    file.write_text(SECRET)
    file.chmod(0o644)
    return file
