"""What `roughcut tools` says of every tool: what it takes, what it is for, whose it is, whether it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent.tools.base import Plugins, ToolPlugin

OURS = "roughcut"


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
    return tuple(
        ToolEntry(
            tool.name,
            _signature(tool),
            tool.purpose,
            plugins.packages.get(tool.name, OURS),
            tried.get(tool.name),
        )
        for tool in plugins.tools
    )


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
