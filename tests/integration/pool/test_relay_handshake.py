"""How a client gets its WebSocket to a browser, or learns why not."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Opcode

from browser_pool.relay.frames import text_frame
from browser_pool.relay.route import Refusal, RelayLimits, Route, Upgrade
from tests.integration.pool.relay_node import (
    CDP_PATH,
    RelayNode,
    ScriptedBrowser,
    connected,
    http,
    relay_node,
    request,
    scripted_browser,
    until,
)

LIMITS = RelayLimits(resolve_timeout_s=5, dial_timeout_s=5, close_timeout_s=1)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[ScriptedBrowser]:
    """One that does nothing by itself."""
    async with scripted_browser() as browser:
        yield browser


@pytest_asyncio.fixture
async def node(browser: ScriptedBrowser) -> AsyncIterator[RelayNode]:
    """A node in front of it."""
    async with relay_node(browser.endpoint, LIMITS) as node:
        yield node


@pytest.mark.parametrize(
    ("changes", "status"),
    {
        "no upgrade": ({"Upgrade": None, "Connection": None}, 426),
        "upgrade without connection": ({"Connection": "keep-alive"}, 426),
        "h2c": (
            {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings", "HTTP2_Settings": "AAMAAABkAAQAAP__"},
            426,
        ),
        "old version": ({"Sec_WebSocket_Version": "8"}, 426),
        "no version": ({"Sec_WebSocket_Version": None}, 426),
        "no key": ({"Sec_WebSocket_Key": None}, 400),
        "short key": ({"Sec_WebSocket_Key": "AAAA"}, 400),
        "key that is no base64": ({"Sec_WebSocket_Key": "!!"}, 400),
        "body": ({"Content_Length": "3"}, 400),
    }.values(),
    ids=str,
)
async def test_what_is_no_handshake_is_told_so(node: RelayNode, changes: dict[str, str | None], status: int):
    """In HTTP and JSON, at once, and the node never hears of it."""
    answered, headers, body = await http(node, request(**changes) + b"abc" * ("Content_Length" in changes))

    assert answered == status
    assert json.loads(body)["error"] == ("upgrade_required" if status == 426 else "bad_upgrade")
    assert headers["connection"].endswith("close")
    assert ("sec-websocket-version" in headers) is ("Sec_WebSocket_Version" in changes)
    assert node.upgrades == []


async def test_only_get_opens_a_websocket(node: RelayNode):
    """And only HTTP/1.1."""
    for other in (request().replace(b"GET", b"PUT", 1), request().replace(b"HTTP/1.1", b"HTTP/1.0", 1)):
        status, _, _ = await http(node, other)

        assert status in (400, 426)
    assert node.upgrades == []


async def test_the_node_hears_path_query_and_headers(node: RelayNode):
    """As the client sent them, decoded."""
    sent = request(
        "/v1/sessions/n1-%C3%A9/cdp?token=a%2Fb&x=1", Authorization="Bearer key", Origin="http://a"
    )
    node.resolve = _refuse

    await http(node, sent)

    [upgrade] = node.upgrades
    assert upgrade.path == "/v1/sessions/n1-é/cdp"
    assert dict(upgrade.query) == {"token": "a/b", "x": "1"}
    assert upgrade.headers["authorization"] == "Bearer key"
    assert upgrade.client is not None
    assert upgrade.client[0] == "127.0.0.1"


async def test_a_refusal_is_an_http_answer_that_clients_show(node: RelayNode):
    """Status, JSON, and when to try again."""
    node.resolve = _refuse

    with pytest.raises(InvalidStatus) as refused:
        async with connect(node.url):
            pass

    answer = refused.value.response
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert json.loads(answer.body)["error"] == "no_slot"


async def test_chromium_is_asked_without_the_clients_origin_and_extensions(
    node: RelayNode, browser: ScriptedBrowser
):
    """And with a key of its own."""
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    sent = request(
        Origin="http://evil.test", Sec_WebSocket_Extensions="permessage-deflate", Sec_WebSocket_Key=key
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(sent)
    answer = await reader.readuntil(b"\r\n\r\n")
    await browser.peer()
    writer.close()

    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    assert b"extensions" not in answer.lower()
    asked = browser.requests[-1].lower()
    assert asked.startswith(b"get /devtools/browser/1 http/1.1\r\n")
    assert b"origin" not in asked
    assert b"extensions" not in asked
    assert key.lower().encode() not in asked
    assert b"token" not in asked


@pytest.mark.parametrize("cut", [0, 20, 1000])
async def test_frames_in_the_packet_of_the_handshake_arrive(
    node: RelayNode, browser: ScriptedBrowser, cut: int
):
    """All of them and in order, wherever the packet was cut, however long the node thinks."""
    frames = b"".join(text_frame(b'{"id":%d}' % number, masked=True) for number in range(5))
    decided = asyncio.Event()

    async def slowly(upgrade: Upgrade) -> Route | Refusal:
        await until(decided.is_set)
        return await node.route(upgrade)

    node.resolve = slowly
    sent = request() + frames
    _, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(sent[:cut])
    await writer.drain()
    writer.write(sent[cut:])
    await until(lambda: len(node.upgrades) == 1)
    writer.write(text_frame(b'{"id":5}', masked=True))
    await writer.drain()
    decided.set()
    peer = await browser.peer()

    received = [await peer.receive() for _ in range(6)]
    writer.close()

    assert received == [(Opcode.TEXT, b'{"id":%d}' % number) for number in range(6)]


async def test_what_the_browser_says_at_once_arrives(node: RelayNode, browser: ScriptedBrowser):
    """Even before the client has its own answer."""
    async with connected(node) as client:
        peer = await browser.peer()
        await peer.send(b'{"method":"first"}')

        assert await client.receive() == (Opcode.TEXT, b'{"method":"first"}')


@pytest.mark.parametrize("reset", [True, False], ids=["reset", "closed"])
async def test_a_client_that_leaves_the_queue_gives_its_place_back(node: RelayNode, reset: bool):
    """The node's work for it is cancelled, once."""
    cancelled: list[str] = []

    async def never(upgrade: Upgrade) -> Route | Refusal:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(upgrade.path)
            raise
        raise AssertionError

    node.resolve = never
    _, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(request())
    await until(lambda: len(node.upgrades) == 1)
    if reset:
        _reset(writer)
    else:
        writer.close()

    await until(lambda: bool(cancelled))
    assert cancelled == [CDP_PATH]
    assert (node.links, node.ended) == ([], [])


async def test_a_client_that_leaves_while_the_browser_is_called_is_reported_once(node: RelayNode):
    """The route was given, so the node has to hear that nobody uses it."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        node.endpoint = f"ws://127.0.0.1:{deaf.getsockname()[1]}/devtools/browser/1"
        _, writer = await asyncio.open_connection("127.0.0.1", node.port)
        writer.write(request())
        silent, _ = await asyncio.to_thread(deaf.accept)
        with silent:
            _reset(writer)
            await until(lambda: bool(node.ended))

    assert (node.ended, node.links) == ([(1006, False)], [])


async def test_a_reset_in_the_middle_of_the_head_is_nobodys_business(node: RelayNode):
    """The next client is served."""
    _, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(request()[:40])
    await writer.drain()
    _reset(writer)

    async with connected(node):
        assert len(node.upgrades) == 1


async def test_a_browser_that_does_not_answer_is_a_502(node: RelayNode):
    """And the node hears that the route came to nothing."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    node.endpoint = f"ws://127.0.0.1:{port}/devtools/browser/1"

    status, _, body = await http(node, request())

    assert status == 502
    assert json.loads(body)["error"] == "browser_gone"
    assert str(port) not in body.decode()
    assert node.ended == [(1011, False)]


async def test_a_node_that_fails_or_takes_too_long_says_so(browser: ScriptedBrowser):
    """In HTTP, as nothing was upgraded yet."""

    async def fail(_: Upgrade) -> Route | Refusal:
        raise RuntimeError("a fault of the node's")

    async def sleep(_: Upgrade) -> Route | Refusal:
        await asyncio.sleep(60)
        raise AssertionError

    async with relay_node(browser.endpoint, RelayLimits(resolve_timeout_s=0.05)) as node:
        node.resolve = fail
        assert (await http(node, request()))[0] == 500
        node.resolve = sleep
        assert (await http(node, request()))[0] == 504


async def test_other_websockets_go_to_the_app(browser: ScriptedBrowser):
    """With the frames that came in the packet of the handshake."""

    async def echo(scope, receive, send) -> None:
        assert (scope["type"], scope["path"]) == ("websocket", "/v1/sessions/n1-x/live/ws")
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"] * 2})

    async with relay_node(browser.endpoint, LIMITS, app=echo) as node:
        early = text_frame(b"early ", masked=True)
        async with connected(node, "/v1/sessions/n1-x/live/ws", behind=early) as client:
            await client.send(b"late ")

            assert await client.receive() == (Opcode.TEXT, b"early early ")
            assert await client.receive() == (Opcode.TEXT, b"late late ")
        assert node.upgrades == []


async def test_clients_hear_that_the_server_stops(browser: ScriptedBrowser):
    """Those that are connected and those that wait, and the server does not wait for either."""

    async def never(_: Upgrade) -> Route | Refusal:
        await asyncio.Event().wait()
        raise AssertionError

    async with relay_node(browser.endpoint, LIMITS) as node, connect(node.url) as client:
        node.resolve = never
        waiting = asyncio.create_task(http(node, request()))
        await until(lambda: len(node.upgrades) == 2)

        await node.stop()

        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert (await waiting)[0] == 503
        assert node.relay.links == set()


async def _refuse(_: Upgrade) -> Route | Refusal:
    return Refusal(503, {"error": "no_slot", "message": "The node is full.", "retry_after_s": 1.5})


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a crashed machine's router does."""
    linger = b"\1\0\0\0\0\0\0\0"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
