"""What the page's server answers: the files of its folder, pieces on offer, and 404 for every other path."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.browser.serve import ORIGIN, PageServer
from browser_pool.chromium.cdp import CALL_TIMEOUT_S, CdpSession, EventHandler, Json

BAD_PATHS = (
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/%252e%252e/secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets\\..\\..\\secret.txt",
    "/C:/secret.txt",
    "/C%3a/secret.txt",
    "/index.html::$DATA",
    "/index.html\0",
    "/index.html%00",
    "//index.html",
    "/./index.html",
    "/assets",
    "/assets/",
    "/CON",
    "/\ud800",
    "",
)
BAD_PIECES = ("-1", "1e3", "\u0661", "%31", "9" * 5000, "../0", "")


async def test_files_are_served_by_their_path(tmp_path: Path) -> None:
    """With their type; the folder itself is its index."""
    async with _serving(tmp_path) as (_, get):
        assert await get("/") == (200, b"<!doctype html>", "text/html; charset=utf-8")
        assert await get("/assets/a.js?version=1") == (200, b"a", "text/javascript; charset=utf-8")


@pytest.mark.parametrize("path", BAD_PATHS, ids=ascii)
async def test_any_other_path_is_not_found(tmp_path: Path, path: str) -> None:
    """However it is written, and on whatever system."""
    async with _serving(tmp_path) as (_, get):
        assert (await get(path))[0] == 404


@pytest.mark.parametrize("name", BAD_PIECES, ids=lambda name: name[:5])
async def test_a_piece_is_named_by_its_number(tmp_path: Path, name: str) -> None:
    """What is no number, or none that a file can have, is not found."""
    async with _serving(tmp_path) as (server, get):
        with server.offering("/uploads/1", _read_piece):
            assert await get("/uploads/1/12") == (200, b"piece 12", "application/octet-stream")
            assert (await get(f"/uploads/1/{name}"))[0] == 404


async def test_a_piece_that_cannot_be_read_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The page hears of it instead of waiting."""

    async def fail(index: int) -> bytes:
        raise RuntimeError("a callback failed")

    async with _serving(tmp_path) as (server, get):
        with server.offering("/uploads/1", fail):
            assert (await get("/uploads/1/0"))[0] == 0

    assert [vars(record)["action"] for record in caplog.records] == ["request_failed"]


async def _read_piece(index: int) -> bytes:
    return b"piece %d" % index


class _Tab(CdpSession):
    """The session of a tab that is not there: it makes requests and keeps their answers."""

    def __init__(self) -> None:
        self._handlers: dict[str, EventHandler] = {}
        self._answers: asyncio.Queue[Json] = asyncio.Queue()

    async def call(
        self, method: str, params: Json | None = None, *, timeout_s: float = CALL_TIMEOUT_S
    ) -> Json:
        if method in ("Fetch.fulfillRequest", "Fetch.failRequest"):
            self._answers.put_nowait(params or {})
        return {}

    def on(self, event: str, handler: EventHandler) -> None:
        self._handlers[event] = handler

    async def get(self, path: str) -> tuple[int, bytes, str]:
        """Status, body and type; status 0 where the request failed."""
        request = {"url": f"{ORIGIN}{path}", "method": "GET"}
        self._handlers["Fetch.requestPaused"]({"requestId": "1", "request": request})
        answer = await asyncio.wait_for(self._answers.get(), 60)
        headers = {header["name"]: header["value"] for header in answer.get("responseHeaders", ())}
        body = base64.b64decode(answer.get("body", ""))
        return answer.get("responseCode", 0), body, headers.get("Content-Type", "")


@asynccontextmanager
async def _serving(parent: Path) -> AsyncIterator[tuple[PageServer, Callable]]:
    """A server of a folder beside which there is a secret."""
    (parent / "secret.txt").write_text("secret")
    assets = parent / "page" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<!doctype html>")
    (assets / "a.js").write_text("a")
    tab = _Tab()
    server = PageServer(assets.parent, tab)
    await server.start()
    yield server, tab.get
    await server.stop()
