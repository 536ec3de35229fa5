"""What a real WebGL2 context of a session says, and what its WebCodecs encode: never a guess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from browser_pool.chromium.cdp import CdpSession, Json
from browser_pool.chromium.errors import ChromiumError
from browser_pool.chromium.gpu import WEBGL2_RENDERER, is_hardware
from browser_pool.chromium.pipe import PipeConnection
from browser_pool.pages import close_pages

GpuWish = Literal["auto", "require", "off"]

# WebCodecs and WebGPU want a secure page; this one is answered by us and reaches no network.
_ADDRESS = "https://probe.invalid/"
_ADAPTER_LIMIT_MS = 2000
_PROBE = f"""(async () => {{
  const renderer = {WEBGL2_RENDERER};
  const size = {{ width: 1280, height: 720, framerate: 30, bitrate: 2e6 }};
  const sound = {{ sampleRate: 48000, numberOfChannels: 2, bitrate: 128e3 }};
  const codecs = [
    ['avc', VideoEncoder, {{ codec: 'avc1.640028', ...size }}],
    ['hevc', VideoEncoder, {{ codec: 'hvc1.1.6.L93.B0', ...size }}],
    ['vp8', VideoEncoder, {{ codec: 'vp8', ...size }}],
    ['vp9', VideoEncoder, {{ codec: 'vp09.00.31.08', ...size }}],
    ['av1', VideoEncoder, {{ codec: 'av01.0.05M.08', ...size }}],
    ['aac', AudioEncoder, {{ codec: 'mp4a.40.2', ...sound }}],
    ['opus', AudioEncoder, {{ codec: 'opus', ...sound }}],
  ];
  const encodes = async ([name, encoder, config]) =>
    (await encoder.isConfigSupported(config).catch(() => ({{}}))).supported ? [name] : [];
  const late = new Promise((resolve) => setTimeout(resolve, {_ADAPTER_LIMIT_MS}, null));
  const adapter = await Promise.race([navigator.gpu?.requestAdapter() ?? null, late]).catch(() => null);
  return {{ renderer, webgpu: adapter !== null, encoders: (await Promise.all(codecs.map(encodes))).flat() }};
}})()"""


@dataclass(frozen=True)
class GpuReport:
    """The graphics of one running browser."""

    requested: GpuWish
    hardware: bool
    renderer: str
    """As WebGL2 names it; empty without WebGL2."""
    webgl2: bool
    webgpu: bool
    encoders: tuple[str, ...]
    """Codecs that WebCodecs encodes, such as `avc`, `vp9`, `opus`."""


@asynccontextmanager
async def probe_page(control: PipeConnection) -> AsyncIterator[CdpSession]:
    """A secure page of its own, which is closed on the way out."""
    target_id = (await control.call("Target.createTarget", {"url": "about:blank"}))["targetId"]
    try:
        async with control.attached(target_id) as page:
            await _open(page)
            yield page
    finally:
        await close_pages(control, [target_id])


async def probe_gpu(page: CdpSession, requested: GpuWish) -> GpuReport:
    """What the graphics of the browser that *page* is in are able to do. Raises `ChromiumError`."""
    answer = await page.call(
        "Runtime.evaluate", {"expression": _PROBE, "awaitPromise": True, "returnByValue": True}
    )
    found = answer["result"].get("value") or {"renderer": "", "webgpu": False, "encoders": []}
    renderer = str(found["renderer"])
    return GpuReport(
        requested=requested,
        hardware=is_hardware(renderer),
        renderer=renderer,
        webgl2=bool(renderer),
        webgpu=bool(found["webgpu"]),
        encoders=tuple(found["encoders"]),
    )


async def _open(page: CdpSession) -> None:
    answers: list[asyncio.Task[None]] = []

    async def fulfil(request_id: str) -> None:
        with suppress(ChromiumError):  # what fails here fails the page's next call
            await page.call("Fetch.fulfillRequest", {"requestId": request_id, "responseCode": 200})

    def answer(event: Json) -> None:
        answers.append(asyncio.create_task(fulfil(event["requestId"])))

    page.on("Fetch.requestPaused", answer)
    await page.call("Fetch.enable")
    try:
        await page.call("Page.navigate", {"url": _ADDRESS})
    finally:
        await asyncio.gather(*answers)
