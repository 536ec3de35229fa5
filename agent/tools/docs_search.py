"""The tool that finds recipes and declarations for what the model wants to do."""

from __future__ import annotations

import asyncio
from typing import Protocol

from pydantic import Field

from agent.tools.base import Arguments, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import ToolContext
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


class DocsSearchArguments(Arguments):
    """What `docs_search` takes."""

    query: str = Field(description="What you want to do in an editor's words, or a name.")
    limit: int = Field(default=5, ge=1, description="How many results.")
    kind: str | None = Field(default=None, description="Only 'recipe', 'api' or 'guide'; None: all of them.")


class DocsSearch(ToolPlugin[DocsSearchArguments]):
    """`docs_search(query, limit, kind)` for the model's Python code."""

    name = "docs_search"
    arguments = DocsSearchArguments
    purpose = (
        "Finds checked recipes (whole programs) and signatures of @diffusionstudio/core for an editing task, "
        "an error or a name."
    )
    returns = "Returns text, recipes first: copy from them. Use it before guessing at a name."
    timeout_s = LOOKUP_TIMEOUT_S

    def __init__(self, docs: Docs) -> None:
        self._docs = docs

    async def run(self, context: ToolContext, given: DocsSearchArguments) -> str:
        return await search_docs(self._docs, given.query, limit=given.limit, kind=given.kind)

    async def try_out(self, context: ToolContext) -> None:
        if "TextClip" not in await search_docs(self._docs, "put a title over the video"):
            raise ToolFailed("FAILED: nothing was found on titles.")


async def search_docs(docs: Docs, query: str, *, limit: int = 5, kind: str | None = None) -> str:
    """What was found as text; raises `ToolFailed` for a query that cannot be searched for."""
    try:
        result = await asyncio.to_thread(docs.search, query, limit=min(limit, _MOST_RESULTS), kind=kind)
    except DocsError as exc:
        raise ToolFailed(f"FAILED: {exc} {exc.hint}") from exc
    if not result.hits:
        return f"FOUND NOTHING for {query!r}; use other words."
    return answer([hit.chunk for hit in result.hits], footer=footer(result))
