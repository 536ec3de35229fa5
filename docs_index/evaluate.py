"""Measures the search on labelled queries: how often, and how early, it finds what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from docs_index.corpus import Chunk
from docs_index.errors import BadQueryFile

if TYPE_CHECKING:
    from docs_index.retrieval import Rankings
    from docs_index.search import DocsIndex

Method = Literal["bm25", "dense", "fused", "reranked"]
METHODS: tuple[Method, ...] = get_args(Method)
"""Each builds on those before it; the last is what a search answers where it can."""
COMMITTED_QUERIES = Path(__file__).with_name("queries.json")

_DEPTHS = (1, 3, 5)
_EXPECTED = 'Expected a JSON list of {"query": "…", "expected_symbols": ["TextClip", …]}.'
_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class LabelledQuery(BaseModel):
    """A query, and the symbols of which any one in a chunk makes it a hit."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    query: _Text
    expected_symbols: Annotated[tuple[_Text, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Scores:
    """Shares of the queries with a hit among the first 1, 3 and 5; the mean of 1 / rank of the first hit."""

    recall_at_1: float
    recall_at_3: float
    recall_at_5: float
    mrr: float


@dataclass(frozen=True)
class Miss:
    """A query whose first five chunks hold nothing that is expected; `found` are their titles."""

    query: str
    expected_symbols: tuple[str, ...]
    found: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """Scores by method, in the order of `METHODS`; without an embedder of bm25, and of the answer made of it.

    `unknown_symbols` are expected by some query, but in no chunk.
    """

    queries: int
    scores: Mapping[Method, Scores]
    misses: tuple[Miss, ...]
    unknown_symbols: tuple[str, ...]
    note: str


def read_queries(path: Path) -> list[LabelledQuery]:
    """The queries in a JSON file `[{"query": …, "expected_symbols": […]}, …]`; raises `BadQueryFile`."""
    try:
        queries = TypeAdapter(list[LabelledQuery]).validate_json(path.read_bytes())
    except OSError as exc:
        raise BadQueryFile(f"Cannot read {path}: {exc.strerror}.") from exc
    except ValidationError as exc:
        raise BadQueryFile(f"{path} has no labelled queries: {_first_error(exc)}.", hint=_EXPECTED) from exc
    if not queries:
        raise BadQueryFile(f"{path} has no queries.", hint=_EXPECTED)
    return queries


def evaluate(index: DocsIndex, queries: Sequence[LabelledQuery]) -> Evaluation:
    """Asks every query; the index is brought up to date first, and Chroma is what ranks by meaning."""
    report = index.build()
    chunks = index.corpus.chunks
    ranks: dict[Method, list[int | None]] = {}
    misses = []
    for labelled in queries:
        expected = frozenset(labelled.expected_symbols)
        rankings = _by_method(index.rankings(labelled.query))
        for method, ranking in rankings.items():
            ranks.setdefault(method, []).append(first_hit([chunks[place] for place in ranking], expected))
        answer = [chunks[place] for place in rankings["reranked"][: _DEPTHS[-1]]]
        if first_hit(answer, expected) is None:
            found = tuple(chunk.title for chunk in answer)
            misses.append(Miss(labelled.query, labelled.expected_symbols, found))
    known = {symbol for chunk in chunks for symbol in chunk.symbols}
    asked = {symbol for labelled in queries for symbol in labelled.expected_symbols}
    return Evaluation(
        queries=len(queries),
        scores={method: scores(found) for method, found in ranks.items()},
        misses=tuple(misses),
        unknown_symbols=tuple(sorted(asked - known)),
        note=report.note,
    )


def first_hit(found: Sequence[Chunk], expected: Set[str]) -> int | None:
    """The rank, from 1, of the first chunk with an expected symbol."""
    hits = (rank for rank, chunk in enumerate(found, start=1) if not expected.isdisjoint(chunk.symbols))
    return next(hits, None)


def scores(ranks: Sequence[int | None]) -> Scores:
    """The metrics of the ranks of first hits, one a query; None is a query without any."""
    at_1, at_3, at_5 = (_share_within(depth, ranks) for depth in _DEPTHS)
    return Scores(at_1, at_3, at_5, mrr=sum(1 / rank for rank in ranks if rank) / len(ranks))


def _share_within(depth: int, ranks: Sequence[int | None]) -> float:
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks)


def _by_method(rankings: Rankings) -> dict[Method, list[int]]:
    """The answer counts as reranked in any case; without an embedder the methods between have none."""
    found: dict[Method, list[int]] = {"bm25": rankings.bm25}
    if rankings.dense:
        found |= {"dense": rankings.dense, "fused": rankings.fused}
    return {**found, "reranked": rankings.answer}


def _first_error(exc: ValidationError) -> str:
    error = exc.errors()[0]
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {error['msg']}" if place else error["msg"]
