"""The operator page and the reference page (core called directly), side by side in one browser."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent.browser.calls import PageCalls
from agent.browser.connect import BrowserHandle, BrowserOptions, open_browser
from agent.browser.file_input import FileInput
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.serve import ORIGIN, serving
from agent.domain import Verdict
from browser_pool.chromium.cdp import CdpSession
from tests.bench.job import AUDIO_BITRATE, FOOTAGE_NAME, FOOTAGE_TYPE, FRAME_RATE, PROGRAM, VIDEO_BITRATE
from tests.media import ROOT

BROWSER = BrowserOptions(allow_no_sandbox=True)

_PAGE_SOURCES = ROOT / "operator_ui"
_REFERENCE_FOLDER = ROOT / "build" / "reference_page"
_BUILD_TIMEOUT_S = 300
_CALL_TIMEOUT_S = 300.0
_CORE_CONFIG = {
    "format": "mp4",
    "video": {"codec": "avc", "bitrate": VIDEO_BITRATE, "fps": FRAME_RATE},
    "audio": {"enabled": True, "codec": "opus", "bitrate": AUDIO_BITRATE},
}
_WHEN_READY = """new Promise((resolve) => {
  const look = () => (window.reference ? resolve(window.reference) : setTimeout(look, 5));
  look();
})"""


class ReferencePage:
    """core's own encoder and bare decoding, of one file."""

    def __init__(self, session: CdpSession, calls: PageCalls) -> None:
        self._calls = calls
        self._input = FileInput(session)

    async def open(self, path: Path) -> None:
        """Take *path* as the footage."""
        async with self._input.chosen(path) as source:
            if source is None:
                raise RuntimeError(f"The browser's user may not read {path}")
            await self._ask("open", [{"name": FOOTAGE_NAME, "type": FOOTAGE_TYPE}])

    async def encode(self) -> float:
        """Seconds of core's full encode of the job, sound included, to the browser's disk."""
        return float((await self._ask("encode", {"program": PROGRAM, "config": _CORE_CONFIG}))["seconds"])

    async def decode(self) -> float:
        """Seconds to decode every frame and do nothing with it."""
        return float((await self._ask("decodeOnly", 0))["seconds"])

    # The reference page answers plain JSON objects; readers narrow them.
    async def _ask(self, method: str, request: object) -> Any:
        return await self._calls.call(method, request, timeout_s=_CALL_TIMEOUT_S)


@asynccontextmanager
async def both_pages(footage: Path) -> AsyncIterator[tuple[OperatorPage, ReferencePage]]:
    """The two pages with *footage* open in both."""
    async with (
        open_browser(BROWSER) as handle,
        open_operator_page(handle) as operator,
        _reference_page(handle) as reference,
    ):
        await reference.open(footage)
        yield operator, reference


async def greenlit(page: OperatorPage) -> str:
    """The fingerprint of the job's program, composed and allowed to be rendered."""
    composed = await page.compose(PROGRAM)
    if not composed.ok or page.fingerprint is None:
        raise RuntimeError(f"The job's program was refused: {composed}")
    page.gate.record(Verdict(page.fingerprint, green_light=True, judged_by="bench"))
    return page.fingerprint


@asynccontextmanager
async def _reference_page(handle: BrowserHandle) -> AsyncIterator[ReferencePage]:
    target = await handle.connection.call("Target.createTarget", {"url": "about:blank"})
    async with (
        handle.connection.attached(target["targetId"]) as session,
        serving(built_reference(), session),
    ):
        await session.call("Emulation.setFocusEmulationEnabled", {"enabled": True})
        await session.call("Page.navigate", {"url": f"{ORIGIN}/"})
        found = await session.call("Runtime.evaluate", {"expression": _WHEN_READY, "awaitPromise": True})
        yield ReferencePage(session, PageCalls(session, found["result"]["objectId"]))


def built_reference() -> Path:
    """The reference page's folder, built anew when its sources have changed."""
    index = _REFERENCE_FOLDER / "index.html"
    sources = [*(_PAGE_SOURCES / "reference").iterdir(), _PAGE_SOURCES / "package-lock.json"]
    newest_source_s = max(source.stat().st_mtime for source in sources)
    if not index.exists() or index.stat().st_mtime < newest_source_s:
        subprocess.run(
            ["npm", "run", "--silent", "build:reference", "--", "--logLevel", "warn"],
            cwd=_PAGE_SOURCES,
            check=True,
            timeout=_BUILD_TIMEOUT_S,
        )
    return _REFERENCE_FOLDER
