"""Finds the names of core in a query, and the chunks that they belong to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from docs_index.corpus import Chunk

_MOST = 3
"""Program text as a query is full of names; the first ones must not crowd out everything else."""
_NAME = re.compile(r"(?<![\w.])(?:core\.)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)(\()?")
_INNER_CAPITAL = re.compile(r"[a-z0-9][A-Z]")


class Identifiers:
    """Where each symbol of the corpus is declared."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._declared: defaultdict[str, list[int]] = defaultdict(list)
        for position, chunk in enumerate(chunks):
            for symbol in chunk.symbols if chunk.kind not in ("recipe", "guide") else ():
                owner, _, member = symbol.rpartition(".")
                if not owner or chunk.kind != "class":  # an overview only lists its members
                    self._declared[symbol].append(position)
                    if owner:
                        self._declared[f".{member}"].append(position)

    def named_in(self, query: str, ranking: Sequence[int]) -> list[int]:
        """For each name in `query` the best of its chunks by `ranking`: a few, in the order of the names."""
        rank = {position: rank for rank, position in enumerate(ranking)}
        found: dict[int, None] = {}
        for symbol in _symbols(query):
            declared = [position for position in self._declared.get(symbol, ()) if position in rank]
            if declared:
                found[min(declared, key=rank.__getitem__)] = None
        return list(found)[:_MOST]


def _symbols(query: str) -> Iterator[str]:
    """What may be a symbol: `TextClip`, `TextClip.align`, and for `clip.trim(` any `.trim`.

    A plain word such as `layer` or `opacity` is one only where it is all that is asked for: otherwise it is
    meant as a word.
    """
    is_all = not re.search(r"\s", query.strip())
    for match in _NAME.finditer(query):
        name, is_called = match[1], bool(match[2])
        owner, _, member = name.rpartition(".")
        if owner:
            yield name
        if is_all or is_called or owner or _INNER_CAPITAL.search(name):
            if not owner:
                yield name
            yield f".{member}"
