"""Joins one client's WebSocket to the browser's, and ends the link in an orderly way, whoever ends it.

Bytes are passed on as they come. A frame of ours (pings, answers to refused commands, the close frame) goes
to the client between two messages of the browser. Neither side is read while the other does not keep up.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from browser_pool.lifecycle import Closing
from browser_pool.relay.attention import Attention, Conversation
from browser_pool.relay.dial import BrowserLine
from browser_pool.relay.frames import close_frame, ping_frame, pong_frame, text_frame
from browser_pool.relay.inbound import Broke, BrowserCloseAsked, Event, Inbound, Left, Pinged
from browser_pool.relay.outbound import Outbound
from browser_pool.relay.reading import Reading
from browser_pool.relay.route import RelayLimits, Route

_NO_CODE = 1005
_GONE_WITHOUT_A_WORD = Closing(1006, "")
_PING = ping_frame()
_MANY_WAITING_FRAMES = 64


class Splice:
    """An open link: see `route.Link`."""

    def __init__(
        self,
        client: asyncio.Transport,
        browser: asyncio.Transport,
        route: Route,
        limits: RelayLimits,
        attention: Attention,
    ) -> None:
        self.session_id = route.session_id
        self.rx_bytes = 0
        self.tx_bytes = 0
        self.last_client_activity = time.monotonic()
        self._route = route
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._client = client
        self._browser = browser
        self._client_reading = Reading(client)
        self._browser_reading = Reading(browser)
        self._inbound = Inbound(
            route.policy,
            held_bytes=limits.held_bytes,
            max_message_bytes=limits.max_message_bytes,
            forward=self._forward,
            answer=self._answer,
        )
        self._outbound = Outbound()
        self._conversation = Conversation(attention)
        self._waiting: list[bytes] = []
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._obituary: asyncio.Task[None] | None = None
        self._closing: Closing | None = None
        self._browser_lost = False
        self._close_sent = False
        self._client_left = False
        self.closed: asyncio.Future[None] = self._loop.create_future()
        """Done when both sockets are closed."""
        self._open_sockets = 2

    def begin(self, line: BrowserLine, early: bytes) -> None:
        """Take both connections over; *early* is what the client sent before it was admitted."""
        for transport in (self._client, self._browser):
            transport.set_write_buffer_limits(high=self._limits.write_buffer_bytes)
        self._client.set_protocol(_End(self._client_said, self._client_is_lost, self._client_keeps_up))
        self._browser.set_protocol(_End(self._browser_said, self._browser_is_lost, self._browser_keeps_up))
        self._after("ping", self._limits.ping_interval_s, partial(self._ping, 0, 0.0))
        self._route.on_open(self)
        if line.early:
            self._browser_said(line.early)
        if early:
            self._client_said(early)
        if line.lost:
            self._browser_is_lost()

    def close(self, code: int, reason: str) -> None:
        """See `route.Link.close`."""
        self._begin_closing(Closing(code, reason), clean=True)

    async def wait_closed(self) -> None:
        """See `route.Link.wait_closed`."""
        await asyncio.shield(self.closed)

    def shutdown(self) -> None:
        """Called by uvicorn when the server stops."""
        self.close(1012, "the node restarts")

    # What the connections tell us.

    def _client_said(self, data: bytes) -> None:
        """Bytes of the client."""
        self.rx_bytes += len(data)
        events = self._inbound.take(data)
        if events:
            self._heed(events)
        self._conversation.passed(len(data))

    def _browser_said(self, data: bytes) -> None:
        """Bytes of the browser."""
        if self._close_sent:
            return
        boundary = self._outbound.follow(data)
        if self._outbound.close_at is not None:
            self._to_client(data[: self._outbound.close_at])
            self._browser.close()
        elif boundary >= 0 and (self._waiting or self._closing):
            self._to_client(data[:boundary])
            self._say_what_waits()
            if not self._close_sent:
                self._to_client(data[boundary:])
        else:
            self.tx_bytes += len(data)
            self._client.write(data)
            self._conversation.passed(len(data))

    def _client_is_lost(self) -> None:
        """The client's socket is closed."""
        self._decide(_GONE_WITHOUT_A_WORD, clean=False)
        self._browser.close()
        self._socket_closed()

    def _browser_is_lost(self) -> None:
        """The browser's socket is closed."""
        self._browser_lost = True
        if self._closing is None:
            self._obituary = self._loop.create_task(self._tell_that_browser_is_gone())
        elif not self._close_sent:
            self._client.close()
        self._socket_closed()

    def _client_keeps_up(self, keeps_up: bool) -> None:
        """What waits for the client has become too much, or little again."""
        if keeps_up:
            self._cancel("slow consumer")
            self._browser_reading.free("client")
            self._client_reading.free("client")
            return
        self._browser_reading.hold("client")
        if self._closing is None:
            # What it asks for would only add to what it does not read.
            self._client_reading.hold("client")
            self._watch_slow_consumer(self._client.get_write_buffer_size())

    def _browser_keeps_up(self, keeps_up: bool) -> None:
        """What waits for the browser has become too much, or little again."""
        if keeps_up:
            self._client_reading.free("browser")
        elif self._closing is None:
            self._client_reading.hold("browser")

    # What the client wants.

    def _forward(self, data: bytes) -> None:
        self.last_client_activity = time.monotonic()
        if self._closing is None and not self._browser_lost:
            self._browser.write(data)

    def _answer(self, text: bytes) -> None:
        self.last_client_activity = time.monotonic()
        self._say(text_frame(text, masked=False))

    def _heed(self, events: Sequence[Event]) -> None:
        pings = [event for event in events if isinstance(event, Pinged)]
        if pings:
            # RFC 6455, 5.5.3: of several pings the last is the one to answer.
            self._say(pong_frame(pings[-1].payload))
        for event in events:
            if isinstance(event, BrowserCloseAsked):
                self._route.on_browser_close()
                self._begin_closing(Closing(1000, "closed by Browser.close"), clean=True)
            elif isinstance(event, Broke):
                self._begin_closing(Closing(event.code, event.reason), clean=False)
            elif isinstance(event, Left):
                self._client_leaves(event.code)

    def _client_leaves(self, code: int) -> None:
        self._client_left = True
        self._begin_closing(Closing(1000 if code == _NO_CODE else code, ""), clean=True)
        if self._close_sent:
            self._client.close()

    # What we say to the client.

    def _say(self, frame: bytes) -> None:
        """Send a frame of ours as soon as it fits."""
        if self._closing is not None:
            return
        if self._outbound.between_messages:
            self._to_client(frame)
            return
        self._waiting.append(frame)
        if len(self._waiting) > _MANY_WAITING_FRAMES:
            self._client_reading.hold("answers")

    def _say_what_waits(self) -> None:
        self._to_client(b"".join(self._waiting))
        self._waiting.clear()
        self._client_reading.free("answers")
        if self._closing is not None:
            self._send_close(self._closing)

    def _to_client(self, data: bytes) -> None:
        if data and not self._client.is_closing():
            self.tx_bytes += len(data)
            self._client.write(data)

    def _ping(self, heard_bytes: int, silent_s: float) -> None:
        """Ping and look again later; *heard_bytes* had come when the last *silent_s* began."""
        if self._client_reading.held or self.rx_bytes != heard_bytes:
            silent_s = 0.0
        if silent_s >= self._limits.silence_s:
            self._client.abort()
            return
        self._say(_PING)
        interval_s = self._limits.ping_interval_s
        self._after("ping", interval_s, partial(self._ping, self.rx_bytes, silent_s + interval_s))

    def _watch_slow_consumer(self, waiting_bytes: int) -> None:
        def judge() -> None:
            now_waiting_bytes = self._client.get_write_buffer_size()
            if now_waiting_bytes < waiting_bytes:
                self._watch_slow_consumer(now_waiting_bytes)
            else:
                reason = f"slow consumer: nothing was read for {self._limits.slow_consumer_s:g} s"
                self._begin_closing(Closing(4007, reason), clean=False)

        self._after("slow consumer", self._limits.slow_consumer_s, judge)

    # How it ends.

    def _decide(self, closing: Closing, *, clean: bool) -> bool:
        """The link ends like this, unless that is decided already."""
        if self._closing is not None:
            return False
        self._closing = closing
        self._cancel("ping")
        self._cancel("slow consumer")
        self._after("close", self._limits.close_timeout_s, self._give_up)
        self._route.on_close(closing.code, clean)
        return True

    def _begin_closing(self, closing: Closing, *, clean: bool) -> None:
        if not self._decide(closing, clean=clean):
            return
        # The client's close frame is all that is of interest now.
        self._client_reading.free_entirely()
        if self._outbound.between_messages:
            self._say_what_waits()
        elif self._browser_lost:
            # In the middle of a message no close frame can be said.
            self._client.close()

    def _send_close(self, closing: Closing) -> None:
        self._to_client(close_frame(closing.code, closing.reason))
        self._close_sent = True
        self._browser.close()
        if self._client_left:
            self._client.close()

    async def _tell_that_browser_is_gone(self) -> None:
        closing = Closing(1001, "browser closed")
        try:
            async with asyncio.timeout(self._limits.browser_gone_timeout_s):
                closing = await self._route.browser_gone()
        except TimeoutError:
            pass
        finally:
            self._begin_closing(closing, clean=False)

    def _give_up(self) -> None:
        """Somebody does not end in time."""
        self._client.abort()
        self._browser.abort()

    def _socket_closed(self) -> None:
        self._open_sockets -= 1
        if not self._open_sockets:
            self._cancel("close")
            if self._obituary is not None:
                self._obituary.cancel()
            self.closed.set_result(None)

    def _after(self, name: str, seconds: float, act: Callable[[], None]) -> None:
        self._cancel(name)
        self._timers[name] = self._loop.call_later(seconds, act)

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


class _End(asyncio.Protocol):
    """One of the two sockets."""

    def __init__(
        self, said: Callable[[bytes], None], lost: Callable[[], None], keeps_up: Callable[[bool], None]
    ) -> None:
        self._said = said
        self._lost = lost
        self._keeps_up = keeps_up

    def data_received(self, data: bytes) -> None:
        self._said(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()

    def pause_writing(self) -> None:
        self._keeps_up(False)

    def resume_writing(self) -> None:
        self._keeps_up(True)
