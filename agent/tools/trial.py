"""Trying tools out on dummies, in a folder that is thrown away: a broken set-up is found before a job."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.gate import RenderGate
from agent.browser.page import open_operator_page
from agent.critic.review import Critic
from agent.domain import Asset, AssetKind, Expectation, MediaInfo
from agent.errors import RoughcutError
from agent.media.analysis.analyst import Analyst
from agent.media.dummy import make_dummy
from agent.media.ingest import ingest
from agent.tools.base import ToolPlugin
from agent.tools.bridge import Bridge, ToolFailed
from agent.tools.context import Page, ToolContext

DECODABLE = frozenset({"avc", "vp8", "vp9", "av1", "aac", "opus", "mp3", "vorbis", "flac"})
"""What every browser that we work with decodes."""
_LENGTH_S = 2.0
_SOUND = MediaInfo("mp4", _LENGTH_S, audio_codec="aac", channels=2, sample_rate_hz=48_000)
_VIDEO = replace(_SOUND, width=640, height=360, frame_rate=30.0, video_codec="h264", pixel_format="yuv420p")


class FolderDesk:
    """A desk with its assets in a folder, and no page."""

    def __init__(self, folder: Path, analyst: Analyst) -> None:
        self.scratch = folder
        self.analyst = analyst
        self.assets: tuple[Asset, ...] = ()
        self.browser_is_here = True

    def tell(self, message: str) -> None:
        """Nobody watches."""

    async def add_made(self, path: Path) -> Asset:
        (made,) = await ingest([path], self.scratch, decodable=DECODABLE, known=self.assets)
        if made not in self.assets:
            self.assets = (*self.assets, made)
        return made

    async def keep(self, name: str, content: bytes) -> Path:
        path = self.scratch / name
        path.write_bytes(content)
        return path


async def try_tools(
    tools: Sequence[ToolPlugin[Any]], analyst: Analyst, browser: BrowserOptions
) -> dict[str, str]:
    """Why each tool failed on dummies of a video, a sound, a picture and captions; empty: it did not.

    They are in a real operator page; where none can be opened, the tools that need it fail with the reason.
    """
    with tempfile.TemporaryDirectory(prefix="roughcut-trial-") as folder:
        desk = FolderDesk(Path(folder), analyst)
        await _lay_out_dummies(desk)
        async with AsyncExitStack() as stack:
            page = await _page(stack, browser, desk.assets)
            return {tool.name: await _tried(tool, page, desk) for tool in tools}


async def _page(stack: AsyncExitStack, browser: BrowserOptions, assets: Sequence[Asset]) -> Page:
    try:
        handle = await stack.enter_async_context(open_browser(browser))
        page = await stack.enter_async_context(open_operator_page(handle))
        for asset in assets:
            await page.add_asset(asset)
    except RoughcutError as exc:
        return _NoPage(str(exc))
    return page


async def _lay_out_dummies(desk: FolderDesk) -> None:
    dummies = desk.scratch / "dummies"
    dummies.mkdir()
    for name, kind, media in (
        ("video.mp4", AssetKind.VIDEO, _VIDEO),
        ("sound.m4a", AssetKind.AUDIO, _SOUND),
        ("picture.png", AssetKind.IMAGE, None),
        ("captions.json", AssetKind.CAPTIONS, None),
    ):
        model = Asset(name, kind, Path(name), Path(name), "", "", 0, media)
        await desk.add_made(await make_dummy(model, dummies, length_s=_LENGTH_S))


async def _tried(tool: ToolPlugin[Any], page: Page, desk: FolderDesk) -> str:
    bridge = Bridge(asyncio.get_running_loop())
    context = ToolContext(page, Critic(), bridge, "A trial", Expectation(), rounds_allowed=1, desk=desk)
    try:
        async with asyncio.timeout(tool.limit_s(context)):
            await tool.try_out(context)
    except TimeoutError:
        return f"It took over {tool.limit_s(context):g} s."
    except Exception as exc:  # noqa: BLE001  whatever a foreign tool raises, the others are tried
        return f"{type(exc).__name__}: {exc}"
    return ""


class _NoPage:
    """In the place of a page that could not be opened."""

    def __init__(self, why: str) -> None:
        self.gate = RenderGate()
        self._why = why

    async def check(self, source: str) -> NoReturn:
        raise ToolFailed(f"FAILED: there is no page: {self._why}")

    compose = check

    async def sample(self, **_: object) -> NoReturn:
        raise ToolFailed(f"FAILED: there is no page: {self._why}")
