"""Our own recipes: a task in editing words, and a program that does it; each is run in the page by a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_RECIPE = re.compile(
    r"^# (?P<title>.+?)\n+(?P<words>.+?)\n+```ts assets=(?P<assets>\S*)\n(?P<program>.*?)```", re.DOTALL
)


@dataclass(frozen=True)
class Recipe:
    """`assets` maps the names that the program asks for to their kinds."""

    name: str
    title: str
    words: str
    assets: dict[str, str]
    program: str


def read_recipes(folder: Path) -> list[Recipe]:
    """Every recipe of `folder`, by name; raises `ValueError` for a file that is none."""
    return [_read(path) for path in sorted(folder.glob("*.md"))]


def _read(path: Path) -> Recipe:
    match = _RECIPE.match(path.read_text(encoding="utf-8"))
    if match is None:
        raise ValueError(f"Expected a title, a description and a program in {path.name}")
    return Recipe(path.stem, match["title"], match["words"], _assets(match["assets"]), match["program"])


def _assets(listed: str) -> dict[str, str]:
    pairs = (entry.rpartition(":") for entry in listed.split(",") if entry)
    return {name: kind for name, _, kind in pairs}
