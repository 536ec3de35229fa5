"""How a link between a client and its browser lives and ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from websockets.frames import Close, Opcode

from browser_pool.lifecycle import Closing
from browser_pool.relay.frames import text_frame
from browser_pool.relay.route import RelayLimits, Route, Upgrade
from tests.integration.pool.relay_node import (
    LIMIT_S,
    RelayNode,
    ScriptedBrowser,
    connected,
    relay_node,
    scripted_browser,
    until,
)

PATIENT = RelayLimits(close_timeout_s=LIMIT_S, browser_gone_timeout_s=LIMIT_S)
HASTY = RelayLimits(close_timeout_s=0.5, browser_gone_timeout_s=0.3)
"""Of a node that is to give something up."""
PING_INTERVAL_S = 0.02
FORBIDDEN = b'{"id":7,"method":"Page.navigate","params":{"url":"file:///etc/passwd"}}'


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[ScriptedBrowser]:
    """One that does nothing by itself."""
    async with scripted_browser() as browser:
        yield browser


@pytest_asyncio.fixture
async def node(browser: ScriptedBrowser) -> AsyncIterator[RelayNode]:
    """A node in front of it that waits for whoever is slow."""
    async with relay_node(browser.endpoint, PATIENT) as node:
        yield node


@pytest_asyncio.fixture
async def hasty_node(browser: ScriptedBrowser) -> AsyncIterator[RelayNode]:
    """One that does not."""
    async with relay_node(browser.endpoint, HASTY) as node:
        yield node


async def test_messages_pass_both_ways_and_are_counted(node: RelayNode, browser: ScriptedBrowser):
    """The same bytes arrive; heads and handshakes are not payload, pings no activity."""
    async with connected(node) as client:
        peer = await browser.peer()
        [link] = node.links
        before = link.last_client_activity
        await client.send(b"", Opcode.PING)
        assert await client.receive() == (Opcode.PONG, b"")
        assert link.last_client_activity == before

        await client.send(b'{"id":1}')
        assert await peer.receive() == (Opcode.TEXT, b'{"id":1}')
        await peer.send(b'{"id":1,"result":{}}')
        assert await client.receive() == (Opcode.TEXT, b'{"id":1,"result":{}}')

        assert link.last_client_activity > before
        assert (link.rx_bytes, link.tx_bytes) == (6 + 6 + 8, 2 + 2 + 20)


async def test_a_client_that_closes_meant_it(node: RelayNode, browser: ScriptedBrowser):
    """It gets its close frame back, the browser's socket ends, the browser is not told."""
    async with connected(node) as client:
        peer = await browser.peer()
        await client.send(Close(1000, "done").serialize(), Opcode.CLOSE)

        assert await client.receive() == (Opcode.CLOSE, Close(1000, "").serialize())
        assert await client.reader.read() == b""
        assert await peer.reader.read() == b""

    assert node.ended == [(1000, True)]
    await until(lambda: not node.relay.links)


@pytest.mark.parametrize("how", ["reset", "closed"])
async def test_a_client_that_is_cut_off_did_not_mean_it(node: RelayNode, browser: ScriptedBrowser, how: str):
    """1006, and the next client of the same browser is served."""
    async with connected(node) as client:
        peer = await browser.peer()
        if how == "reset":
            client.reset()
        else:
            client.writer.close()
        await until(lambda: bool(node.ended))
        assert await peer.reader.read() == b""

    assert node.ended == [(1006, False)]
    async with connected(node) as client:
        await (await browser.peer()).send(b"again")
        assert await client.receive() == (Opcode.TEXT, b"again")


async def test_two_clients_do_not_share_a_fate(node: RelayNode, browser: ScriptedBrowser):
    """One leaves, the other goes on; each hears its own answers only."""
    async with connected(node) as leaving:
        first = await browser.peer()
        async with connected(node) as staying:
            second = await browser.peer()
            await first.send(b"for the first")
            assert await leaving.receive() == (Opcode.TEXT, b"for the first")
            leaving.reset()
            await until(lambda: len(node.ended) == 1)

            await staying.send(b'{"id":1}')
            assert await second.receive() == (Opcode.TEXT, b'{"id":1}')
            await second.send(b"for the second")
            assert await staying.receive() == (Opcode.TEXT, b"for the second")


async def test_the_node_ends_a_link_with_its_reason(hasty_node: RelayNode, browser: ScriptedBrowser):
    """Which is cut to what fits; and nobody has to wait for the client."""
    node = hasty_node
    async with connected(node) as client:
        peer = await browser.peer()
        node.act(lambda: node.links[0].close(4003, "lifetime: 3600s reached " + "x" * 200))

        code, reason = await client.closing()
        assert code == 4003
        assert reason.startswith("lifetime: 3600s reached x")
        assert len(reason) == 123
        assert await peer.reader.read() == b""
        # It does not answer the close frame.
        assert await client.reader.read() == b""

    assert node.ended == [(4003, True)]
    await until(lambda: not node.relay.links)


async def test_a_link_may_be_closed_as_soon_as_it_opens(node: RelayNode, browser: ScriptedBrowser):
    """What the client sent already goes nowhere."""

    async def route(upgrade: Upgrade) -> Route:
        usual = await node.route(upgrade)
        assert isinstance(usual, Route)
        return replace(usual, on_open=lambda link: link.close(1008, "exclusive"))

    node.resolve = route
    async with connected(node, behind=text_frame(b"{}", masked=True)) as client:
        assert await client.closing() == (1008, "exclusive")
        assert await (await browser.peer()).reader.read() == b""

    assert node.ended == [(1008, True)]
    await until(lambda: not node.relay.links)


async def test_a_close_waits_for_the_end_of_the_browsers_message(node: RelayNode, browser: ScriptedBrowser):
    """So do a pong and the answer to a refused command; the client sees whole messages only."""
    message = text_frame(b"m" * 300_000, masked=False)
    async with connected(node) as client:
        peer = await browser.peer()
        peer.writer.write(message[:200_000])
        await until(lambda: node.links[0].tx_bytes == 200_000)
        await client.send(FORBIDDEN)
        await client.send(b"?", Opcode.PING)
        await client.send(b'{"id":1}')
        assert await peer.receive() == (Opcode.TEXT, b'{"id":1}')
        node.act(lambda: node.links[0].close(4002, "idle_timeout"))
        await until(lambda: bool(node.ended))
        peer.writer.write(message[200_000:250_000])
        await until(lambda: node.links[0].tx_bytes == 250_000)
        peer.writer.write(message[250_000:])

        received = [await client.receive() for _ in range(4)]

    assert received[0] == (Opcode.TEXT, b"m" * 300_000)
    assert received[1][0] is Opcode.TEXT
    assert b"Refused by the browser pool" in received[1][1]
    assert received[2:] == [(Opcode.PONG, b"?"), (Opcode.CLOSE, Close(4002, "idle_timeout").serialize())]


async def test_a_close_does_not_wait_for_ever(hasty_node: RelayNode, browser: ScriptedBrowser):
    """A message that does not end is cut off with its socket."""
    node = hasty_node
    async with connected(node) as client:
        peer = await browser.peer()
        peer.writer.write(text_frame(b"m" * 300_000, masked=False)[:1000])
        await until(lambda: node.links[0].tx_bytes == 1000)
        node.act(lambda: node.links[0].close(4002, "idle_timeout"))

        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.closing()

    assert node.ended == [(4002, True)]
    await until(lambda: not node.relay.links)


@pytest.mark.parametrize("how", ["reset", "closed", "close frame"])
async def test_a_browser_that_goes_is_explained(node: RelayNode, browser: ScriptedBrowser, how: str):
    """In the words of the node, which knows why."""

    async def crashed() -> Closing:
        return Closing(4005, "browser crashed")

    await _told_by(node, crashed)
    async with connected(node) as client:
        peer = await browser.peer()
        if how == "close frame":
            await peer.send(b"last words")
            await peer.send(b"", Opcode.CLOSE)
            assert await client.receive() == (Opcode.TEXT, b"last words")
        elif how == "closed":
            peer.writer.close()
        else:
            peer.reset()

        assert await client.closing() == (4005, "browser crashed")

    assert node.ended == [(4005, False)]


async def test_a_node_that_does_not_know_why_the_browser_went_is_not_waited_for(
    hasty_node: RelayNode, browser: ScriptedBrowser
):
    """The client hears the little that is known."""

    async def never() -> Closing:
        await asyncio.Event().wait()
        raise AssertionError

    await _told_by(hasty_node, never)
    async with connected(hasty_node) as client:
        (await browser.peer()).reset()

        assert await client.closing() == (1001, "browser closed")


async def test_a_browser_that_goes_in_the_middle_of_a_message_cuts_the_client(
    node: RelayNode, browser: ScriptedBrowser
):
    """A close frame would be read as the rest of the message."""
    async with connected(node) as client:
        peer = await browser.peer()
        peer.writer.write(text_frame(b"m" * 1000, masked=False)[:500])
        await until(lambda: node.links[0].tx_bytes == 500)
        peer.writer.close()

        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.receive()

    assert node.ended == [(1001, False)]


async def test_browser_close_ends_the_link_and_the_node_decides(node: RelayNode, browser: ScriptedBrowser):
    """The browser itself does not hear the command."""
    async with connected(node) as client:
        peer = await browser.peer()
        await client.send(b'{"id":1,"method":"Browser.close"}')

        assert await client.receive() == (Opcode.TEXT, b'{"id": 1, "result": {}}')
        assert (await client.closing())[0] == 1000
        assert await peer.reader.read() == b""

    assert node.browser_closes == 1
    assert node.ended == [(1000, True)]


async def test_clients_are_pinged_and_the_browser_does_not_hear_them_answer(browser: ScriptedBrowser):
    """An answer is a sign of life, also of who says nothing else for longer than silence may last."""
    silence_s = 2.0
    limits = replace(PATIENT, ping_interval_s=PING_INTERVAL_S, silence_s=silence_s)
    async with relay_node(browser.endpoint, limits) as node, connected(node) as client:
        peer = await browser.peer()
        for _ in range(round(1.2 * silence_s / PING_INTERVAL_S)):
            assert await client.receive() == (Opcode.PING, b"")
            await client.send(b"", Opcode.PONG)
        await client.send(b'{"id":1}')

        assert await peer.receive() == (Opcode.TEXT, b'{"id":1}')
        assert node.ended == []


async def test_a_client_that_does_not_answer_pings_is_gone(browser: ScriptedBrowser):
    """As if it had been cut off."""
    limits = replace(PATIENT, ping_interval_s=PING_INTERVAL_S, silence_s=0.1)
    async with relay_node(browser.endpoint, limits) as node, connected(node):
        await browser.peer()

        await until(lambda: bool(node.ended))

        assert node.ended == [(1006, False)]


async def _told_by(node: RelayNode, browser_gone) -> None:
    async def route(upgrade: Upgrade) -> Route:
        usual = await node.route(upgrade)
        assert isinstance(usual, Route)
        return replace(usual, browser_gone=browser_gone)

    node.resolve = route
