"""The tool that looks things up in the recipes and in core's own declarations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from smolagents import Tool

from agent.tools.bridge import Bridge

_TIMEOUT_S = 30.0
_LONGEST_ANSWER = 6000


class FoundText(Protocol):
    """A hit of the index."""

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def source(self) -> str: ...


class Docs(Protocol):
    """What can be searched; `docs_index.search.DocsIndex` is one."""

    def search(self, query: str, limit: int = 5) -> Sequence[FoundText]: ...


class DocsSearch(Tool):  # type: ignore[no-untyped-call]  # smolagents is half typed
    """`docs_search(query)` for the model's Python code."""

    name = "docs_search"
    description = (
        "Searches checked recipes and the type declarations of @diffusionstudio/core. Use it before guessing "
        "at a name."
    )
    inputs = {"query": {"type": "string", "description": "What you want to do, or a name."}}  # noqa: RUF012
    output_type = "string"

    def __init__(self, docs: Docs, bridge: Bridge) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._docs = docs
        self._bridge = bridge

    def forward(self, query: str) -> str:
        """Searches and waits for it."""
        return self._bridge.call(search_docs(self._docs, query), _TIMEOUT_S)


async def search_docs(docs: Docs, query: str) -> str:
    """The best passages for `query`, each under its title and source."""
    hits = await asyncio.to_thread(docs.search, query)
    if not hits:
        return f"FOUND NOTHING for {query!r}; use other words."
    passages = [f"## {hit.title} ({hit.source})\n{hit.text}" for hit in hits]
    return "\n\n".join(passages)[:_LONGEST_ANSWER]
