"""A session with its operator page open: footage in the page, and a new page where one died."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from smolagents import Model

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.gate import RenderGate
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import Composed, LogEvent, ProgressEvent
from agent.composer import Limits
from agent.domain import Asset, JobEvent, Judge, Stage
from agent.media.ingest import IngestProgress, ingest
from agent.settings import Settings
from agent.store.session_folder import SessionFolder
from agent.tools.docs_search import Docs

log = logging.getLogger(__name__)

Notify = Callable[[JobEvent], None]


@dataclass(frozen=True)
class Services:
    """What a session works with, as `services.py` picks it; each job has a model and a judge of its own,
    because each keeps its own record of replies.
    """

    settings: Settings
    browser: BrowserOptions
    docs: Docs
    limits: Limits
    model_name: str
    new_model: Callable[[Path], Model]
    new_judge: Callable[[Path], AbstractAsyncContextManager[Judge | None]]


@asynccontextmanager
async def open_workspace(
    services: Services, folder: SessionFolder, notify: Notify
) -> AsyncIterator[Workspace]:
    """The session's page, with the footage the session already has; closed at the end, whatever happens."""
    workspace = Workspace(services, folder, notify)
    try:
        await workspace.reopen()
        yield workspace
    finally:
        await workspace.close()


class Workspace:
    """Use `open_workspace`. The gate outlives the page: a green light is for a fingerprint, not for a tab."""

    def __init__(self, services: Services, folder: SessionFolder, notify: Notify) -> None:
        self.services = services
        self.folder = folder
        self.gate = RenderGate()
        self.notify = notify
        self._stage = Stage.OPEN
        self._stack = AsyncExitStack()
        self._page: OperatorPage | None = None

    @property
    def page(self) -> OperatorPage:
        assert self._page is not None, "open_workspace opens the page"
        return self._page

    @property
    def assets(self) -> tuple[Asset, ...]:
        return self.folder.history.assets

    def enter(self, stage: Stage, message: str) -> None:
        """Tells who watches that a stage begins; the page's own progress counts towards it from now on."""
        self._stage = stage
        self.notify(JobEvent(stage, message))

    async def add_footage(self, files: Sequence[Path]) -> None:
        """Takes files into the session and opens them in the page."""
        self.enter(Stage.INGEST, "reading the footage")
        codecs = self.page.description.codecs
        added = await ingest(
            files,
            self.folder.root,
            decodable={*codecs.video_decode, *codecs.audio_decode},
            taken=[asset.name for asset in self.assets],
            on_progress=self._on_ingest_progress,
        )
        self.folder.save_assets((*self.assets, *added))
        await self._open_assets(added)

    async def recompose(self, program: str) -> str:
        """Composes a program that is known to be sound, and returns its fingerprint."""
        composed = await self.page.compose(program)
        assert isinstance(composed, Composed), "a stored composition composes again: it is no state"
        return composed.fingerprint

    async def reopen(self) -> None:
        """A fresh browser and page with the session's assets; nothing is composed in it yet."""
        await self.close()
        self.enter(Stage.OPEN, f"opening the operator page for session {self.folder.root.name[:8]}")
        stack = AsyncExitStack()
        async with stack:
            browser = await stack.enter_async_context(open_browser(self.services.browser))
            self._page = await stack.enter_async_context(
                open_operator_page(
                    browser,
                    gate=self.gate,
                    on_event=self._on_page_event,
                    compose_timeout_s=self.services.settings.compose_timeout_s,
                    render_timeout_s=self.services.settings.render_timeout_s,
                )
            )
            await self._open_assets(self.assets)
            self._stack = stack.pop_all()

    async def close(self) -> None:
        self._page = None
        await self._stack.aclose()

    async def _open_assets(self, assets: Sequence[Asset]) -> None:
        for asset in assets:
            await self.page.add_asset(asset)

    def _on_ingest_progress(self, progress: IngestProgress) -> None:
        percent = round(100 * progress.done)
        self.notify(JobEvent(Stage.INGEST, f"{progress.name}: {progress.stage}", percent, 100))

    def _on_page_event(self, event: ProgressEvent | LogEvent) -> None:
        if isinstance(event, ProgressEvent):
            self.notify(JobEvent(self._stage, event.stage, round(event.done), round(event.total)))
        else:
            log.info("page said", extra={"action": "page_console", "said": event.text, "as": event.level})
