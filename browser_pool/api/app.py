"""The app: its routes, its errors, and what every request passes first."""

from __future__ import annotations

import logging
import math
import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from browser_pool.access import Access
from browser_pool.api import files, live, operations, sessions, web
from browser_pool.api.dependencies import Service
from browser_pool.errors import PoolError, Unprocessable
from browser_pool.node import Node
from browser_pool.problems import problem

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_CLIENT_CLOSED_REQUEST = 499


def make_app(node: Node, access: Access) -> FastAPI:
    """The HTTP API of *node*."""
    app = FastAPI(title="Roughcut browser pool", docs_url=None, redoc_url=None)
    app.state.service = Service(node, access)
    for part in (sessions, files, live, operations, web):
        app.include_router(part.router)
    app.add_exception_handler(PoolError, _pool_error)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _client_gone)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=node.settings.allowed_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=["etag", "location", "retry-after", "x-request-id"],
    )
    app.add_middleware(_FrontDoor, access=access)
    return app


class _FrontDoor:
    """Gives each request an id, and turns away foreign pages and host names."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        app = self._app
        try:
            self._access.check_origin(headers)
        except PoolError as exc:
            app = _answer(exc, request_id)
        await app(scope, receive, send_with_id)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


async def _pool_error(connection: HTTPConnection, exc: Exception) -> Response:
    return _answer(cast(PoolError, exc), connection.state.request_id, connection)


async def _bad_parameters(connection: HTTPConnection, exc: Exception) -> Response:
    faults = cast(RequestValidationError, exc).errors()
    told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
    return _answer(Unprocessable(told), connection.state.request_id, connection)


async def _http_error(connection: HTTPConnection, exc: Exception) -> Response:
    error = cast(HTTPException, exc)
    code = error.detail.lower().replace(" ", "_")
    told = PoolError(error.detail, status=error.status_code, code=code)
    return _answer(told, connection.state.request_id, connection, error.headers)


async def _client_gone(_: Request, exc: Exception) -> Response:
    log.debug("client went away", extra={"action": "client_gone"}, exc_info=exc)
    return Response(status_code=_CLIENT_CLOSED_REQUEST)


async def _bug(connection: HTTPConnection, exc: Exception) -> Response:
    del exc  # the server logs it
    return _answer(PoolError("The node failed."), connection.state.request_id, connection)


def _answer(
    error: PoolError,
    request_id: str,
    connection: HTTPConnection | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    session_id = connection.path_params.get("session_id") if connection else None
    told = dict(headers or {})
    if error.retry_after_s is not None:
        told["retry-after"] = str(math.ceil(error.retry_after_s))
    if error.status == HTTPStatus.UNAUTHORIZED:
        told["www-authenticate"] = "Bearer"
    if connection and connection.scope.get("method") == "PUT":
        told["connection"] = "close"  # what is left of the upload is not waited for
    body = problem(error, request_id, session_id)
    return JSONResponse(body.model_dump(mode="json", exclude_none=True), error.status, told)
