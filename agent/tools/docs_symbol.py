"""The tool that tells of one class, type or member of core exactly."""

from __future__ import annotations

import asyncio

from pydantic import Field

from agent.tools.base import Arguments, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import ToolContext
from agent.tools.docs_search import LOOKUP_TIMEOUT_S, Docs
from docs_index.answer import describe_symbol
from docs_index.errors import DocsError


class DocsSymbolArguments(Arguments):
    """What `docs_symbol` takes."""

    name: str = Field(description="The name, as 'TextClip', 'VideoClipProps' or 'AudioClip.range'.")


class DocsSymbol(ToolPlugin[DocsSymbolArguments]):
    """`docs_symbol(name)` for the model's Python code."""

    name = "docs_symbol"
    arguments = DocsSymbolArguments
    purpose = "Gives one class, option type or member of @diffusionstudio/core exactly."
    returns = "Returns its declaration as text; for a name that does not exist the nearest ones."
    timeout_s = LOOKUP_TIMEOUT_S

    def __init__(self, docs: Docs) -> None:
        self._docs = docs

    async def run(self, context: ToolContext, given: DocsSymbolArguments) -> str:
        return await look_up_symbol(self._docs, given.name)

    async def try_out(self, context: ToolContext) -> None:
        if "align" not in await look_up_symbol(self._docs, "TextClip.align"):
            raise ToolFailed("FAILED: TextClip.align is not known.")


async def look_up_symbol(docs: Docs, name: str) -> str:
    """The declaration as text, or what is near; raises `ToolFailed` if there is no index."""
    try:
        found = await asyncio.to_thread(docs.symbol, name)
    except DocsError as exc:
        raise ToolFailed(f"FAILED: {exc} {exc.hint}") from exc
    return describe_symbol(found)
