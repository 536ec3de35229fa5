"""A session as it happens: its picture, moving or still, and its events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, WebSocket, WebSocketDisconnect
from starlette.responses import Response, StreamingResponse

from browser_pool.api.dependencies import WatchedSession
from browser_pool.api.web import LIVE, page_file
from browser_pool.events import Event
from browser_pool.lease import Lease
from browser_pool.lifecycle import EndReason, closing

router = APIRouter(prefix="/v1/sessions/{session_id}")

_HEARTBEAT_S = 15.0


@router.get("/live")
async def live(lease: WatchedSession) -> Response:
    """A page that shows the session's picture as it changes."""
    lease.usable()
    return page_file(LIVE)


@router.websocket("/live/ws")
async def live_pictures(socket: WebSocket, lease: WatchedSession) -> None:
    """The pictures, each a JPEG in one message; who is slow misses some."""
    running = lease.usable()
    await socket.accept()
    listening = asyncio.create_task(_until_gone(socket))
    sending = asyncio.create_task(_send_pictures(socket, running.screencast.watch()))
    over = asyncio.create_task(lease.over.wait())
    try:
        await asyncio.wait({listening, sending, over}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (listening, sending, over):
            task.cancel()
        await asyncio.wait({listening, sending, over})
    told = closing(lease.end_reason or EndReason.CLIENT_CLOSED)
    with suppress(RuntimeError):  # the viewer was the one who left
        await socket.close(told.code, told.reason)


@router.get("/screenshot")
async def screenshot(
    lease: WatchedSession,
    image_format: Annotated[Literal["jpeg", "png", "webp"], Query(alias="format")] = "jpeg",
    quality: Annotated[int, Query(ge=1, le=100)] = 80,
    target_id: Annotated[str | None, Query(max_length=128)] = None,
) -> Response:
    """What one page shows now."""
    browser = lease.usable().browser
    picture = await browser.screenshot(target_id, image_format=image_format, quality=quality)
    return Response(picture, media_type=f"image/{image_format}", headers={"cache-control": "no-store"})


@router.get("/events")
async def events(lease: WatchedSession, last_event_id: Annotated[int, Header(ge=0)] = 0) -> StreamingResponse:
    """What happened and happens to the session, as server-sent events, until it has ended."""
    return StreamingResponse(
        _event_stream(lease, last_event_id),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _event_stream(lease: Lease, after: int) -> AsyncIterator[str]:
    async with aclosing(lease.events.follow(after)) as happening:
        upcoming: asyncio.Future[Event] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.ensure_future(anext(happening))
                await asyncio.wait({upcoming}, timeout=_HEARTBEAT_S)
                if not upcoming.done():
                    yield ": still here\n\n"
                    continue
                event, upcoming = upcoming.result(), None
                yield _told(event)
        except StopAsyncIteration:
            return
        finally:
            if upcoming:
                upcoming.cancel()
                await asyncio.wait({upcoming})


def _told(event: Event) -> str:
    data = json.dumps({"at": event.at.isoformat(), **event.data})
    return f"id: {event.number}\nevent: {event.name}\ndata: {data}\n\n"


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_bytes()


async def _send_pictures(socket: WebSocket, pictures: AsyncGenerator[bytes, None]) -> None:
    async with aclosing(pictures) as showing:
        async for picture in showing:
            await socket.send_bytes(picture)
