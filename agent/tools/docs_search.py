"""The tool that finds recipes and declarations for what the model wants to do."""

from __future__ import annotations

import asyncio
from typing import Protocol

from smolagents import Tool

from agent.tools.bridge import Bridge, ToolFailed
from docs_index.answer import answer, footer
from docs_index.errors import DocsError
from docs_index.search import SearchResult
from docs_index.symbols import SymbolDoc, Unknown

LOOKUP_TIMEOUT_S = 60.0
"""The first search of a new installation builds the index, half a minute on a slow machine."""
_MOST_RESULTS = 10


class Docs(Protocol):
    """What can be asked; `docs_index.search.DocsIndex` is one. Both read files: ask in a thread."""

    def search(self, query: str, *, limit: int = 5, kind: str | None = None) -> SearchResult: ...

    def symbol(self, name: str) -> SymbolDoc | Unknown: ...


class DocsSearch(Tool):  # type: ignore[no-untyped-call]  # smolagents is half typed
    """`docs_search(query, limit, kind)` for the model's Python code."""

    name = "docs_search"
    description = (
        "Finds checked recipes (whole programs) and signatures of @diffusionstudio/core for an editing task, "
        "an error or a name. Recipes come first: copy from them. Use it before guessing at a name."
    )
    inputs = {  # noqa: RUF012  smolagents wants it so
        "query": {"type": "string", "description": "What you want to do in an editor's words, or a name."},
        "limit": {"type": "integer", "description": "How many results, 5 if not given.", "nullable": True},
        "kind": {
            "type": "string",
            "description": "Only 'recipe', 'api' or 'guide'; all of them if not given.",
            "nullable": True,
        },
    }
    output_type = "string"

    def __init__(self, docs: Docs, bridge: Bridge) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._docs = docs
        self._bridge = bridge

    def forward(self, query: str, limit: int | None = 5, kind: str | None = None) -> str:
        """Searches and waits for it."""
        work = search_docs(self._docs, query, limit=limit or 5, kind=kind)
        return self._bridge.call(work, LOOKUP_TIMEOUT_S)


async def search_docs(docs: Docs, query: str, *, limit: int = 5, kind: str | None = None) -> str:
    """What was found as text; raises `ToolFailed` for a query that cannot be searched for."""
    try:
        result = await asyncio.to_thread(docs.search, query, limit=min(limit, _MOST_RESULTS), kind=kind)
    except DocsError as exc:
        raise ToolFailed(f"FAILED: {exc} {exc.hint}") from exc
    if not result.hits:
        return f"FOUND NOTHING for {query!r}; use other words."
    return answer([hit.chunk for hit in result.hits], footer=footer(result))
