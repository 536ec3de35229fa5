"""Cuts the agents' guide, `llm.txt`, into passages: a few rules or traps each, or one program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

RECIPES_HEADING = "Recipes"

_SECTION = re.compile(r"^## (?P<heading>.+)\n(?P<text>(?:(?!## ).*\n?)*)", re.MULTILINE)
_PROGRAM = re.compile(r"(?P<about>(?:^.+\n)+)\n```ts assets=\S*\n(?P<program>(?:.*\n)*?)```\n?", re.MULTILINE)
_ITEM = re.compile(r"^(?:- |\d+\. |\| )", re.MULTILINE)
_MOST_CHARACTERS = 700


@dataclass(frozen=True)
class Passage:
    """A few lines of the guide; a program with the sentences before it has it in `program`."""

    heading: str
    number: int
    text: str
    program: str


def passages(guide: str) -> list[Passage]:
    """The guide section by section, without its list of recipes."""
    found: list[Passage] = []
    for section in _SECTION.finditer(guide):
        if section["heading"] == RECIPES_HEADING:
            continue  # every one of them is a chunk of its own
        programs = list(_PROGRAM.finditer(section["text"]))
        texts = _grouped(_items(_PROGRAM.sub("", section["text"])))
        parts = [(match["about"].strip(), match["program"]) for match in programs]
        parts = [*parts, *((text, "") for text in texts)]
        found.extend(
            Passage(section["heading"], number, " ".join(text.split()) if program else text, program)
            for number, (text, program) in enumerate(parts, start=1)
        )
    return found


def _items(text: str) -> Iterator[str]:
    """Paragraphs, and the entries of lists and tables one by one."""
    for paragraph in re.split(r"\n{2,}", text.strip()):
        starts = [match.start() for match in _ITEM.finditer(paragraph)] or [0]
        yield from (
            paragraph[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True)
        )


def _grouped(items: Iterator[str]) -> Sequence[str]:
    groups: list[str] = []
    for item in items:
        if groups and len(groups[-1]) + len(item) <= _MOST_CHARACTERS:
            groups[-1] += f"\n{item}"
        elif item:
            groups.append(item)
    return groups
