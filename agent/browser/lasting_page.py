"""The operator page for as long as a session is open: where one dies, another takes its place."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from agent.browser import protocol
from agent.browser.gate import RenderGate
from agent.browser.page import OperatorPage
from agent.browser.transfer import OnBytes
from agent.domain import Asset, ExportSettings, FrameSample, Verdict
from agent.errors import PageClosed

log = logging.getLogger(__name__)

OpenPage = Callable[[], AbstractAsyncContextManager[OperatorPage]]
OnLost = Callable[[PageClosed], None]
OnSent = Callable[[str, int, int], None]
"""Called with an asset's name, the bytes of it that were sent so far, and the bytes in all."""

_T = TypeVar("_T")


class LastingPage:
    """As `OperatorPage`, but a call that finds the page dead is made once more in a new one.

    That one has the same assets and composition: a composition is a program, not a state. A page that dies a
    second time under the same call raises `PageClosed`.
    """

    def __init__(self, open_page: OpenPage, on_lost: OnLost, on_sent: OnSent) -> None:
        self._open_page = open_page
        self._on_lost = on_lost
        self._on_sent = on_sent
        self._assets: dict[str, Asset] = {}
        self._waiting: dict[str, Asset] = {}
        self._program: str | None = None
        self._stack = AsyncExitStack()
        self._page: OperatorPage | None = None

    @property
    def description(self) -> protocol.Description:
        """What the page that is open said of itself. Raises `PageClosed` if none is open."""
        return self._current.description

    @property
    def gate(self) -> RenderGate:
        """That of the page that is open. Raises `PageClosed` if none is."""
        return self._current.gate

    @property
    def reads_our_files(self) -> bool:
        """As `OperatorPage.reads_our_files`."""
        return self._current.reads_our_files

    async def add_asset(self, asset: Asset, *, stand_in: Asset | None = None) -> protocol.AssetInfo:
        """As `OperatorPage.add_asset`; every page after this one has the asset too.

        With a *stand_in* the page gets that one first, and the asset itself when a program has composed.
        """
        sent = stand_in or asset
        info = await self._lasting(lambda page: self._add(page, sent))
        self._assets[asset.name] = sent
        if stand_in:
            self._waiting[asset.name] = asset
        return info

    async def check(self, source: str) -> protocol.CheckResult:
        """As `OperatorPage.check`."""
        return await self._lasting(lambda page: page.check(source))

    async def compose(self, source: str) -> protocol.Composed | protocol.Rejected:
        """As `OperatorPage.compose`; a program that fails on stand-ins has no footage sent for it."""
        result = await self._lasting(lambda page: page.compose(source))
        if self._waiting and isinstance(result, protocol.Composed):
            await self._send_waiting()
            result = await self._lasting(lambda page: page.compose(source))
        if isinstance(result, protocol.Composed):
            self._program = source
        return result

    async def sample(
        self,
        *,
        fps: float = 1.0,
        times: Sequence[float] | None = None,
        width: int = 640,
        frame_rate: float = 30,
    ) -> tuple[FrameSample, ...]:
        """As `OperatorPage.sample`."""
        return await self._lasting(
            lambda page: page.sample(fps=fps, times=times, width=width, frame_rate=frame_rate)
        )

    async def render(
        self,
        fingerprint: str,
        settings: ExportSettings,
        output: Path,
        *,
        licence_key: str | None = None,
        on_bytes: OnBytes | None = None,
    ) -> protocol.RenderResult:
        """As `OperatorPage.render`."""
        return await self._lasting(
            lambda page: page.render(
                fingerprint, settings, output, licence_key=licence_key, on_bytes=on_bytes
            )
        )

    async def present(
        self, *, prompt: str | None = None, stage: str | None = None, verdict: Verdict | None = None
    ) -> None:
        """As `OperatorPage.present`."""
        await self._lasting(lambda page: page.present(prompt=prompt, stage=stage, verdict=verdict))

    async def renew(self, assets: Iterable[Asset]) -> None:
        """A page in a fresh browser, with these assets and nothing composed."""
        self._assets = {asset.name: asset for asset in assets}
        self._waiting.clear()
        self._program = None
        await self._open()

    async def close(self) -> None:
        """Close page and browser; the next call opens others."""
        self._page = None
        await self._stack.aclose()

    @property
    def _current(self) -> OperatorPage:
        if self._page is None:
            raise PageClosed("No operator page is open.")
        return self._page

    async def _lasting(self, step: Callable[[OperatorPage], Awaitable[_T]]) -> _T:
        try:
            return await step(self._current)
        except PageClosed as exc:
            log.warning("browser lost", extra={"action": "browser_lost", "why": str(exc)})
            self._on_lost(exc)
        await self._open()
        return await step(self._current)

    async def _open(self) -> None:
        await self.close()
        async with AsyncExitStack() as stack:
            page = await stack.enter_async_context(self._open_page())
            for asset in self._assets.values():
                await self._add(page, asset)
            if self._program is not None:
                await page.compose(self._program)
            self._page, self._stack = page, stack.pop_all()

    async def _send_waiting(self) -> None:
        """What is sent waits no more, also where a later one fails."""
        for name, asset in list(self._waiting.items()):
            await self.add_asset(asset)
            del self._waiting[name]

    async def _add(self, page: OperatorPage, asset: Asset) -> protocol.AssetInfo:
        return await page.add_asset(asset, on_bytes=partial(self._on_sent, asset.name))
