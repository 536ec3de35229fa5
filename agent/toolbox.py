"""What `roughcut tools` says of every tool: what it takes, what it is for, whose it is, whether it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from smolagents import Tool

from agent.tools.docs_search import DocsSearch
from agent.tools.docs_symbol import DocsSymbol
from agent.tools.plugin import Plugins, ToolPlugin
from agent.tools.video_editor import VideoEditor
from agent.tools.visual_feedback import VisualFeedback

OURS = "roughcut"
_OF_THE_PAGE: tuple[type[Tool], ...] = (VideoEditor, VisualFeedback, DocsSearch, DocsSymbol)


@dataclass(frozen=True)
class ToolEntry:
    """A tool as people and programs read of it."""

    name: str
    arguments: str
    purpose: str
    package: str
    problem: str | None = None
    """Why it failed on dummies, empty if it did not; None: it was not tried."""


def tool_entries(plugins: Plugins, problems: Mapping[str, str] | None = None) -> tuple[ToolEntry, ...]:
    """Every tool that a model has; *problems* is what trying the plugins came to, by name."""
    tried = problems or {}
    entries = [
        ToolEntry(
            tool.name,
            _signature(tool),
            tool.purpose,
            plugins.packages.get(tool.name, OURS),
            tried.get(tool.name),
        )
        for tool in plugins.tools
    ]
    return (*(_of_the_page(tool) for tool in _OF_THE_PAGE), *entries)


def print_tools(console: Console, entries: tuple[ToolEntry, ...], left_out: tuple[str, ...]) -> None:
    """A table, and a line for each tool that could not be loaded."""
    tried = any(entry.problem is not None for entry in entries)
    table = Table()
    for heading in ("tool", "arguments", "what it is for", "package", *(("on dummies",) if tried else ())):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        row = (entry.name, entry.arguments, entry.purpose, entry.package)
        table.add_row(*map(escape, row), *((_mark(entry.problem),) if tried else ()))
    console.print(table)
    for problem in left_out:
        console.print(f"[yellow]Left out:[/] {escape(problem)}", highlight=False, soft_wrap=True)


def _of_the_page(tool: type[Tool]) -> ToolEntry:
    takes = ", ".join(tool.inputs)
    return ToolEntry(tool.name, takes, tool.description.partition(" Returns ")[0], OURS)


def _signature(tool: ToolPlugin[Any]) -> str:
    """As Python writes it."""
    return ", ".join(
        name if field.is_required() else f"{name}={field.get_default(call_default_factory=True)!r}"
        for name, field in tool.arguments.model_fields.items()
    )


def _mark(problem: str | None) -> str:
    if problem is None:
        return ""
    return f"[red]{escape(problem)}[/]" if problem else "[green]works[/]"
