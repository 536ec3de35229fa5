"""Our own recipes: a task in editing words, and a program that does it; each is run in the page by a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from docs_index.errors import CorpusUnreadable

_RECIPE = re.compile(
    r"# (?P<title>[^\n]+)\n\n(?P<words>.+?)\n"
    r"(?:\n```ts assets=(?P<assets>\S*)\n(?P<program>.*?)```\n)?"
    r"(?:\n(?P<notes>(?!```).+))?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Recipe:
    """`assets` maps the names that the program asks for to their kinds.

    `program` is empty where core cannot do the task; then `notes` name what can.
    """

    name: str
    title: str
    words: str
    assets: dict[str, str]
    program: str
    notes: str


def read_recipes(folder: Path) -> list[Recipe]:
    """Every recipe of `folder`, by name; raises `CorpusUnreadable` for a file that is none."""
    return [_read(path) for path in sorted(folder.glob("*.md"))]


def read_assets(listed: str) -> dict[str, str]:
    """`clip.mp4:video,music.mp3:audio`, as it stands after a fence, as names and kinds."""
    pairs = (entry.rpartition(":") for entry in listed.split(",") if entry)
    return {name: kind for name, _, kind in pairs}


def _read(path: Path) -> Recipe:
    match = _RECIPE.fullmatch(path.read_text(encoding="utf-8"))
    if match is None or not (match["program"] or match["notes"]):
        raise CorpusUnreadable(
            f"Expected a title, a description, and a program or notes in {path.name}.",
            hint="docs_index/recipes/trim.md shows how a recipe is written.",
        )
    return Recipe(
        name=path.stem,
        title=match["title"],
        words=" ".join(match["words"].split()),
        assets=read_assets(match["assets"] or ""),
        program=match["program"] or "",
        notes=(match["notes"] or "").strip(),
    )
