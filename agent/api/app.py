"""The app: its routes, its errors, and what every request passes first."""

from __future__ import annotations

import logging
import math
import re
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.api import artifacts, assets, edit, events, index, operations, sessions
from agent.api import jobs as jobs_api
from agent.api.lingering import Lingering, limited
from agent.api.metrics import Metrics
from agent.api.parts import Parts
from agent.api.problems import MEDIA_TYPE, ApiError, Problem, bug, of_framework, problem_of, unprocessable
from agent.errors import RoughcutError
from agent.jobs import Jobs
from agent.settings import Settings
from agent.store.database import Database

log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{1,64}")
_CLIENT_CLOSED_REQUEST = 499
_MAX_JSON_BYTES = 256 << 10
_DESCRIPTION = """A prompt and footage go in, a finished and checked video comes out.

1. `POST /v1/sessions`, then `PUT` the footage into it.
2. `POST /v1/jobs` with what you want; follow it at `/v1/jobs/{id}/events`.
3. `GET` the video from `output_url`.
"""


def create_app(jobs: Jobs, database: Database, home: Path, settings: Settings) -> FastAPI:
    """The HTTP API of the jobs in *database*, whose files are under *home*."""
    app = FastAPI(
        title="Roughcut",
        version=version("roughcut"),
        description=_DESCRIPTION,
        # Their pages ask other machines for scripts.
        docs_url=None,
        redoc_url=None,
    )
    metrics = Metrics(settings.lease_s)
    app.state.parts = Parts(jobs, database, home, settings, metrics)
    for part in (sessions, assets, jobs_api, events, edit, artifacts, operations, index):
        app.include_router(part.router)
    app.add_exception_handler(RoughcutError, _refused)
    app.add_exception_handler(RequestValidationError, _bad_parameters)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _client_gone)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(_FrontDoor, metrics=metrics)
    return app


class _FrontDoor:
    """Gives each request an id, and counts it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        status = _CLIENT_CLOSED_REQUEST
        began_s = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        if scope["method"] != "PUT":
            receive = limited(receive, scope, _MAX_JSON_BYTES)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            self._count(scope, status, time.perf_counter() - began_s)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        # The path's pattern: a name for each job would be without end.
        path = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(scope["method"], path, status).inc()
        self._metrics.request_seconds.labels(scope["method"], path).observe(seconds)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


async def _refused(request: Request, exc: Exception) -> Response:
    error = cast(RoughcutError, exc)
    headers = dict(error.headers) if isinstance(error, ApiError) else {}
    problem = problem_of(error, request.state.request_id)
    _log(problem, request, error)
    return _answer(problem, request, headers)


async def _bad_parameters(request: Request, exc: Exception) -> Response:
    return await _refused(request, unprocessable(cast(RequestValidationError, exc)))


async def _http_error(request: Request, exc: Exception) -> Response:
    error = cast(HTTPException, exc)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = _methods(request)
    problem = of_framework(error, request.state.request_id)
    _log(problem, request, error)
    return _answer(problem, request, headers)


def _methods(request: Request) -> str:
    """What the path of the request is there for; the framework names only the first of its routes."""
    path = getattr(request.scope.get("route"), "path", "")
    known = cast(FastAPI, request.app).openapi()["paths"].get(path, {"get": None})
    return ", ".join(sorted(method.upper() for method in known))


async def _client_gone(_: Request, exc: Exception) -> Response:
    log.debug("client went away", extra={"action": "client_gone"}, exc_info=exc)
    return Response(status_code=_CLIENT_CLOSED_REQUEST)


async def _bug(request: Request, exc: Exception) -> Response:
    problem = bug(request.state.request_id)
    _log(problem, request, exc)
    return _answer(problem, request)


def _log(problem: Problem, request: Request, error: Exception) -> None:
    """What a caller did wrong is told with its data, and is no error of the service."""
    failed = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    log.log(
        logging.ERROR if failed else logging.INFO,
        "request failed" if failed else "request refused",
        extra={
            "action": "request_failed" if failed else "request_refused",
            "request_id": problem.request_id,
            "method": request.method,
            "path": request.url.path,
            "status": problem.status,
            "code": problem.code,
            "why": str(error) or repr(error),
        },
        exc_info=error if failed else None,
    )


def _answer(problem: Problem, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    told = dict(headers or {})
    if problem.retry_after_s is not None:
        told["retry-after"] = str(math.ceil(problem.retry_after_s))
    if problem.status == HTTPStatus.UNAUTHORIZED:
        told["www-authenticate"] = "Bearer"
    body = problem.model_dump(mode="json", exclude_none=True)
    if getattr(request.state, "body_unread", False):
        return Lingering(body, problem.status, {**told, "connection": "close"}, media_type=MEDIA_TYPE)
    return JSONResponse(body, problem.status, told, media_type=MEDIA_TYPE)
