"""Runs the app on a socket of its own, and sends its listeners away before it ends."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from agent.api.service import Service
from agent.errors import SetupMissing

_BACKLOG = 128
_KEEP_ALIVE_S = 75
_LAST_ANSWERS_S = 10
_LEAST_UNREAD_S = 60


class ApiServer(uvicorn.Server):
    """The HTTP server of the app; `should_exit` or a signal ends it gracefully, a second signal at once."""

    def __init__(self, app: FastAPI) -> None:
        service = app.state.service
        assert isinstance(service, Service)
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_LAST_ANSWERS_S,
            )
        )
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; whoever follows a job is sent away first, to come back to the next server."""
        self._service.stopping.set()
        await super().shutdown(sockets)


def listening_socket(host: str, port: int, *, unread_s: float = _LEAST_UNREAD_S) -> socket.socket:
    """A socket that connections come in on, 0 meaning any port. Raises `SetupMissing` if it cannot be had.

    Where the system can do that, a connection whose client reads nothing for *unread_s* is broken off.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as exc:
        raise SetupMissing(
            f"Cannot listen on {host} port {port}: {exc.strerror or exc}.",
            hint="Choose another one with --port.",
        ) from exc
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * unread_s))
    return listening
