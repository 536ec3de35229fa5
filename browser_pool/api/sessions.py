"""`/v1/sessions`: create, list, look at, extend, reset, release; and the shim for Playwright."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.requests import HTTPConnection

from browser_pool.api.dependencies import (
    Caller,
    DrivenSession,
    Served,
    Service,
    read_body,
    while_connected,
)
from browser_pool.api.views import session_view
from browser_pool.lease import Lease
from browser_pool.lifecycle import Status
from browser_pool.schemas import ExtendRequest, SessionList, SessionRequest, SessionView
from browser_pool.targets import browser_gone, page_targets

router = APIRouter(prefix="/v1/sessions")

_METADATA = "metadata."
_PROTOCOL_VERSION = "1.3"


@router.post("", status_code=201)
async def create(
    request: Request,
    response: Response,
    served: Served,
    tenant: Caller,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> SessionView:
    """A session with a running browser; 202 if `async` was asked for and it is not there yet."""
    body = await read_body(request, SessionRequest)
    lease = await while_connected(request, served.node.create(body, tenant, idempotency_key))
    if body.run_async and not lease.decided.is_set():
        response.status_code = 202
    response.headers["location"] = f"/v1/sessions/{lease.id}"
    return _view(lease, served, request)


@router.get("")
async def sessions(
    request: Request, served: Served, tenant: Caller, status: Annotated[list[Status] | None, Query()] = None
) -> SessionList:
    """The caller's sessions of this node, newest first, ended ones of the last hour included."""
    wanted = {
        name.removeprefix(_METADATA): value
        for name, value in request.query_params.items()
        if name.startswith(_METADATA)
    }
    found = [
        lease
        for lease in served.node.sessions(tenant)
        if (not status or lease.status in status) and wanted.items() <= lease.request.metadata.items()
    ]
    return SessionList(sessions=[_view(lease, served, request) for lease in found])


@router.get("/{session_id}")
async def session(request: Request, served: Served, lease: DrivenSession) -> SessionView:
    """One session, also one that has ended."""
    return _view(lease, served, request)


@router.delete("/{session_id}", response_model=SessionView)
async def release(request: Request, served: Served, lease: DrivenSession) -> SessionView | Response:
    """End the session; 204 if it had ended already. Its browser is gone when this answers."""
    if lease.ended_at:
        return Response(status_code=204)
    await served.node.release(lease)
    return _view(lease, served, request)


@router.post("/{session_id}/extend")
async def extend(request: Request, served: Served, lease: DrivenSession) -> SessionView:
    """Move the end of the session's lifetime."""
    body = await read_body(request, ExtendRequest)
    served.node.extend(lease, body.timeout_s)
    return _view(lease, served, request)


@router.post("/{session_id}/reset")
async def reset(request: Request, served: Served, lease: DrivenSession) -> SessionView:
    """Replace the session's pages, hung ones included, by a fresh one."""
    await served.node.reset(lease)
    return _view(lease, served, request)


@router.get("/{session_id}/json/version")
@router.get("/{session_id}/json/version/", include_in_schema=False)
async def json_version(request: Request, served: Served, lease: DrivenSession) -> dict[str, str]:
    """What Playwright's `connect_over_cdp` asks for when it is given an http URL."""
    running = lease.usable()
    return {
        "Browser": running.browser.product,
        "Protocol-Version": _PROTOCOL_VERSION,
        "webSocketDebuggerUrl": _view(lease, served, request).cdp_url,
    }


@router.get("/{session_id}/json/list")
@router.get("/{session_id}/json/list/", include_in_schema=False)
@router.get("/{session_id}/json", include_in_schema=False)
async def json_list(request: Request, served: Served, lease: DrivenSession) -> list[dict[str, str]]:
    """The browser's pages; all are reached through the browser's own WebSocket."""
    with browser_gone():
        pages = await page_targets(lease.usable().browser.control)
    address = _view(lease, served, request).cdp_url
    return [
        {
            "id": page.target_id,
            "type": "page",
            "title": page.title,
            "url": page.url,
            "webSocketDebuggerUrl": address,
        }
        for page in pages
    ]


def _view(lease: Lease, served: Service, connection: HTTPConnection) -> SessionView:
    return session_view(lease, served.node, served.access, connection)
