"""What each call of a vision model passes: leave to make it before, a count of what it used after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smolagents import TokenUsage

LONGEST_WAIT_S = 5.0
"""After which leave is asked for again."""


class Meter:
    """Counts all calls that pass it, also those whose reply is of no use: they are billed, too."""

    def __init__(self, may_ask: Callable[[], float] = lambda: 0.0) -> None:
        """*may_ask* says after how many seconds to ask for leave again, 0: a call may be made now. It may
        block.
        """
        self._may_ask = may_ask
        self._input_tokens = self._output_tokens = 0

    @property
    def used(self) -> TokenUsage:
        """The tokens of all calls so far."""
        return TokenUsage(self._input_tokens, self._output_tokens)

    def used_since(self, before: TokenUsage) -> TokenUsage:
        """The tokens of the calls since *before* was all that was used."""
        return TokenUsage(
            self._input_tokens - before.input_tokens, self._output_tokens - before.output_tokens
        )

    async def leave(self) -> None:
        """Returns when a call may be made."""
        wait_s = await asyncio.to_thread(self._may_ask)
        while wait_s:
            await asyncio.sleep(min(wait_s, LONGEST_WAIT_S))
            wait_s = await asyncio.to_thread(self._may_ask)

    def count(self, usage: TokenUsage) -> None:
        """Adds what a call used."""
        self._input_tokens += usage.input_tokens
        self._output_tokens += usage.output_tokens
