"""The words between the relay and the node: who asks, where it goes, what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from starlette.datastructures import Headers, QueryParams

from browser_pool.lifecycle import Closing
from browser_pool.relay.policy import CdpPolicy


@dataclass(frozen=True)
class Upgrade:
    """A request for a WebSocket, not answered yet. *path* is decoded; *query* may hold a token."""

    path: str
    query: QueryParams
    headers: Headers
    client: tuple[str, int] | None


class Link(Protocol):
    """An open connection of one client to one browser."""

    session_id: str
    rx_bytes: int
    """From the client."""
    tx_bytes: int
    """To the client."""
    last_client_activity: float
    """When the client last had something for the browser (`time.monotonic()`); pings do not count."""

    def close(self, code: int, reason: str) -> None:
        """Tell the client why and end the link, between two messages if the browser gets that far in time."""

    async def wait_closed(self) -> None:
        """Until both sockets are closed; a little longer than `RelayLimits.close_timeout_s` at most."""


async def _browser_closed() -> Closing:
    return Closing(1001, "browser closed")


def _ignored() -> None:
    pass


@dataclass(frozen=True)
class Route:
    """Where an upgrade goes, and whom to tell.

    `on_open` may close the link at once.
    `on_close` is called exactly once for every route that was given, even if the link never opened. *clean*:
    somebody meant it, because the client sent a close frame or `Link.close` was called. 1006 is a client
    that went without a word.
    `on_browser_close`: the client gave `Browser.close`; it is told that it is done and the link ends, but the
    browser is the node's to end.
    `browser_gone` is asked for the words to the client when the browser's socket has ended by itself.
    """

    endpoint_ws: str
    session_id: str
    policy: CdpPolicy
    on_open: Callable[[Link], None]
    on_close: Callable[[int, bool], None]
    on_browser_close: Callable[[], None] = _ignored
    browser_gone: Callable[[], Awaitable[Closing]] = _browser_closed


@dataclass(frozen=True)
class Refusal:
    """An HTTP answer instead of a WebSocket. `retry_after_s` in the body becomes a header as well."""

    status: int
    json_body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RelayLimits:
    """How long the relay waits and how much it holds."""

    resolve_timeout_s: float = 150.0
    dial_timeout_s: float = 10.0
    ping_interval_s: float = 20.0
    silence_s: float = 60.0
    """A client from which not even a pong came for so long is gone."""
    slow_consumer_s: float = 60.0
    """A client that read nothing of what waits for it for so long is closed with 4007."""
    close_timeout_s: float = 5.0
    browser_gone_timeout_s: float = 2.0
    max_message_bytes: int = (100 << 20) - 1024
    """64 KiB at least. Chromium itself drops the connection at 100 MiB."""
    held_bytes: int = 1 << 20
    """A command up to this size is judged before the browser gets any of it; a longer one while it passes."""
    write_buffer_bytes: int = 1 << 20
    attention_s: float = 0.0003
    """So long the relay stays awake for the next of messages that come in quick succession; 0 is never. A
    browser's answer takes 0.1 to 0.25 ms."""
