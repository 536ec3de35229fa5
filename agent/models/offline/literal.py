"""Writes TypeScript literals and constructor calls."""

from __future__ import annotations

import json

_WIDEST_LINE = 110


def string(text: str) -> str:
    """A single-quoted TypeScript string."""
    escaped = (
        json.dumps(text, ensure_ascii=False)[1:-1]
        .replace('\\"', '"')
        .replace("'", "\\'")
        .replace("</", "<\\/")
    )
    return f"'{escaped}'"


def number(value: float) -> str:
    """A number without needless digits."""
    return f"{round(value, 3):g}" if abs(value) < 1e5 else str(round(value))


def props(**fields: str | None) -> str:
    """An object literal on one line; fields that are None are left out."""
    written = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return f"{{ {', '.join(written)} }}"


def call(constructor: str, *arguments: str, **fields: str | None) -> str:
    """`new constructor(arguments, { fields })`, one field a line where one line would be too long."""
    known = {name: value for name, value in fields.items() if value is not None}
    if not known:
        return f"new {constructor}({', '.join(arguments)})"
    line = f"new {constructor}({', '.join([*arguments, props(**known)])})"
    if len(line) <= _WIDEST_LINE:
        return line
    body = "".join(f"  {name}: {value},\n" for name, value in known.items())
    return f"new {constructor}({', '.join([*arguments, f'{{{chr(10)}{body}}}'])})"
