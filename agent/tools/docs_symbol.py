"""The tool that tells of one class, type or member of core exactly."""

from __future__ import annotations

import asyncio

from smolagents import Tool

from agent.tools.bridge import Bridge, ToolFailed
from agent.tools.docs_search import LOOKUP_TIMEOUT_S, Docs
from docs_index.answer import describe_symbol
from docs_index.errors import DocsError


class DocsSymbol(Tool):  # type: ignore[no-untyped-call]  # smolagents is half typed
    """`docs_symbol(name)` for the model's Python code."""

    name = "docs_symbol"
    description = (
        "Gives one class, option type or member of @diffusionstudio/core exactly, as 'TextClip', "
        "'VideoClipProps' or 'AudioClip.range'; for a name that does not exist the nearest ones."
    )
    inputs = {"name": {"type": "string", "description": "The name."}}  # noqa: RUF012  smolagents wants it so
    output_type = "string"

    def __init__(self, docs: Docs, bridge: Bridge) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._docs = docs
        self._bridge = bridge

    def forward(self, name: str) -> str:
        """Looks it up and waits for it."""
        return self._bridge.call(look_up_symbol(self._docs, name), LOOKUP_TIMEOUT_S)


async def look_up_symbol(docs: Docs, name: str) -> str:
    """The declaration as text, or what is near; raises `ToolFailed` if there is no index."""
    try:
        found = await asyncio.to_thread(docs.symbol, name)
    except DocsError as exc:
        raise ToolFailed(f"FAILED: {exc} {exc.hint}") from exc
    return describe_symbol(found)
