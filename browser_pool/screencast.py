"""The picture of a session's page as it changes, for people who watch."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress

from browser_pool.chromium.cdp import Json
from browser_pool.chromium.errors import CdpClosed, CdpError, CdpTimeout
from browser_pool.chromium.pipe import PipeConnection
from browser_pool.targets import page_targets

log = logging.getLogger(__name__)

_OPTIONS: Json = {"format": "jpeg", "quality": 60, "maxWidth": 1280, "maxHeight": 800}
_CALL_TIMEOUT_S = 5.0
_LOOK_AGAIN_S = 0.5
_STILL_S = 2.0


class Screencast:
    """JPEG pictures of the browser's first page; it runs while somebody watches."""

    def __init__(self, control: PipeConnection) -> None:
        self._control = control
        self._picture: bytes | None = None
        self._changed = asyncio.Event()
        self._viewers = 0
        self._running: asyncio.Task[None] | None = None

    async def watch(self) -> AsyncGenerator[bytes, None]:
        """The last picture, then each newer one; a slow viewer misses some. Ends with the browser."""
        self._viewers += 1
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            while True:
                changed = self._changed
                if self._picture:
                    yield self._picture
                elif self._running is None or self._running.done():
                    return
                await changed.wait()
        finally:
            self._viewers -= 1
            if not self._viewers:
                self._stop()

    def _stop(self) -> None:
        if self._running:
            self._running.cancel()
        self._running = None
        self._picture = None

    async def _run(self) -> None:
        try:
            while True:
                if pages := await page_targets(self._control):
                    with suppress(CdpError, CdpTimeout, CdpClosed):  # the page went, or hangs
                        await self._follow(pages[0].target_id)
                self._show(None)
                await asyncio.sleep(_LOOK_AGAIN_S)
        except (CdpTimeout, CdpClosed):
            log.debug("screencast ended", extra={"action": "screencast_ended"})
        finally:
            self._show(None)

    async def _follow(self, target_id: str) -> None:
        """Show the page until it is gone."""
        frames: asyncio.Queue[Json] = asyncio.Queue()
        async with self._control.attached(target_id) as page:
            page.on("Page.screencastFrame", frames.put_nowait)
            await page.call("Page.startScreencast", _OPTIONS, timeout_s=_CALL_TIMEOUT_S)
            while True:
                try:
                    async with asyncio.timeout(_STILL_S):
                        frame = await frames.get()
                except TimeoutError:
                    # Nothing moves; or nothing is there any more, and then this fails.
                    await self._control.call(
                        "Target.getTargetInfo", {"targetId": target_id}, timeout_s=_CALL_TIMEOUT_S
                    )
                    continue
                self._show(base64.b64decode(frame["data"]))
                # Chromium sends the next one when it hears that this one is through.
                await page.call(
                    "Page.screencastFrameAck", {"sessionId": frame["sessionId"]}, timeout_s=_CALL_TIMEOUT_S
                )

    def _show(self, picture: bytes | None) -> None:
        self._picture = picture
        self._changed.set()
        self._changed = asyncio.Event()
