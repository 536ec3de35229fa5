"""A conversation about one set of footage: each request goes on from the last composition."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from agent.composer import Greenlit
from agent.display import Listener, live_progress, print_error, print_result, shown
from agent.domain import JobEvent
from agent.errors import Cancelled, PageClosed, RoughcutError
from agent.order import EditOrder, export_settings, refuse_files, refuse_output
from agent.store.session_folder import SessionFolder
from agent.workflow import JobResult, carry_out, render_again
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
    export = export_settings(output)
    first = EditOrder("", output, export=export, force=force)
    refuse_files(first, files)
    refuse_output(first)
    folder = SessionFolder.create(services.settings.home)
    console.print(f"[dim]Session: {shown(folder.root)}[/]", highlight=False)
    watcher = _Watcher()
    async with open_workspace(services, folder, watcher) as workspace:
        with watcher.shown_on(console):
            await workspace.add_footage(files)
        console.print(HELP, highlight=False)
        conversation = _Conversation(workspace, first, console, watcher)
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

    def __init__(self, workspace: Workspace, order: EditOrder, console: Console, watcher: _Watcher) -> None:
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
                result = await self._attempt(carry_out(self._workspace, order))
                if result is not None and result.approved is not None:
                    self._approved.append(result.approved)

    async def _undo(self) -> None:
        if len(self._approved) < 2:
            self._console.print("There is no composition before this one.")
            return
        order = replace(self._order, request="/undo")
        if await self._attempt(render_again(self._workspace, self._approved[-2], order)):
            self._approved.pop()

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
