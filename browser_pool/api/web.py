"""The web page of a node: its sessions with live pictures. It asks nothing of any other machine."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from browser_pool.errors import NotFound

router = APIRouter(include_in_schema=False)

INDEX = "index.html"
LIVE = "live.html"
_FOLDER = Path(__file__).parent / "page"
_FILES = {path.name: path for path in _FOLDER.iterdir()}
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def page_file(name: str) -> Response:
    """A file of the page; raises `NotFound`."""
    if name not in _FILES:
        raise NotFound(f"There is no page {name!r}.")
    return FileResponse(_FILES[name], headers=_HEADERS)


@router.get("/")
async def index() -> Response:
    """The table of sessions."""
    return page_file(INDEX)


@router.get("/page/{name}")
async def part(name: str) -> Response:
    """A script or style sheet of the page."""
    return page_file(name)
