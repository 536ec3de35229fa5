"""A session with its operator page open: footage in the page, and a new page where one died."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from smolagents import Model

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.gate import RenderGate
from agent.browser.lasting_page import LastingPage
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.pool import PoolLease, lease_from
from agent.browser.protocol import Composed, LogEvent, ProgressEvent
from agent.composer import Limits
from agent.domain import Asset, AssetKind, EventKind, JobEvent, Judge, Stage
from agent.errors import MediaToolFailed, OutOfTime, PageClosed
from agent.evaluation.subject import Subject
from agent.evaluation.values import Evaluation
from agent.media.analysis.analyst import AnalysisProgress, Analyst, Footage
from agent.media.analysis.survey import survey
from agent.media.analysis.values import Analysis
from agent.media.dummy import make_stand_in
from agent.media.ingest import IngestProgress, Usable, examine, take_in
from agent.media.proxy import PageTakes
from agent.models.meter import Meter
from agent.settings import Settings
from agent.steps import Attempt
from agent.store.session_folder import SessionFolder
from agent.store.session_store import SessionStore
from agent.tools.base import Plugins
from agent.tracing import Span, span

log = logging.getLogger(__name__)

REHEARSED_BYTES = 16_000_000
"""Smaller footage is sent as fast as a stand-in for it is made."""

Notify = Callable[[JobEvent], None]


FindExample = Callable[[SessionStore, str], Awaitable[str]]
"""A program that came out well for a request like this one; empty where none is known."""
Evaluate = Callable[[Path, Subject, Path, Meter, Callable[[str, float], None]], Awaitable[Evaluation]]
"""Scores a file, as what it is meant to be; a judge's replies go to the record at the second path, and its
calls pass the meter.
"""


@dataclass(frozen=True)
class Services:
    """What a session works with, as `services.py` picks it; each job has a model and a judge of its own,
    because each keeps its own record of replies.
    """

    settings: Settings
    browser: BrowserOptions
    limits: Limits
    analyst: Analyst
    plugins: Plugins
    surveys: bool
    """Whether a model is told beforehand what is seen and heard in the footage."""
    refuse_beforehand: Callable[[str, Sequence[Usable]], None]
    """Raises `NotUnderstood` for a first request that is sure to be refused, before footage is taken in."""
    find_example: FindExample
    evaluate: Evaluate | None
    """Scores a finished file; None: nobody does."""
    model_name: str
    new_model: Callable[[Path], Model]
    new_judge: Callable[[Path, Meter], AbstractAsyncContextManager[Judge | None]]


@asynccontextmanager
async def open_workspace(
    services: Services, store: SessionStore, notify: Notify, attempt: Attempt | None = None
) -> AsyncIterator[Workspace]:
    """The session with a page for its footage, opened when it is needed; closed at the end in any case."""
    async with AsyncExitStack() as stack:
        workspace = Workspace(services, store, notify, attempt or Attempt())
        if services.browser.pool is not None:
            leasing = lease_from(services.browser.pool, workspace.tell)
            workspace.lease = await stack.enter_async_context(leasing)
        stack.push_async_callback(workspace.close)
        await workspace.reopen()
        yield workspace


class Workspace:
    """Use `open_workspace`. The gate outlives the page: a green light is for a fingerprint, not for a tab."""

    def __init__(self, services: Services, store: SessionStore, notify: Notify, attempt: Attempt) -> None:
        self.services = services
        self.store = store
        self.attempt = attempt
        self.gate = RenderGate()
        self.notify = notify
        self.lease: PoolLease | None = None
        self.page = LastingPage(self._open_page, self.gate, self._on_page_lost, self._on_sent)
        self._stage = Stage.OPEN

    @property
    def folder(self) -> SessionFolder:
        """The session's files, and its history as the rows have it."""
        return self.store.folder

    @property
    def assets(self) -> tuple[Asset, ...]:
        return self.folder.history.assets

    @property
    def analyst(self) -> Analyst:
        return self.services.analyst

    @property
    def current_stage(self) -> Stage:
        """What is done now."""
        return self._stage

    @property
    def scratch(self) -> Path:
        return self.folder.root

    @property
    def browser_is_here(self) -> bool:
        browser = self.services.browser
        return browser.cdp_url is None and browser.pool is None

    def take_up(self, store: SessionStore, attempt: Attempt, notify: Notify) -> None:
        """Makes another job the one that is worked on here, with the page as it is."""
        self.store, self.attempt, self.notify = store, attempt, notify

    def tell(self, message: str) -> None:
        """Says to who watches what is done now."""
        self.notify(JobEvent(self._stage, message))

    async def add_made(self, path: Path) -> Asset:
        """Takes a file that a tool made into the session, and opens it in the page; the same file once."""
        (made,) = await self.add_footage(await examine([path]))
        return made

    async def keep(self, name: str, content: bytes) -> Path:
        """Keeps what goes along with the video in the session's outputs; returns where."""
        return await asyncio.to_thread(self.folder.store_output, name, content)

    @asynccontextmanager
    async def stage(self, stage: Stage, message: str) -> AsyncIterator[Span]:
        """A stage of the job: told, traced, and ended with `OutOfTime` when it takes too long."""
        limit_s = self.services.settings.stage_timeout_s
        self.enter(stage, message)
        with span(stage, kind="stage") as traced:
            try:
                async with asyncio.timeout(limit_s) as limit:
                    yield traced
            except TimeoutError as exc:
                if not limit.expired():
                    raise
                raise OutOfTime(
                    f"The stage {stage} did not end within {limit_s:g} s.",
                    hint="Give it more with ROUGHCUT_STAGE_TIMEOUT_S, or ask for less at once.",
                ) from exc

    def enter(self, stage: Stage, message: str) -> None:
        """Tells who watches that a stage begins; the page's own progress counts towards it from now on."""
        self._stage = stage
        self.notify(JobEvent(stage, message, kind=EventKind.STAGE))

    async def add_footage(self, files: Sequence[Usable]) -> tuple[Asset, ...]:
        """Takes files into the session and opens them in the page; what the session has stays as it is.

        They are examined before, so that no browser is opened for a file that is of no use.
        """
        self.enter(Stage.INGEST, "reading the footage")
        page = await self.page.opened()
        codecs = page.description.codecs
        decodable = {*codecs.video_decode, *codecs.audio_decode}
        found = await take_in(
            files,
            self.folder.root,
            page=PageTakes(decodable, self.services.settings.footage_side_px),
            known=self.assets,
            on_progress=self._on_ingest_progress,
        )
        added = [asset for asset in found if asset not in self.assets]
        await asyncio.to_thread(self.store.save_assets, added)
        for asset in added:
            for note in asset.notes:
                self.tell(f"{asset.name}: {note}")
            await self.page.add_asset(asset, stand_in=await self._stand_in(asset, page))
        return found

    async def uploads(self) -> tuple[Path, ...]:
        """Files that came to the session by themselves and that no job has taken in yet."""
        return await asyncio.to_thread(self.store.uploads)

    async def survey(self, assets: Sequence[Asset]) -> dict[str, Analysis]:
        """What is seen and heard in footage, by the asset's name; a session looks at a content once."""
        found: dict[str, Analysis] = {}
        for asset in assets if self.services.surveys else ():
            if asset.media is None or asset.kind not in (AssetKind.VIDEO, AssetKind.AUDIO):
                continue
            known = self.folder.analysis(asset)
            found[asset.name] = known or await self._look_at(asset)
        return found

    async def recompose(self, program: str) -> str:
        """Composes a program that is known to be sound, and returns its fingerprint."""
        composed = await self.page.compose(program)
        assert isinstance(composed, Composed), "a stored composition composes again: it is no state"
        return composed.fingerprint

    async def reopen(self) -> None:
        """The next call opens a fresh browser and page, with the session's assets and nothing composed."""
        await self.page.renew(self.assets)

    async def close(self) -> None:
        await self.page.close()

    @asynccontextmanager
    async def _open_page(self) -> AsyncIterator[OperatorPage]:
        settings = self.services.settings
        # In the midst of another stage: a page is opened when it is first needed, and where one died.
        self.notify(
            JobEvent(Stage.OPEN, f"opening the operator page for session {self.folder.root.name[:8]}")
        )
        async with (
            open_browser(self.services.browser, lease=self.lease) as browser,
            open_operator_page(
                browser,
                gate=self.gate,
                on_event=self._on_page_event,
                compose_timeout_s=settings.compose_timeout_s,
                render_timeout_s=settings.render_timeout_s,
            ) as page,
        ):
            yield page

    def _on_page_lost(self, error: PageClosed) -> None:
        self.tell(f"going on in a new page: {error}")

    def _on_sent(self, name: str, done_bytes: int, size_bytes: int) -> None:
        self.notify(JobEvent(self._stage, f"sending {name}, MB", done_bytes // 10**6, size_bytes // 10**6))

    def _on_ingest_progress(self, progress: IngestProgress) -> None:
        percent = round(100 * progress.done)
        self.notify(JobEvent(Stage.INGEST, f"{progress.name}: {progress.stage}", percent, 100))

    async def _stand_in(self, asset: Asset, page: OperatorPage) -> Asset | None:
        """What a program is tried on before large footage goes to a browser on another machine."""
        large = asset.page_path.stat().st_size >= REHEARSED_BYTES
        if page.reads_our_files or not large or asset.kind not in (AssetKind.VIDEO, AssetKind.AUDIO):
            return None
        try:
            return await make_stand_in(asset, self.folder.root / "proxies")
        except MediaToolFailed as exc:
            log.warning("no stand-in", extra={"action": "stand_in_failed", "why": str(exc)})
            return None

    async def _look_at(self, asset: Asset) -> Analysis:
        self.enter(Stage.INGEST, f"{asset.name}: looking and listening")
        told = partial(self._on_analysis_progress, asset.name)
        analysis = await survey(Footage.of(asset), self.analyst, self.folder.chart_path(asset), told)
        self.folder.store_analysis(asset, analysis)
        return analysis

    def _on_analysis_progress(self, name: str, progress: AnalysisProgress) -> None:
        self.notify(JobEvent(Stage.INGEST, f"{name}: {progress.part}", round(100 * progress.done), 100))

    def _on_page_event(self, event: ProgressEvent | LogEvent) -> None:
        if isinstance(event, ProgressEvent):
            self.notify(JobEvent(self._stage, event.stage, round(event.done), round(event.total)))
        else:
            log.info("page said", extra={"action": "page_console", "said": event.text, "as": event.level})
