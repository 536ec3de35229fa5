"""A relay behind uvicorn on uvloop, browsers to put behind it, and clients that do as they like."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
import uvloop
from starlette.types import ASGIApp
from websockets.frames import Frame, Opcode
from websockets.utils import accept_key, generate_key

from browser_pool.relay.frames import Head, read_head, unmasked
from browser_pool.relay.policy import CdpPolicy
from browser_pool.relay.route import Link, Refusal, RelayLimits, Route, Upgrade
from browser_pool.relay.upgrade import Relay

CDP_PATH = "/v1/sessions/n1-0123456789abcdefghijkl/cdp"
LIMIT_S = 60.0
_END_OF_HEAD = b"\r\n\r\n"

Resolve = Callable[[Upgrade], Awaitable[Route | Refusal]]


class RelayNode:
    """Serves a relay in a thread of its own, as a node does.

    What happens to links is written down; `resolve` may be set to something else before a client comes.
    """

    def __init__(self, endpoint: str, limits: RelayLimits, app: ASGIApp | None = None) -> None:
        self.endpoint = endpoint
        self.policy = CdpPolicy(Path("/nowhere/files"), Path("/nowhere/downloads"))
        self.resolve: Resolve = self.route
        self.upgrades: list[Upgrade] = []
        self.links: list[Link] = []
        self.ended: list[tuple[int, bool]] = []
        self.browser_closes = 0
        self.relay = Relay(self._resolve, limits=limits)
        config = uvicorn.Config(
            app or _no_app,
            http=self.relay.http_protocol,
            ws="websockets-sansio",
            port=0,
            lifespan="off",
            log_level="error",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()), name="relay-node")

    @property
    def port(self) -> int:
        """Where it listens on the loopback."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """A session's WebSocket."""
        return f"ws://127.0.0.1:{self.port}{CDP_PATH}?token=secret"

    async def route(self, upgrade: Upgrade) -> Route | Refusal:
        """The usual answer: the browser."""
        return Route(
            self.endpoint,
            "n1-0123456789abcdefghijkl",
            self.policy,
            on_open=self.links.append,
            on_close=lambda code, clean: self.ended.append((code, clean)),
            on_browser_close=self._count_browser_close,
        )

    def act(self, action: Callable[[], object]) -> None:
        """Do something in the node's loop."""
        self._loop.call_soon_threadsafe(action)

    async def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        await until(lambda: self._server.started)

    async def stop(self) -> None:
        """Stop as on SIGTERM."""
        self._server.should_exit = True
        await asyncio.to_thread(self._thread.join, LIMIT_S)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve()

    async def _resolve(self, upgrade: Upgrade) -> Route | Refusal:
        self.upgrades.append(upgrade)
        return await self.resolve(upgrade)

    def _count_browser_close(self) -> None:
        self.browser_closes += 1


@asynccontextmanager
async def relay_node(
    endpoint: str, limits: RelayLimits | None = None, app: ASGIApp | None = None
) -> AsyncIterator[RelayNode]:
    """A running node in front of the browser at *endpoint*."""
    node = RelayNode(endpoint, limits or RelayLimits(), app)
    await node.start()
    try:
        yield node
    finally:
        await node.stop()


@dataclass
class Peer:
    """One side of a WebSocket, frame by frame."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    masks: bool
    raw: bytearray = field(default_factory=bytearray)

    async def send(self, text: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> None:
        """Send one frame."""
        self.writer.write(Frame(opcode, text, fin).serialize(mask=self.masks))
        await self.writer.drain()

    async def receive(self) -> tuple[Opcode, bytes]:
        """The next frame. Raises `asyncio.IncompleteReadError` at the end, `ConnectionError` if it is cut."""
        async with asyncio.timeout(LIMIT_S):
            head = await self._head()
            payload = await self.reader.readexactly(head.length)
        self.raw += payload
        return Opcode(head.opcode), unmasked(payload, head.mask) if head.mask else payload

    async def closing(self) -> tuple[int, str]:
        """Skip to the close frame."""
        while True:
            opcode, payload = await self.receive()
            if opcode is Opcode.CLOSE:
                return int.from_bytes(payload[:2]), payload[2:].decode()

    def reset(self) -> None:
        """Go without a word, as a failing network does."""
        self.writer.transport.abort()

    async def _head(self) -> Head:
        data = await self.reader.readexactly(2)
        while (head := read_head(data)) is None:
            data += await self.reader.readexactly(1)
        self.raw += data
        return head


@asynccontextmanager
async def connected(node: RelayNode, path: str = CDP_PATH, *, behind: bytes = b"") -> AsyncIterator[Peer]:
    """A client of *node*; *behind* is sent in the packet of the request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port, limit=1 << 16)
    try:
        writer.write(request(path) + behind)
        head = await asyncio.wait_for(reader.readuntil(_END_OF_HEAD), LIMIT_S)
        assert head.startswith(b"HTTP/1.1 101 "), head
        yield Peer(reader, writer, masks=True)
    finally:
        writer.transport.abort()


def request(path: str = CDP_PATH, **changes: str | None) -> bytes:
    """A handshake, with headers changed or left out."""
    headers: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": generate_key(),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    sent = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *sent, "", ""]).encode()


async def http(node: RelayNode, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what *sent* is answered with, to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    try:
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), LIMIT_S)
    finally:
        writer.close()
    head, _, body = answer.partition(_END_OF_HEAD)
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status.split()[1]), headers, body


class ScriptedBrowser:
    """A browser's WebSocket that does what the test says, and nothing by itself."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[Peer] = asyncio.Queue()
        self.requests: list[bytes] = []
        self._peers: list[Peer] = []

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 16)

    @property
    def endpoint(self) -> str:
        """For routes."""
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/devtools/browser/1"

    async def peer(self) -> Peer:
        """The next connection."""
        return await asyncio.wait_for(self.arrived.get(), LIMIT_S)

    async def stop(self) -> None:
        """Drop everything."""
        for peer in self._peers:
            peer.reset()
        self._server.close()
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(_END_OF_HEAD)
        self.requests.append(head)
        key = next(line.split()[1] for line in head.decode().split("\r\n") if "Sec-WebSocket-Key" in line)
        writer.write(
            b"HTTP/1.1 101 WebSocket Protocol Handshake\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(key).encode() + _END_OF_HEAD
        )
        peer = Peer(reader, writer, masks=False)
        self._peers.append(peer)
        self.arrived.put_nowait(peer)


@asynccontextmanager
async def scripted_browser() -> AsyncIterator[ScriptedBrowser]:
    """A listening one."""
    browser = ScriptedBrowser()
    await browser.start()
    try:
        yield browser
    finally:
        await browser.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what is to become true."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


async def _no_app(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})
