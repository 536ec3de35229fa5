"""What was found as text for a model: recipes first, within a budget of tokens, cut between members only."""

from __future__ import annotations

import math
from collections.abc import Sequence

from docs_index.corpus import Chunk
from docs_index.search import SearchResult
from docs_index.symbols import SymbolDoc, Unknown

MAX_TOKENS = 1500
_CHARACTERS_PER_TOKEN = 3.0
"""On the safe side: code has about 3.3, prose 4."""
_ORDER = {"recipe": 0, "guide": 1}
_AFTER_THE_ORDERED = 2


def estimate_tokens(text: str) -> int:
    """At least as many as the tokenizers of today's models make of `text`, without loading one."""
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)


def answer(chunks: Sequence[Chunk], *, footer: str, max_tokens: int = MAX_TOKENS) -> str:
    """The chunks in order of use, then `footer`; what does not fit is left out whole and named."""
    left = max_tokens - estimate_tokens(footer)
    shown: list[str] = []
    dropped: list[str] = []
    for chunk in recipes_first(chunks):
        text = fitted(chunk, left)
        if text:
            shown.append(text)
            left -= estimate_tokens(text)
        else:
            dropped.append(chunk.title)
    if dropped:
        shown.append(f"Left out for length, ask for them by name: {'; '.join(dropped)}")
    return "\n\n".join([*shown, footer])


def footer(result: SearchResult) -> str:
    """Of which core it is, and how it was searched; by words alone, the note tells why."""
    by = "Found by words and meaning." if result.mode == "hybrid" else ""
    return " ".join(part for part in (f"core {result.core_version}.", by, result.note) if part)


def describe_symbol(found: SymbolDoc | Unknown) -> str:
    """A declaration or member with its sources, or what there is instead of a name that core lacks."""
    if isinstance(found, Unknown):
        return describe_unknown(found)
    return f"{found.text}\n[{'; '.join(found.sources)}]"


def describe_unknown(unknown: Unknown) -> str:
    """That there is no such name, what does the same today, and what is spelled alike."""
    sentences = [f"Core has no {unknown.name!r}."]
    if unknown.today:
        sentences.append(f"Earlier versions had it; today: {', '.join(unknown.today)}.")
    if unknown.nearest:
        sentences.append(f"Nearest names: {', '.join(unknown.nearest)}.")
    return " ".join(sentences)


def recipes_first(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Recipes, then passages of the guide, then declarations; among their like in the order given."""
    return sorted(chunks, key=lambda chunk: _ORDER.get(chunk.kind, _AFTER_THE_ORDERED))


def fitted(chunk: Chunk, max_tokens: int) -> str:
    """The chunk with as many of its members as fit; empty where its head or none of its members does."""
    head = "\n".join(part for part in (f"## {chunk.title}", _origin(chunk), chunk.summary) if part)
    left = max_tokens - estimate_tokens(head)
    members: list[str] = []
    for member in chunk.members:
        left -= estimate_tokens(f"{member}\n")
        if left < 0:
            break
        members.append(member)
    if left < 0 and not members:
        return ""
    left_out = len(chunk.members) - len(members)
    rest = [f"… {left_out} more left out for length"] if left_out else []
    return "\n".join([head, *members, *rest])


def _origin(chunk: Chunk) -> str:
    not_importable = "" if chunk.importable else "; importable: no, its name cannot be written in a program"
    return f"[{chunk.source}{not_importable}]"
