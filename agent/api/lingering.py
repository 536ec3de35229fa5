"""Refusals that are faster than the request: a connection that is closed with bytes unread is reset, and the
answer may be lost with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

_LINGER_S = 3.0


def to_be_read(request: Request) -> AsyncIterator[bytes]:
    """The pieces of the body; until they are read, an answer lingers."""
    request.state.body_unread = True
    return _read(request)


async def _read(request: Request) -> AsyncIterator[bytes]:
    async for piece in request.stream():
        yield piece
    request.state.body_unread = False


def limited(receive: Receive, scope: Scope, limit_bytes: int) -> Receive:
    """*receive* that refuses a body of more bytes; what is left of it is for `Lingering` to throw away."""
    left_bytes = limit_bytes

    async def receive_some() -> Message:
        nonlocal left_bytes
        message = await receive()
        left_bytes -= len(message.get("body", b""))
        if left_bytes < 0 and not scope["state"].get("body_unread"):
            scope["state"]["body_unread"] = True
            raise HTTPException(413, f"A body may have {limit_bytes} bytes at most.")
        return message

    return receive_some


class Lingering(JSONResponse):
    """Answers at once, and for a moment takes and throws away what is still being sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer is whole for the client before it is over for the server."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})
