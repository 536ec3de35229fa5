"""Serves the built operator page to one tab over CDP, and refuses that tab everything else."""

from __future__ import annotations

import asyncio
import base64
import importlib.resources
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from agent.errors import BrowserError, SetupMissing
from browser_pool.chromium.cdp import CdpSession, Json

log = logging.getLogger(__name__)

ORIGIN = "https://roughcut.invalid"

BUILD_COMMAND = "cd operator_ui && npm ci && npm run build"

_LEAVE_TIMEOUT_S = 2.0

_PIECE_NUMBER = re.compile(r"[0-9]{1,9}")

ReadPiece = Callable[[int], Awaitable[bytes]]

_MIME_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ts": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        # Programs are compiled in the page; audio worklets and workers come from blobs.
        "script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob: data:",
        "font-src 'self' blob: data:",
        "connect-src 'self' blob: data:",
        "form-action 'none'",
        "base-uri 'none'",
        "webrtc 'block'",
        # No popups, no dialogs, no downloads.
        "sandbox allow-scripts allow-same-origin",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "credentialless",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
}
_WITHOUT_WEBRTC = """
for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) delete globalThis[name];
"""


@asynccontextmanager
async def serving(folder: Traversable, session: CdpSession) -> AsyncIterator[PageServer]:
    """Serve *folder* to the tab of *session*; afterwards the page is gone from the tab."""
    server = PageServer(folder, session)
    await server.start()
    try:
        yield server
    finally:
        with suppress(BrowserError):
            await session.call("Page.navigate", {"url": "about:blank"}, timeout_s=_LEAVE_TIMEOUT_S)
        await server.stop()


class PageServer:
    """Answers the requests of a tab and of its workers from a folder; nothing reaches a network.

    Once `locked`, the page can no longer be navigated, not even reloaded.
    """

    def __init__(self, folder: Traversable, session: CdpSession) -> None:
        self._folder = folder
        self._files: dict[str, Traversable] = {}
        self._session = session
        self._locked = False
        self._offers: dict[str, ReadPiece] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take over the requests of the tab, those of its workers among them.

        What is served is what is in the folder now: a path that names none of those files is never opened.
        """
        self._files = await asyncio.to_thread(lambda: dict(_files_in(self._folder)))
        self._session.on("Fetch.requestPaused", self._begin_answer)
        await self._session.call("Page.enable")
        await self._session.call("Page.addScriptToEvaluateOnNewDocument", {"source": _WITHOUT_WEBRTC})
        await self._session.call("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    @contextmanager
    def offering(self, path: str, read_piece: ReadPiece) -> Iterator[None]:
        """Answer requests for `<path>/<n>` with piece n meanwhile."""
        self._offers[path] = read_piece
        try:
            yield
        finally:
            del self._offers[path]

    def lock(self) -> None:
        """Refuse every further navigation of the tab."""
        self._locked = True

    async def stop(self) -> None:
        """End the answers that are still being given."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _begin_answer(self, event: Json) -> None:
        answer = asyncio.create_task(self._answer(event))
        self._running.add(answer)
        answer.add_done_callback(self._running.discard)

    async def _answer(self, event: Json) -> None:
        """Requests and workers end at any time; then there is nobody to answer."""
        try:
            await self._decide(event)
        except BrowserError as exc:
            log.debug("request not answered", extra={"action": "request_lost", "error": str(exc)})
        except Exception:  # whatever went wrong: a request without an answer keeps the page waiting
            log.exception("request failed", extra={"action": "request_failed"})
            with suppress(BrowserError):
                await self._refuse(event["requestId"], "Failed")

    async def _decide(self, event: Json) -> None:
        request_id, url = event["requestId"], event["request"]["url"]
        is_navigation = event.get("resourceType") == "Document"
        if not self._is_ours(event["request"]) or (is_navigation and self._locked):
            log.info("request refused", extra={"action": "request_refused", "url": url[:200]})
            # An aborted navigation leaves the page as it is; a blocked one would put an error page there.
            await self._refuse(request_id, "Aborted" if is_navigation else "BlockedByClient")
            return
        path = urlsplit(url).path
        response = await self._response("/index.html" if path == "/" else path)
        await self._session.call("Fetch.fulfillRequest", {"requestId": request_id, **response})

    async def _refuse(self, request_id: str, reason: str) -> None:
        await self._session.call("Fetch.failRequest", {"requestId": request_id, "errorReason": reason})

    def _is_ours(self, request: Json) -> bool:
        parts = urlsplit(request["url"])
        return f"{parts.scheme}://{parts.netloc}" == ORIGIN and request["method"] in ("GET", "HEAD")

    async def _response(self, path: str) -> Json:
        try:
            body = await self._body(path)
        except OSError:
            return _response(404, b"", "text/plain")
        return _response(200, body, _MIME_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream"))

    async def _body(self, path: str) -> bytes:
        folder, _, name = path.rpartition("/")
        if (read_piece := self._offers.get(folder)) and _PIECE_NUMBER.fullmatch(name):
            return await read_piece(int(name))
        # Compared as it is written: with anything encoded or climbing in it, it is no path of ours.
        file = self._files.get(path)
        if file is None:
            raise FileNotFoundError(path)
        return await asyncio.to_thread(file.read_bytes)


def built_page() -> Traversable:
    """The operator page inside the installed package. Raises `SetupMissing` if it was never built."""
    folder = importlib.resources.files("agent").joinpath("operator_page")
    if not folder.joinpath("index.html").is_file():
        raise SetupMissing("The operator page is not built.", hint=f"Run: {BUILD_COMMAND}")
    return folder


def _files_in(folder: Traversable, path: str = "") -> Iterator[tuple[str, Traversable]]:
    """Every file below *folder* by its path, such as `/assets/worker.js`."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files_in(entry, f"{path}/{entry.name}")
        else:
            yield f"{path}/{entry.name}", entry


def _response(status: int, body: bytes, mime_type: str) -> Json:
    headers = {**_HEADERS, "Content-Type": mime_type}
    return {
        "responseCode": status,
        "responseHeaders": [{"name": name, "value": value} for name, value in headers.items()],
        "body": base64.b64encode(body).decode("ascii"),
    }
