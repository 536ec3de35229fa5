"""Exact look-ups: one class, type or member of core in full, or the nearest names where there is none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from docs_index.api import Family
from docs_index.corpus import Corpus, Declaration, Member
from docs_index.former_names import FORMER_NAMES
from docs_index.internals import is_hook, is_internal

_LONGEST_NAME = 200
_MOST_NEAREST = 5
_MOST_OWNERS = 4
_SHORTEST_PART = 4
_AROUND_THE_NAME = re.compile(r"^(?:(?:new|await|typeof)\s+)*(?:core\.)?|[<(\[{;:=].*$|\s+", re.DOTALL)
_NOT_IMPORTABLE = "Not importable: a program cannot write its name, only its fields, in an object literal."

_Owned = tuple[Declaration, Member]


@dataclass(frozen=True)
class SymbolDoc:
    """What is known of `name`. A member's name alone may be several owners' (`opacity`): all are told of."""

    name: str
    text: str
    sources: tuple[str, ...]
    importable: bool


@dataclass(frozen=True)
class Unknown:
    """Core has nothing of this name. `today` does what earlier versions had under it; `nearest` are alike."""

    name: str
    today: tuple[str, ...]
    nearest: tuple[str, ...]


def find_symbol(corpus: Corpus, name: str) -> SymbolDoc | Unknown:
    """Looks up `TextClip`, `core.TextClip`, `TextClip.align`, `align` or `new core.TextClip(…)`.

    An inherited member is found at the class that declares it. Case counts only where it decides.
    """
    family = Family(corpus.declarations)
    written = name[:_LONGEST_NAME].strip().strip("`'\"").replace("#", ".")
    wanted = _AROUND_THE_NAME.sub("", written)
    found = _found(written, family) or _found(wanted, family)
    if found is not None:
        return found
    owner, _, member = wanted.rpartition(".")
    return Unknown(wanted, FORMER_NAMES.get(member, ()), _nearest(member, owner, family))


def _found(wanted: str, family: Family) -> SymbolDoc | None:
    declaration = family.find(wanted)
    if declaration is not None:
        return _doc(declaration.name, [(declaration, declaration_text(declaration, family))])
    owner, _, member = wanted.rpartition(".")
    found = _declared_in(member, owner, family) if family.get(owner) else _declared_anywhere(member, family)
    if not found:
        return None
    first, one = found[0]
    return _doc(f"{first.name}.{one.name}", [(base, f"{base.name}.{m.text}") for base, m in found])


def declaration_text(declaration: Declaration, family: Family) -> str:
    """Heading, comment, members; what a class inherits by name, what options inherit in full."""
    lines = [declaration.heading, *([f"// {declaration.comment}"] if declaration.comment else [])]
    lines += [f"  {member.text}" for member in declaration.members if not is_hook(member)]
    told = {member.name for member in declaration.members}
    for base in family.ancestors(declaration):
        inherited = [
            m for m in base.members if m.name not in told and not is_hook(m) and m.kind != "constructor"
        ]
        told |= {member.name for member in inherited}
        if inherited and declaration.kind == "class":
            lines.append(f"  from {base.name}: {', '.join(member.name for member in inherited)}")
        elif inherited:
            lines += [f"  from {base.name}:", *(f"    {member.text}" for member in inherited)]
    return "\n".join(lines)


def _doc(name: str, found: list[tuple[Declaration, str]]) -> SymbolDoc:
    importable = all(declaration.importable for declaration, _ in found)
    texts = [text if declaration.importable else f"{text}\n{_NOT_IMPORTABLE}" for declaration, text in found]
    sources = tuple(dict.fromkeys(declaration.source for declaration, _ in found))
    return SymbolDoc(name, "\n".join(texts), sources, importable)


def _declared_in(member: str, owner: str, family: Family) -> list[_Owned]:
    """The member along the owner's line, nearest first; the first only."""
    line = ((declaration, one) for declaration in family.lineage(owner) for one in declaration.members)
    return [found for found in line if found[1].name.lower() == member.lower()][:1]


def _declared_anywhere(member: str, family: Family) -> list[_Owned]:
    known = list(_told(family))
    exact = [found for found in known if found[1].name == member]
    return (exact or [found for found in known if found[1].name.lower() == member.lower()])[:_MOST_OWNERS]


def _told(family: Family) -> Iterator[_Owned]:
    """Every member that a search can come across."""
    for declaration in family.declarations:
        if not is_internal(declaration):
            yield from ((declaration, member) for member in declaration.members if not is_hook(member))


def _nearest(member: str, owner: str, family: Family) -> tuple[str, ...]:
    """Names that hold `member` or are like it, its owner's own ones before others."""
    everywhere = {one.name.lower(): f"{declaration.name}.{one.name}" for declaration, one in _told(family)}
    everywhere |= {d.name.lower(): d.name for d in family.declarations if not is_internal(d)}
    line = [(declaration, one) for declaration in family.lineage(owner) for one in declaration.members]
    own = {one.name.lower(): f"{owner}.{one.name}" for _, one in line if not is_hook(one)}
    names = [own[name] for name in _alike(member, own, cutoff=0.5)]
    names += [everywhere[name] for name in _alike(member, everywhere, cutoff=0.6)]
    return tuple(dict.fromkeys(names))[:_MOST_NEAREST]


def _alike(name: str, known: Collection[str], *, cutoff: float) -> list[str]:
    wanted = name.lower()
    holding = [other for other in known if len(wanted) >= _SHORTEST_PART and wanted in other]
    return [*holding, *get_close_matches(wanted, known, n=_MOST_NEAREST, cutoff=cutoff)]
