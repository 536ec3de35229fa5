"""Cuts core's declarations into chunks: class overviews, groups of members, option interfaces, types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docs_index.api import Family
from docs_index.corpus import Chunk, ChunkKind, Declaration, Member
from docs_index.internals import is_hook, is_internal

_MOST = {"properties": 8, "methods": 3, "options": 14}
_MOST_CHARACTERS = 700
"""About what fits the 256 word pieces that the embedding model reads."""


def api_chunks(family: Family) -> Iterator[Chunk]:
    """Chunks of all that a program can make use of."""
    for declaration in family.declarations:
        if not is_internal(declaration):
            yield from _chunks_of(declaration, family)


def _chunks_of(declaration: Declaration, family: Family) -> Iterator[Chunk]:
    if declaration.kind in ("class", "mixin"):
        yield _overview(declaration, family)
        yield from _groups(declaration, "properties", family)
        yield from _groups(declaration, "methods", family)
    elif declaration.members:
        yield from _groups(declaration, "options", family)
    else:
        yield _single(declaration)


def _overview(declaration: Declaration, family: Family) -> Chunk:
    members = _told(declaration, family)
    named = [member for member in members if member.kind != "constructor"]
    constructors = [member.text for member in members if member.kind == "constructor"]
    return Chunk(
        id=declaration.source,
        kind="class",
        title=declaration.heading,
        summary=_sentences(declaration.comment, _inherited_by(declaration, family)),
        members=(*constructors, *([f"members: {_names(named)}"] if named else [])),
        symbols=(declaration.name, *_known_as(declaration, members, family)),
        source=declaration.source,
        importable=declaration.importable,
    )


def _groups(declaration: Declaration, kind: ChunkKind, family: Family) -> Iterator[Chunk]:
    groups = _grouped(_members_for(declaration, kind, family), _MOST[kind])
    is_options = kind == "options"
    for number, group in enumerate(groups, start=1):
        owner = declaration.heading if is_options else declaration.name
        is_whole = is_options and len(groups) == 1
        symbols = _known_as(declaration, group, family)
        yield Chunk(
            id=f"{declaration.source}.{kind}.{number}",
            kind=kind,
            title=owner if is_whole else f"{owner}: {_names(group)}",
            summary=declaration.comment if is_options else _inherited_by(declaration, family),
            members=tuple(member.text for member in group),
            symbols=(declaration.name, *symbols) if is_options else symbols,
            source=declaration.source,
            importable=declaration.importable,
        )


def _single(declaration: Declaration) -> Chunk:
    return Chunk(
        id=declaration.source,
        kind="function" if declaration.kind == "function" else "type",
        title=f"{declaration.kind} {declaration.name}",
        summary=declaration.comment,
        members=(declaration.heading,),
        symbols=(declaration.name,),
        source=declaration.source,
        importable=declaration.importable,
    )


def _members_for(declaration: Declaration, kind: ChunkKind, family: Family) -> list[Member]:
    if kind == "options":
        return list(declaration.members)
    wanted = "property" if kind == "properties" else "method"
    return [member for member in _told(declaration, family) if member.kind == wanted]


def _told(declaration: Declaration, family: Family) -> list[Member]:
    """The members without hooks, and without those that repeat what is inherited and say nothing of it."""
    inherited = {
        (member.name, member.signature)
        for base in family.ancestors(declaration)
        for member in base.members
        if member.kind != "constructor"
    }
    return [
        member
        for member in declaration.members
        if not is_hook(member) and (member.comment or (member.name, member.signature) not in inherited)
    ]


def _grouped(members: Sequence[Member], most: int) -> list[list[Member]]:
    groups: list[list[Member]] = []
    for member in members:
        if groups and len(groups[-1]) < most and _length([*groups[-1], member]) <= _MOST_CHARACTERS:
            groups[-1].append(member)
        else:
            groups.append([member])
    return groups


def _length(members: Sequence[Member]) -> int:
    return sum(len(member.text) for member in members)


def _known_as(declaration: Declaration, members: Sequence[Member], family: Family) -> tuple[str, ...]:
    """`AudioClip.volume` is `VideoClip.volume` too, because a VideoClip inherits it."""
    owners = (declaration.name, *family.heirs(declaration))
    return tuple(f"{owner}.{member.name}" for member in members for owner in owners)


def _inherited_by(declaration: Declaration, family: Family) -> str:
    heirs = family.heirs(declaration)
    return f"Members of {', '.join(heirs)} too." if heirs else ""


def _names(members: Sequence[Member]) -> str:
    return ", ".join(member.name for member in members)


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
