"""The pages of a session, as its node handles them: over the debugging pipe, whatever they are doing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Literal

import psutil

from browser_pool.chromium.cdp import Json
from browser_pool.chromium.errors import CdpClosed, CdpError, CdpTimeout
from browser_pool.chromium.pipe import PipeConnection
from browser_pool.confinement.processes import kill_all
from browser_pool.errors import NotFound
from browser_pool.targets import browser_gone, page_targets

ImageFormat = Literal["jpeg", "png", "webp"]

_CALL_TIMEOUT_S = 5.0
_CLOSE_TIMEOUT_S = 1.5
_POLL_S = 0.01


async def renew_pages(control: PipeConnection, renderers: Callable[[], list[psutil.Process]]) -> None:
    """One fresh about:blank, and every other page closed, with the processes of those that hang.

    Raises `BrowserGone` if the browser itself does not answer.
    """
    with browser_gone():
        old_pages = [page.target_id for page in await page_targets(control)]
        old_renderers = await asyncio.to_thread(renderers)
        fresh = await _blank(control)
        left = await close_pages(control, old_pages)
        kill_all(old_renderers)  # a stopped one outlives its page
        await close_pages(control, left)
        if not await _answers(control, fresh):  # it may have shared a process with an old one
            await close_pages(control, [fresh])
            await _require_answer(control, await _blank(control))


async def capture(
    control: PipeConnection, target_id: str | None, image_format: ImageFormat, quality: int
) -> bytes:
    """The picture of one page, encoded.

    Raises `NotFound` if there is no such page, `BrowserGone` if it does not answer.
    """
    options: Json = {"format": image_format, "optimizeForSpeed": True}
    if image_format != "png":
        options["quality"] = quality
    try:
        with browser_gone():
            async with control.attached(target_id or await _first(control)) as page:
                shot = await page.call("Page.captureScreenshot", options, timeout_s=_CALL_TIMEOUT_S)
    except CdpError as exc:
        raise NotFound(f"There is no such page: {exc}") from exc
    return base64.b64decode(shot["data"])


async def close_pages(control: PipeConnection, target_ids: Iterable[str]) -> set[str]:
    """Close the pages; those that have not gone in time come back."""
    for target_id in target_ids:
        with suppress(CdpError):  # it has just gone
            await control.call("Target.closeTarget", {"targetId": target_id}, timeout_s=_CALL_TIMEOUT_S)
    left = set(target_ids)
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):
            while True:
                left &= {page.target_id for page in await page_targets(control)}
                if not left:
                    break
                await asyncio.sleep(_POLL_S)
    return left


async def _first(control: PipeConnection) -> str:
    pages = await page_targets(control)
    if not pages:
        raise NotFound("The browser has no page.", hint="Open one over CDP, or reset the session.")
    return pages[0].target_id


async def _blank(control: PipeConnection) -> str:
    created = await control.call("Target.createTarget", {"url": "about:blank"}, timeout_s=_CALL_TIMEOUT_S)
    return str(created["targetId"])


async def _answers(control: PipeConnection, target_id: str) -> bool:
    try:
        await _require_answer(control, target_id)
    except (CdpError, CdpTimeout, CdpClosed):
        return False
    return True


async def _require_answer(control: PipeConnection, target_id: str) -> None:
    async with control.attached(target_id) as page:
        # A client that wants new pages to wait for it may itself hang.
        await page.call("Runtime.runIfWaitingForDebugger", timeout_s=_CALL_TIMEOUT_S)
        await page.call("Runtime.evaluate", {"expression": "1"}, timeout_s=_CALL_TIMEOUT_S)
