"""Decides about requests for a browser's WebSocket, and tells the node who comes and goes."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from pydantic import ValidationError

from browser_pool.access import Access
from browser_pool.errors import Conflict, PoolError
from browser_pool.lease import Lease
from browser_pool.lifecycle import CloseCode, Closing, EndReason, closing
from browser_pool.node import Node
from browser_pool.problems import invalid, problem
from browser_pool.relay.policy import CdpPolicy
from browser_pool.relay.route import Link, Refusal, Route, Upgrade
from browser_pool.schemas import SessionRequest

log = logging.getLogger(__name__)

_ONE_SHOT = "/v1/connect"
_ENDS_WITH_ITS_SOCKET = {
    "disconnect_grace_s": 0.0,
    "keep_alive": False,
    "exclusive": True,
    "run_async": False,
}


class Upgrades:
    """Gives `Relay` a route to a session's browser, or says why not."""

    def __init__(self, node: Node, access: Access) -> None:
        self._node = node
        self._access = access

    async def resolve(self, upgrade: Upgrade) -> Route | Refusal:
        """The route of *upgrade*; a one-shot request waits here for its browser."""
        session_id = None
        try:
            self._access.check_origin(upgrade.headers)
            if upgrade.path.rstrip("/") == _ONE_SHOT:
                return self._route(await self._new_session(upgrade), one_shot=True)
            session_id = upgrade.path.split("/")[3]
            return self._route(self._session(session_id, upgrade), one_shot=False)
        except PoolError as exc:
            body = problem(exc, secrets.token_hex(8), session_id)
            return Refusal(exc.status, body.model_dump(mode="json", exclude_none=True))

    def _session(self, session_id: str, upgrade: Upgrade) -> Lease:
        lease = self._access.session(session_id, "cdp", upgrade.headers, upgrade.query)
        if lease.request.exclusive and len(lease.presence):
            raise Conflict("The session is exclusive, and a client is connected.", code="already_connected")
        return lease

    async def _new_session(self, upgrade: Upgrade) -> Lease:
        tenant = self._access.tenant(upgrade.headers, upgrade.query)
        fields = {name: value for name, value in upgrade.query.items() if name != "token"}
        try:
            request = SessionRequest.model_validate_strings(fields)
        except ValidationError as exc:
            raise invalid(exc) from exc
        return await self._node.create(request.model_copy(update=_ENDS_WITH_ITS_SOCKET), tenant)

    def _route(self, lease: Lease, *, one_shot: bool) -> Route:
        running = lease.usable()
        policy = lease.request.policy
        visit = _Visit(self._node, lease, one_shot)
        return Route(
            endpoint_ws=running.browser.endpoint,
            session_id=lease.id,
            policy=CdpPolicy(
                files=running.browser.files,
                downloads=running.browser.downloads,
                file_urls=policy.file_urls,
                private_network=policy.private_network,
                downloads_allowed=policy.downloads,
            ),
            on_open=visit.opened,
            on_close=visit.closed,
            on_browser_close=visit.browser_closed,
            browser_gone=visit.why,
        )


@dataclass
class _Visit:
    """One client's stay at a session."""

    node: Node
    lease: Lease
    one_shot: bool
    link: Link | None = None

    def opened(self, link: Link) -> None:
        if self.lease.request.exclusive and len(self.lease.presence):
            link.close(CloseCode.POLICY, "The session is exclusive, and another client came first.")
            return
        self.link = link
        self.lease.join(link)

    def closed(self, code: int, clean: bool) -> None:
        log.info(
            "client left",
            extra={"action": "client_left", "session_id": self.lease.id, "code": code, "clean": clean},
        )
        if self.link:
            self.node.leave(self.lease, self.link, clean=clean)
        elif self.one_shot:
            self.node.client_closed(self.lease)

    def browser_closed(self) -> None:
        self.node.client_closed(self.lease)

    async def why(self) -> Closing:
        await self.lease.over.wait()
        return closing(self.lease.end_reason or EndReason.BROWSER_CRASHED)
