"""The operator page for as long as a session is open: opened when first used, and again where it dies."""

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

    def __init__(self, open_page: OpenPage, gate: RenderGate, on_lost: OnLost, on_sent: OnSent) -> None:
        self.gate = gate
        """That of every page in turn."""
        self._open_page = open_page
        self._on_lost = on_lost
        self._on_sent = on_sent
        self._assets: dict[str, Asset] = {}
        self._waiting: dict[str, Asset] = {}
        self._program: str | None = None
        self._resumed: str | None = None
        """A program that counts as composed, and that the page does not know yet."""
        self._stack = AsyncExitStack()
        self._page: OperatorPage | None = None

    async def opened(self) -> OperatorPage:
        """The page that is open, or now is."""
        if self._page is None:
            await self._open()
        assert self._page is not None, "it was opened"
        if self._resumed is not None:
            await self._page.compose(self._resumed)
            self._resumed = None
        return self._page

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
        """As `OperatorPage.present`; nothing where no page is open, for then nobody sees one."""
        if self._page is not None:
            await self._lasting(lambda page: page.present(prompt=prompt, stage=stage, verdict=verdict))

    async def renew(self, assets: Iterable[Asset]) -> None:
        """The next call opens a page in a fresh browser, with these assets and nothing composed."""
        await self.close()
        self._assets = {asset.name: asset for asset in assets}
        self._waiting.clear()
        self._program = self._resumed = None

    def resume_with(self, source: str) -> None:
        """Takes a program that composed before as the composition; the next call composes it first."""
        self._program = self._resumed = source

    async def close(self) -> None:
        """Close page and browser; the next call opens others."""
        self._page = None
        await self._stack.aclose()

    async def _lasting(self, step: Callable[[OperatorPage], Awaitable[_T]]) -> _T:
        try:
            return await step(await self.opened())
        except PageClosed as exc:
            log.warning("browser lost", extra={"action": "browser_lost", "why": str(exc)})
            self._on_lost(exc)
        await self.close()
        return await step(await self.opened())

    async def _open(self) -> None:
        async with AsyncExitStack() as stack:
            page = await stack.enter_async_context(self._open_page())
            for asset in self._assets.values():
                await self._add(page, asset)
            if self._program is not None:
                await page.compose(self._program)
            self._page, self._stack, self._resumed = page, stack.pop_all(), None

    async def _send_waiting(self) -> None:
        """What is sent waits no more, also where a later one fails."""
        for name, asset in list(self._waiting.items()):
            await self.add_asset(asset)
            del self._waiting[name]

    async def _add(self, page: OperatorPage, asset: Asset) -> protocol.AssetInfo:
        return await page.add_asset(asset, on_bytes=partial(self._on_sent, asset.name))
