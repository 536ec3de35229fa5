"""Cuts TypeScript declarations into passages: one for each class, group of members, interface or type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOLD_OF = re.compile(
    r"/@diffusionstudio/core/(?:clips|layer|composition|masks|sources|types|font|renderer)/"
)
_UNTOLD = re.compile(r"/(?:renderer/renderer|utils|fixtures|constants|decoder|deserializer|index)\.d\.ts$")
_ALWAYS_TOLD = "/core/types/index.d.ts"
_DECLARATION = re.compile(
    r"^export (?:declare )?(?P<kind>class|interface|type|function|const) (?P<name>\w+)", re.MULTILINE
)
_MEMBERS_PER_PASSAGE = 8
_LONGEST_PASSAGE = 1600


@dataclass(frozen=True)
class Passage:
    """A piece of the declarations that stands for itself."""

    title: str
    text: str
    source: str


def passages(files: dict[str, str]) -> list[Passage]:
    """The passages of `files` (path to text) that a program can make use of."""
    found: list[Passage] = []
    for path, text in sorted(files.items()):
        told = _TOLD_OF.search(path) and not _UNTOLD.search(path)
        if told or path.endswith(_ALWAYS_TOLD):
            found.extend(_of_file(path.rpartition("/core/")[2], text))
    return found


def _of_file(source: str, text: str) -> Iterator[Passage]:
    for match in _DECLARATION.finditer(text):
        body = _declaration_at(text, match.start())
        comment = _comment_before(text, match.start())
        if match["kind"] == "class":
            yield from _of_class(match["name"], body, source)
        else:
            title = f"{match['kind']} {match['name']}"
            yield Passage(title, (comment + body)[:_LONGEST_PASSAGE], source)


def _declaration_at(text: str, start: int) -> str:
    """From `start` to the line that ends the declaration: the first unindented one that closes it."""
    lines: list[str] = []
    for line in text[start:].splitlines():
        lines.append(line)
        opened = sum(part.count("{") - part.count("}") for part in lines)
        if opened <= 0 and line.rstrip().endswith((";", "}")):
            break
    return "\n".join(lines)


def _comment_before(text: str, start: int) -> str:
    match = re.search(r"/\*\*(?:(?!\*/).)*\*/\s*$", text[:start], re.DOTALL)
    return match[0].strip() + "\n" if match else ""


def _of_class(name: str, body: str, source: str) -> Iterator[Passage]:
    header, _, inside = body.partition("{")
    members = _members(inside.rpartition("}")[0])
    heading = re.sub(r"export declare |\w+_base\b", "", header).strip().removesuffix("extends").strip()
    names = ", ".join(dict.fromkeys(_name_of(member) for member in members))
    yield Passage(f"class {name}", f"{heading}\nMembers: {names}", source)
    for first in range(0, len(members), _MEMBERS_PER_PASSAGE):
        group = members[first : first + _MEMBERS_PER_PASSAGE]
        shown = ", ".join(dict.fromkeys(_name_of(member) for member in group))
        yield Passage(f"{name}: {shown}", "\n".join(group)[:_LONGEST_PASSAGE], source)


def _members(inside: str) -> list[str]:
    """Public members with their comments, each as one text."""
    members: list[str] = []
    pending: list[str] = []
    for line in inside.splitlines():
        pending.append(line.rstrip())
        depth = sum(
            part.count("{") - part.count("}") for part in pending if not part.lstrip().startswith("*")
        )
        if depth <= 0 and line.rstrip().endswith(";"):
            member = "\n".join(pending).strip("\n")
            if not re.search(r"^\s*(?:private|protected) |^\s*_", _without_comment(member), re.MULTILINE):
                members.append(member)
            pending = []
    return members


def _without_comment(member: str) -> str:
    return re.sub(r"/\*\*.*?\*/", "", member, flags=re.DOTALL)


def _name_of(member: str) -> str:
    match = re.search(r"^\s*(?:readonly |static |get |set )*(\w+)", _without_comment(member), re.MULTILINE)
    return match[1] if match else "?"
