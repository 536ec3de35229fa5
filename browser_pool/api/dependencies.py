"""What the routes ask for: the node, who calls, and the session that the path names."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, HTTPConnection

from browser_pool.access import Access
from browser_pool.errors import TooLarge
from browser_pool.lease import Lease
from browser_pool.node import Node
from browser_pool.problems import invalid
from browser_pool.tenants import Tenant
from browser_pool.tokens import Scope

_MAX_BODY_BYTES = 64 << 10

_Body = TypeVar("_Body", bound=BaseModel)
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Service:
    """What the app serves; `app.state.service`."""

    node: Node
    access: Access


async def service(connection: HTTPConnection) -> Service:
    """The app's own."""
    found = connection.app.state.service
    assert isinstance(found, Service)
    return found


Served = Annotated[Service, Depends(service)]


async def caller(connection: HTTPConnection, served: Served) -> Tenant:
    """The owner of the request's API key."""
    return served.access.tenant(connection.headers)


async def administrator(connection: HTTPConnection, served: Served) -> Tenant:
    """The owner of the request's API key, who is an administrator."""
    return served.access.admin(connection.headers)


Caller = Annotated[Tenant, Depends(caller)]
Administrator = Annotated[Tenant, Depends(administrator)]


def _session_for(scope: Scope) -> object:
    async def session(session_id: str, connection: HTTPConnection, served: Served) -> Lease:
        return served.access.session(session_id, scope, connection.headers, connection.query_params)

    return Depends(session)


DrivenSession = Annotated[Lease, _session_for("cdp")]
"""The session of the path, for its owner's API key or its own token with the scope `cdp`."""
WatchedSession = Annotated[Lease, _session_for("view")]
"""Likewise with the scope `view`."""
FilesSession = Annotated[Lease, _session_for("files")]
"""Likewise with the scope `files`."""


async def read_body(request: Request, model: type[_Body]) -> _Body:
    """The JSON body as *model*; no body counts as an empty object.

    Raises `BadRequest`, `Unprocessable` or `TooLarge`.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _MAX_BODY_BYTES:
            raise TooLarge(f"A body may have {_MAX_BODY_BYTES} bytes at most.")
    try:
        return model.model_validate_json(bytes(body) or b"{}")
    except ValidationError as exc:
        raise invalid(exc) from exc


async def while_connected(request: Request, work: Coroutine[None, None, _Result]) -> _Result:
    """What *work* returns; it is cancelled, and `ClientDisconnect` raised, if the client goes meanwhile.

    The request's body has to be read before.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.wait({working, leaving})


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
