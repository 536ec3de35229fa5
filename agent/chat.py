"""A conversation about one set of footage: each request goes on from the last composition."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from agent.composer import Greenlit
from agent.display import Listener, live_progress, print_error, print_result, shown
from agent.domain import JobEvent
from agent.errors import Cancelled, PageClosed, RoughcutError
from agent.job_result import JobResult
from agent.jobs import NewJob
from agent.media.ingest import examine
from agent.order import EditOrder, export_settings, refuse_files, refuse_output
from agent.service import Service, open_service
from agent.steps import Attempt
from agent.store import jobs
from agent.store.session_store import SessionStore
from agent.workflow import render_again
from agent.workspace import Services, Workspace, open_workspace

HELP = """\
Say what to change. Each request goes on from the last composition.
  /undo    back to the composition before, and render it
  /sheet   where the approved frames are, as one picture
  /help    this
  /quit    end; the session stays on disk"""


async def converse(
    services: Services, files: Sequence[Path], output: Path, *, force: bool, console: Console
) -> None:
    """Takes requests from the terminal until `/quit` or the end of input."""
    first = EditOrder("", output, files=tuple(files), export=export_settings(output), force=force)
    refuse_files(first)
    refuse_output(first)
    watcher = _Watcher()
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service(services))
        store = await asyncio.to_thread(SessionStore.create, service.database, services.settings.home)
        console.print(f"[dim]Session: {shown(store.folder.root)}[/]", highlight=False)
        workspace = await stack.enter_async_context(open_workspace(services, store, watcher))
        with watcher.shown_on(console):
            await workspace.add_footage(await examine(files))
        console.print(HELP, highlight=False)
        service.runner.opened[store.session_id] = workspace
        conversation = _Conversation(service, workspace, replace(first, files=()), console, watcher)
        lines = _lines_from_terminal()
        while True:
            console.print("[bold]>[/] ", end="")
            if (line := await lines.get()) in (None, "/quit"):
                break
            await conversation.answer(line)


class _Watcher:
    """Hands the events of a session to the progress display of the request that is under way."""

    def __init__(self) -> None:
        self._listener: Listener | None = None

    def __call__(self, event: JobEvent, /) -> None:
        if self._listener is not None:
            self._listener(event)

    @contextmanager
    def shown_on(self, console: Console) -> Iterator[None]:
        with live_progress(console) as self._listener:
            yield
        self._listener = None


class _Conversation:
    """The answers to what is typed, and the approved compositions that `/undo` goes back through."""

    def __init__(
        self,
        service: Service,
        workspace: Workspace,
        order: EditOrder,
        console: Console,
        watcher: _Watcher,
    ) -> None:
        self._service = service
        self._workspace = workspace
        # Refused or allowed at the start; what is replaced from now on is the conversation's own file.
        self._order = replace(order, force=True)
        self._console = console
        self._watcher = watcher
        self._approved: list[Greenlit] = []
        self._sheet: Path | None = None

    async def answer(self, line: str) -> None:
        match line:
            case "":
                pass
            case "/help":
                self._console.print(HELP, highlight=False)
            case "/sheet":
                self._console.print(shown(self._sheet) if self._sheet else "No frames yet.", highlight=False)
            case "/undo":
                await self._undo()
            case command if command.startswith("/"):
                self._console.print(f"No command {escape(command)}; /help lists them.")
            case request:
                order = replace(self._order, request=request)
                result = await self._attempt(self._carried_out(order))
                if result is not None and result.approved is not None:
                    self._approved.append(result.approved)

    async def _undo(self) -> None:
        if len(self._approved) < 2:
            self._console.print("There is no composition before this one.")
            return
        order = replace(self._order, request="/undo")
        if await self._attempt(self._rendered_again(self._approved[-2], order)):
            self._approved.pop()

    async def _carried_out(self, order: EditOrder) -> JobResult:
        new = NewJob(order, session_id=self._workspace.store.session_id)
        return await self._service.carry_out(new, self._watcher)

    async def _rendered_again(self, approved: Greenlit, order: EditOrder) -> JobResult:
        """Not by way of the engine: no reply is paid for, and what is lost is a render."""
        job = await self._service.jobs.add(NewJob(order, session_id=self._workspace.store.session_id))
        claim = partial(jobs.claim, job_id=job.id, executor=self._service.engine.executor_id)
        fence = await self._service.database.run(claim)
        self._workspace.take_up(self._workspace.store.for_job(fence), Attempt(), self._watcher)
        return await render_again(self._workspace, approved, job, order)

    async def _attempt(self, work: Coroutine[object, object, JobResult]) -> JobResult | None:
        """The job's result, told; None after an error, which is told too: the conversation goes on."""
        try:
            with self._watcher.shown_on(self._console):
                result = await work
        except Cancelled:
            raise
        except RoughcutError as error:
            print_error(self._console, error)
            if isinstance(error, PageClosed):
                await self._workspace.reopen()
            return None
        print_result(self._console, result)
        self._sheet = result.contact_sheet
        return result


def _lines_from_terminal() -> asyncio.Queue[str | None]:
    """What is typed, a line at a time; None at the end of input.

    The reading thread is a daemon: a stopped command does not wait for a line that nobody will type.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="terminal").start()
    return lines
