"""A client between its request for a WebSocket and the answer."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from uvicorn.server import ServerState

from browser_pool.errors import BrowserGone, NoSlot, PoolError, QueueTimedOut
from browser_pool.relay.dial import BrowserUnreachable, dial
from browser_pool.relay.handshake import Handshake, refusal_of, refused
from browser_pool.relay.route import Refusal, Route, Upgrade
from browser_pool.relay.splice import Splice

if TYPE_CHECKING:
    from browser_pool.relay.upgrade import Relay

log = logging.getLogger(__name__)

_EARLY_BYTES = 256 << 10
_GONE = 1006
_INTERNAL_ERROR = 1011


class Entry(asyncio.Protocol):
    """Waits for the node's decision with what the client has sent already."""

    def __init__(
        self,
        relay: Relay,
        server: ServerState,
        transport: asyncio.Transport,
        upgrade: Upgrade,
        handshake: Handshake,
        early: bytes,
    ) -> None:
        self._relay = relay
        self._transport = transport
        self._upgrade = upgrade
        self._handshake = handshake
        self._early = early
        # uvicorn's sets are typed with its own protocols; of ours it calls `shutdown`, too.
        self._connections = cast(set[Any], server.connections)
        self._tasks = server.tasks
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take over, and ask the node."""
        self._transport.set_protocol(self)
        self._connections.add(self)
        self._task = asyncio.get_running_loop().create_task(self._admit())
        self._tasks.add(self._task)
        self._task.add_done_callback(self._tasks.discard)

    def data_received(self, data: bytes) -> None:
        """Frames that come with the handshake, or right behind it, are the first that the browser gets."""
        self._early += data
        if len(self._early) > _EARLY_BYTES:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def shutdown(self) -> None:
        """Called by uvicorn when the server stops."""
        if self._task is not None:
            self._task.cancel()
        self._refuse(refusal_of(NoSlot("The node is stopping.", code="draining", retry_after_s=1)))

    async def _admit(self) -> None:
        answer = self._handshake.refusal() or await self._resolved()
        if isinstance(answer, Refusal):
            self._refuse(answer)
        else:
            await self._join(answer)

    async def _resolved(self) -> Route | Refusal:
        try:
            async with asyncio.timeout(self._relay.limits.resolve_timeout_s):
                return await self._relay.resolve(self._upgrade)
        except TimeoutError:
            return refusal_of(QueueTimedOut("No browser was found in time."))
        except Exception:
            log.exception("admission failed", extra={"action": "relay_admission_failed"})
            return refusal_of(PoolError("The node failed to find a browser."))

    async def _join(self, route: Route) -> None:
        try:
            browser, line = await dial(route.endpoint_ws, self._relay.limits.dial_timeout_s)
        except BrowserUnreachable as exc:
            route.on_close(_INTERNAL_ERROR, False)
            log.warning("%s", exc, extra={"action": "relay_dial_failed", "session_id": route.session_id})
            # Not in the log's words, which have the browser's port.
            self._refuse(refusal_of(BrowserGone("The session's browser does not answer."), route.session_id))
            return
        except asyncio.CancelledError:
            route.on_close(_GONE, False)
            raise
        self._connections.discard(self)
        self._transport.write(self._handshake.accepted())
        splice = Splice(self._transport, browser, route, self._relay.limits, self._relay.attention)
        self._enlist(splice)
        splice.begin(line, self._early)
        self._transport.resume_reading()

    def _enlist(self, splice: Splice) -> None:
        about = {"session_id": splice.session_id, "client": self._upgrade.client}

        def closed(_: asyncio.Future[None]) -> None:
            self._connections.discard(splice)
            self._relay.links.discard(splice)
            counts = {"rx_bytes": splice.rx_bytes, "tx_bytes": splice.tx_bytes}
            log.info("client disconnected", extra={"action": "link_closed", **about, **counts})

        log.info("client connected", extra={"action": "link_opened", **about})
        self._connections.add(splice)
        self._relay.links.add(splice)
        splice.closed.add_done_callback(closed)

    def _refuse(self, refusal: Refusal) -> None:
        self._connections.discard(self)
        if not self._transport.is_closing():
            self._transport.write(refused(refusal))
            self._transport.close()
