"""Which of core's symbols a program uses, read off its names: what a recipe can answer questions about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from docs_index.api import Family
from docs_index.corpus import Declaration, Member

_COMMON_SHARE = 0.9
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True)
class ProgramNames:
    """The names in a program by place: `core.X`, `new core.X(`, `.called()`, `.read`, `key:`, `'literal'`."""

    core: frozenset[str]
    made: frozenset[str]
    called: frozenset[str]
    read: frozenset[str]
    keys: frozenset[str]
    literals: frozenset[str]

    @classmethod
    def of(cls, program: str) -> ProgramNames:
        """Reads them by their punctuation; the property that a keyframe list animates counts as a key."""
        return cls(
            core=_found(r"\bcore\.(\w+)", program),
            made=_found(r"\bnew core\.(\w+)", program),
            called=_found(r"\.(\w+)(?:<[^()]*>)?\(", program),
            read=_found(r"\.(\w+)\b(?!\()", program),
            keys=_found(r"\b(\w+)\s*:|\bkey: '(\w+)'|[{,]\s*(\w+)\s*(?=[,}])", program),
            literals=_found(r"'([\w-]+)'", program),
        )


def symbols_used(program: str, family: Family) -> frozenset[str]:
    """Qualified by who declares them, and by what is made: `VisualMixin.opacity` and `TextClip.opacity`."""
    names = ProgramNames.of(program)
    made = {declaration.name for name in names.made for declaration in family.lineage(name)}
    used = {name for name in names.core if family.get(name)}
    waiting, seen = ["Composition", *sorted(used)], set[str]()
    for name in waiting:  # grows while it is walked
        for declaration in family.lineage(name):
            if declaration.name in seen:
                continue
            seen.add(declaration.name)
            members = [m for m in declaration.members if _is_used(m, declaration, names, made)]
            heirs = [heir for heir in family.heirs(declaration) if heir in names.made]
            used.update(_qualified(declaration, members, names))
            used.update(f"{heir}.{member.name}" for heir in heirs for member in members)
            waiting.extend(family.named_in(" ".join([declaration.heading, *(m.signature for m in members)])))
    return frozenset(used)


def _qualified(declaration: Declaration, members: list[Member], names: ProgramNames) -> Iterator[str]:
    """The used members; and a type itself where some of its fields are given, or one of its literals."""
    yield from (f"{declaration.name}.{member.name}" for member in members)
    is_type = declaration.kind in ("interface", "type")
    literals = _found(r"'([\w-]+)'", declaration.heading) if is_type and not declaration.members else ()
    if is_type and (members or names.literals.intersection(literals)):
        yield declaration.name


def _is_used(member: Member, declaration: Declaration, names: ProgramNames, made: Collection[str]) -> bool:
    if member.kind == "constructor":
        return declaration.name in names.made
    if member.kind == "method":
        return member.name in names.called
    if member.kind == "alternative":
        return member.name in names.literals or member.name in names.keys
    takes_options = declaration.kind in ("interface", "type") or declaration.name in made
    is_set = takes_options and not member.signature.startswith("readonly ")
    return member.name in names.read or (is_set and member.name in names.keys)


def telling(used: Mapping[str, frozenset[str]], words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What each program stands for: the symbols that it uses, without those that nearly all of them use.

    Every program adds a layer to the composition. Such a symbol is kept where the program's own
    `words` name it.
    """
    counts = Counter(symbol for symbols in used.values() for symbol in symbols)
    common = {symbol for symbol, count in counts.items() if count > _COMMON_SHARE * len(used)}
    return {
        name: tuple(
            sorted(symbol for symbol in symbols if symbol not in common or _named(symbol, words[name]))
        )
        for name, symbols in used.items()
    }


def _named(symbol: str, words: str) -> bool:
    parts = _WORD.findall(symbol.rpartition(".")[2])
    return all(re.search(rf"\b{part}", words, re.IGNORECASE) for part in parts)


def _found(pattern: str, text: str) -> frozenset[str]:
    return frozenset(group for match in re.finditer(pattern, text) for group in match.groups() if group)
