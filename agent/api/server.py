"""Runs the app on a socket of its own, and sends its listeners away before it ends."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from agent.api.parts import Parts
from agent.errors import SetupMissing

_BACKLOG = 128
_KEEP_ALIVE_S = 75
_LAST_ANSWERS_S = 10
_LEAST_UNREAD_S = 60


class ApiServer(uvicorn.Server):
    """The HTTP server of the app; `should_exit` ends it gracefully. Signals are the command's business."""

    def __init__(self, app: FastAPI) -> None:
        parts = app.state.parts
        assert isinstance(parts, Parts)
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
        self._parts = parts

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves them alone."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; whoever follows a job is sent away first, to come back to the next server."""
        self._parts.stopping.set()
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
