"""A refused program in words: each fault with its line, and what core has of the names that were wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.browser.protocol import ConsoleLine, Diagnostic, Rejected
from agent.tools.docs_search import Docs
from docs_index.answer import describe_unknown
from docs_index.symbols import SymbolDoc, Unknown

_SHOWN_DIAGNOSTICS = 12
_SHOWN_CONSOLE_LINES = 20
_SHOWN_SYMBOLS = 3
_LONGEST_DOCS = 3000
_QUOTED = re.compile(r"'([^']+)'")
_CAPITALIZED = re.compile(r"\b[A-Z]\w+")
_MISSING_MEMBER = re.compile(r"'(\w+)' does not exist (?:on|in) type '(?:typeof import\(|(\w+))")
"""The member, and its owner; none where core itself was asked for a name that it does not export."""


def describe_rejection(rejected: Rejected, program: str) -> str:
    """Each diagnostic with the line it is about, beginning with FAILED."""
    lines = [f"FAILED: the program was not composed ({rejected.reason}); the previous composition stays."]
    for diagnostic in rejected.diagnostics[:_SHOWN_DIAGNOSTICS]:
        lines.extend(_diagnostic_lines(diagnostic, program.splitlines()))
    left_out = len(rejected.diagnostics) - _SHOWN_DIAGNOSTICS
    if left_out > 0:
        lines.append(f"… and {left_out} more.")
    return "\n".join([*lines, *console_lines(rejected.console)])


def console_lines(console: tuple[ConsoleLine, ...]) -> list[str]:
    """What the program printed, with a heading; nothing if it was silent."""
    if not console:
        return []
    return ["Console:", *(f"- {line.level}: {line.text}" for line in console[:_SHOWN_CONSOLE_LINES])]


def docs_for(diagnostics: Sequence[Diagnostic], program: str, docs: Docs) -> str:
    """What core has of the types that the type checker's messages name; empty if they name none.

    An option that does not exist brings those that do. The text is bounded, however many faults there are.
    """
    lines = program.splitlines()
    parts: dict[str, str] = {}
    for name in dict.fromkeys(_names(diagnostics[:_SHOWN_DIAGNOSTICS], lines)):
        found = docs.symbol(name)
        if isinstance(found, SymbolDoc) and found.name.lower() == name.lower():
            parts[name] = found.text
        elif isinstance(found, Unknown) and found.today:
            parts[name] = describe_unknown(found)
        if len(parts) == _SHOWN_SYMBOLS:
            break
    return _bounded("\n\n".join(parts.values()))


def _names(diagnostics: Sequence[Diagnostic], program: list[str]) -> Iterator[str]:
    """Names to look up: wrong members first, then types in the messages, then core's names in the lines."""
    checked = [diagnostic for diagnostic in diagnostics if diagnostic.code]
    for diagnostic in checked:
        for member, owner in _MISSING_MEMBER.findall(diagnostic.message):
            yield from (f"{owner}.{member}", owner) if owner else (member,)
    for diagnostic in checked:
        for quoted in _QUOTED.findall(diagnostic.message):
            yield from _CAPITALIZED.findall(quoted)
    for diagnostic in checked:
        if 1 <= diagnostic.line <= len(program):
            yield from re.findall(r"\bcore\.(\w+)", program[diagnostic.line - 1])


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST_DOCS:
        return text
    return f"{text[:_LONGEST_DOCS].rpartition(chr(10))[0]}\n…"


def _diagnostic_lines(diagnostic: Diagnostic, program: list[str]) -> list[str]:
    code = f"TS{diagnostic.code}" if diagnostic.code else "exception"
    suggestion = f" {diagnostic.suggestion}" if diagnostic.suggestion else ""
    lines = [f"line {diagnostic.line}:{diagnostic.column} {code}: {diagnostic.message}{suggestion}"]
    if 1 <= diagnostic.line <= len(program):
        lines.append(f"    {program[diagnostic.line - 1].strip()}")
    return lines
