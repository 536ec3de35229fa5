"""Large messages, and peers that do not keep up: nothing is lost, and memory stays bounded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from browser_pool.relay.frames import text_frame
from browser_pool.relay.route import RelayLimits
from tests.integration.pool.relay_node import (
    LIMIT_S,
    Peer,
    ScriptedBrowser,
    connected,
    relay_node,
    scripted_browser,
    until,
)

PATIENT = RelayLimits(close_timeout_s=LIMIT_S, slow_consumer_s=LIMIT_S)
MB = 1_000_000
# Two sockets' kernel buffers, and what the relay holds.
BOUND_BYTES = 40 * MB
_WORDS = bytes(range(32, 127)).replace(b"\\", b"").replace(b'"', b"")


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[ScriptedBrowser]:
    """One that does nothing by itself."""
    async with scripted_browser() as browser:
        yield browser


async def test_large_messages_pass_whole_both_ways(browser: ScriptedBrowser):
    """100 MB at once; the client's in fragments, with a ping between."""
    upwards, downwards = _text(100 * MB), _text(120 * MB)
    async with relay_node(browser.endpoint, PATIENT) as node, connected(node) as client:
        peer = await browser.peer()

        peer.writer.write(text_frame(downwards, masked=False))
        assert await client.receive() == (Opcode.TEXT, downwards)

        third = len(upwards) // 3
        sending = asyncio.create_task(_send_in_thirds(client, upwards))
        received = [await peer.receive() for _ in range(3)]
        await sending

        assert [opcode for opcode, _ in received] == [Opcode.TEXT, Opcode.CONT, Opcode.CONT]
        assert [len(text) for _, text in received] == [third, third, len(upwards) - 2 * third]
        assert b"".join(text for _, text in received) == upwards
        assert await client.receive() == (Opcode.PONG, b"between")


async def test_a_message_over_the_limit_is_refused_by_its_head(browser: ScriptedBrowser):
    """Before any of its bytes are taken, and the client reads why though it is still sending."""
    async with (
        relay_node(browser.endpoint, replace(PATIENT, max_message_bytes=MB)) as node,
        connect(node.url, compression=None) as client,
    ):
        peer = await browser.peer()
        with pytest.raises(ConnectionClosed):
            while True:
                await client.send("x" * 10 * MB)
        await client.wait_closed()

        assert client.close_code == 1009
        assert await peer.reader.read() == b""
        assert node.ended == [(1009, False)]


async def test_a_client_that_never_reads_is_closed_and_costs_little(browser: ScriptedBrowser):
    """The browser is not read either, until the client is given up with 4007."""
    limits = RelayLimits(close_timeout_s=0.5, slow_consumer_s=0.3)
    async with relay_node(browser.endpoint, limits) as node, connected(node) as client:
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        peer = await browser.peer()
        flood = asyncio.create_task(_flood(peer, text_frame(_text(MB), masked=False), 100))

        await until(lambda: bool(node.ended))

        [link] = node.links
        assert node.ended == [(4007, False)]
        assert link.tx_bytes < BOUND_BYTES
        await until(lambda: not node.relay.links)
        with pytest.raises(ConnectionError):
            await flood


async def test_a_client_that_reads_slowly_is_not_given_up(browser: ScriptedBrowser):
    """As long as it reads at all, though there is never little left for it."""
    message = text_frame(_text(MB), masked=False)
    limits = replace(PATIENT, slow_consumer_s=3, write_buffer_bytes=8 * MB)
    async with relay_node(browser.endpoint, limits) as node, connected(node) as client:
        peer = await browser.peer()
        flood = asyncio.create_task(_flood(peer, message, 60))
        read_bytes = 0

        slow_until = time.monotonic() + 1.5 * limits.slow_consumer_s
        while time.monotonic() < slow_until:
            read_bytes += len(await client.reader.readexactly(400_000))
            await asyncio.sleep(0.1)
        await client.reader.readexactly(60 * len(message) - read_bytes)
        await flood

        assert node.ended == []


async def test_a_browser_that_does_not_read_holds_the_client_back(browser: ScriptedBrowser):
    """Its commands wait in the client, not in the node."""
    async with relay_node(browser.endpoint, PATIENT) as node, connected(node) as client:
        peer = await browser.peer()
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]
        flood = asyncio.create_task(_flood(client, text_frame(_text(MB), masked=True), 100))
        await _held_back(client, lambda: node.links[0].rx_bytes)
        assert node.links[0].rx_bytes < BOUND_BYTES

        peer.reader._transport.resume_reading()  # type: ignore[attr-defined]
        for _ in range(100):
            assert (await peer.receive())[1] == _text(MB)
        await flood


async def test_a_flood_of_pings_is_answered_sparingly(browser: ScriptedBrowser):
    """The last of those that come together counts; commands in between pass, and others do not suffer."""
    async with (
        relay_node(browser.endpoint, PATIENT) as node,
        connected(node) as client,
        connected(node) as other,
    ):
        peer, others = await browser.peer(), await browser.peer()
        pings = b"".join(Frame(Opcode.PING, b"%d" % number).serialize(mask=True) for number in range(20_000))
        client.writer.write(pings + text_frame(b'{"id":1}', masked=True))
        await other.send(b'{"id":2}')

        assert await others.receive() == (Opcode.TEXT, b'{"id":2}')
        assert await peer.receive() == (Opcode.TEXT, b'{"id":1}')
        pongs = 0
        while (await client.receive()) != (Opcode.PONG, b"19999"):
            pongs += 1
        assert pongs < 2_000


async def test_a_client_that_asks_and_never_reads_is_held_back(browser: ScriptedBrowser):
    """The answers to refused commands do not pile up."""
    refused = text_frame(b'{"id":7,"method":"Browser.crash"}', masked=True) * 5_000
    async with (
        relay_node(browser.endpoint, PATIENT) as node,
        connected(node) as client,
    ):
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        flood = asyncio.create_task(_flood(client, refused, 150))

        await _held_back(client, lambda: node.links[0].rx_bytes)

        assert node.links[0].tx_bytes < BOUND_BYTES
        assert not flood.done()
        flood.cancel()


async def test_empty_messages_and_fragments_pass(browser: ScriptedBrowser):
    """They are legal; what they mean is the browser's business."""
    frames = [
        Frame(Opcode.TEXT, b"").serialize(mask=True),
        Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True),
        *[Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)] * 1000,
        Frame(Opcode.CONT, b"{}").serialize(mask=True),
    ]
    async with relay_node(browser.endpoint, PATIENT) as node, connected(node) as client:
        peer = await browser.peer()
        client.writer.write(b"".join(frames))

        received = [await peer.receive() for _ in frames]

    assert received[0] == (Opcode.TEXT, b"")
    assert received[-1] == (Opcode.CONT, b"{}")


@pytest.mark.parametrize(
    ("frame", "code"),
    {
        "unmasked": (text_frame(b'{"id":1}', masked=False), 1002),
        "oversized ping": (b"\x89\xfe\x00\x7e" + bytes(130), 1002),
        "invalid UTF-8": (text_frame(b'"\xff"', masked=True), 1007),
        "binary": (Frame(Opcode.BINARY, b"{}").serialize(mask=True), 1003),
    }.values(),
    ids=["unmasked", "oversized ping", "invalid UTF-8", "binary"],
)
async def test_a_bad_frame_is_answered_with_its_close_code(browser: ScriptedBrowser, frame: bytes, code: int):
    """And none of it reaches the browser."""
    # Behind some of them nothing is understood any more, not even that the client closes.
    limits = replace(PATIENT, close_timeout_s=3)
    async with relay_node(browser.endpoint, limits) as node, connected(node) as client:
        peer = await browser.peer()
        client.writer.write(frame * 3)

        assert (await client.closing())[0] == code
        await client.send(code.to_bytes(2), Opcode.CLOSE)
        assert await client.reader.read() == b""
        assert await peer.reader.read() == b""
        assert node.ended == [(code, False)]


def _text(size_bytes: int) -> bytes:
    return (_WORDS * (size_bytes // len(_WORDS) + 1))[:size_bytes]


async def _send_in_thirds(client: Peer, text: bytes) -> None:
    third = len(text) // 3
    await client.send(text[:third], fin=False)
    await client.send(b"between", Opcode.PING)
    await client.send(text[third : 2 * third], Opcode.CONT, fin=False)
    await client.send(text[2 * third :], Opcode.CONT)


async def _flood(peer: Peer, frames: bytes, times: int) -> None:
    for _ in range(times):
        peer.writer.write(frames)
        await peer.writer.drain()


async def _held_back(client: Peer, taken_bytes: Callable[[], int]) -> None:
    """Wait until something is taken of what the client sends, and then for a second nothing of the rest."""
    seen, unchanged = 0, 0
    while unchanged < 10:
        await asyncio.sleep(0.1)
        sends = client.writer.transport.get_write_buffer_size() > 0
        unchanged = unchanged + 1 if sends and 0 < taken_bytes() == seen else 0
        seen = taken_bytes()
