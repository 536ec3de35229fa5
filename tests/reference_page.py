"""What core makes when it is called directly, in a tab of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, Route

from agent.browser.connect import BrowserHandle
from agent.domain import Asset, AssetKind
from tests.bench.pages import built_reference

_ORIGIN = "https://reference.invalid"
_ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "credentialless"}
_MIME_TYPES = {AssetKind.VIDEO: "video/mp4", AssetKind.AUDIO: "audio/mpeg"}
_READ_OUTPUT = "async () => new Uint8Array(await (await reference.output()).arrayBuffer()).toBase64()"


@asynccontextmanager
async def reference_page(handle: BrowserHandle, assets: Sequence[Asset]) -> AsyncIterator[Page]:
    """A tab in which core has *assets* open."""
    folder = built_reference()

    async def serve(route: Route) -> None:
        path = route.request.url.removeprefix(_ORIGIN).split("?")[0].lstrip("/") or "index.html"
        await route.fulfill(path=folder / path, headers=_ISOLATED)

    page = await handle.page_target.context.new_page()
    try:
        await page.route(f"{_ORIGIN}/**", serve)
        await page.goto(f"{_ORIGIN}/")
        await page.wait_for_function("window.reference")
        await page.set_input_files("#operator-files", [asset.path for asset in assets])
        opened = [{"name": asset.name, "type": _MIME_TYPES[asset.kind]} for asset in assets]
        await page.evaluate(f"reference.open({json.dumps(opened)})")
        yield page
    finally:
        await page.close()


async def encode_with_core(page: Page, program: str, output: Path) -> None:
    """The file of core's own full encode of *program*, sound included."""
    config = {"video": {"fps": 30}, "audio": {"codec": "opus"}}
    await page.evaluate("request => reference.encode(request)", {"program": program, "config": config})
    output.write_bytes(base64.b64decode(await page.evaluate(_READ_OUTPUT)))
