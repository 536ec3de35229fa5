"""Calls to `window.operator`: each ends within its limit, and a page stuck in a loop is brought back."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

from agent.browser.cdp import CdpError, CdpTimeout
from agent.errors import BrowserError, PageClosed, PageError
from browser_pool.chromium.cdp import CdpSession, Json

# Codes of our own, beside those of the page.
TIME_LIMIT = "time_limit"
TERMINATED = "terminated"

_READY_TIMEOUT_S = 20.0
_ALIVE_TIMEOUT_S = 1.0
_TERMINATE_ATTEMPTS = 5

_WHEN_READY = """new Promise((resolve) => {
  const look = () => (window.operator ? resolve(window.operator) : setTimeout(look, 5));
  look();
})"""
# Errors come back as values: CDP would give their stack, not their message.
_CALL = """async function (method, request) {
  try {
    return { value: await this[method](request) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}"""
_REFERENCE = "function (method, request) { return this[method](request); }"
_CODED = re.compile(r"\[(\w+)\] (.*)", re.DOTALL)


class PageCalls:
    """Calls the methods of one operator object in one tab."""

    def __init__(self, session: CdpSession, operator_id: str) -> None:
        self.session = session
        self._operator_id = operator_id

    @classmethod
    async def when_ready(cls, session: CdpSession) -> PageCalls:
        """The calls of the page that is loading. Raises `PageClosed` if it sets up no operator in time."""
        try:
            answer = await session.call(
                "Runtime.evaluate",
                {"expression": _WHEN_READY, "awaitPromise": True},
                timeout_s=_READY_TIMEOUT_S,
            )
        except CdpTimeout as exc:
            raise PageClosed(f"The operator page was not ready within {_READY_TIMEOUT_S:.0f} s.") from exc
        return cls(session, answer["result"]["objectId"])

    async def call(self, method: str, request: object = None, *, timeout_s: float) -> object:
        """What *method* answers, as JSON.

        Raises `PageClosed`, or `PageError` with the page's code: `time_limit` after *timeout_s*, and then a
        loop that kept the page from answering has been ended.
        """
        try:
            answer = await self._invoke(_CALL, method, request, by_value=True, timeout_s=timeout_s)
        except CdpTimeout as exc:
            await self.revive()
            raise PageError(TIME_LIMIT, f"{method} did not end within {timeout_s:g} s.") from exc
        except asyncio.CancelledError:
            with suppress(BrowserError):
                await self.revive()
            raise
        outcome = answer["result"].get("value")
        if not isinstance(outcome, dict):
            raise PageError(TERMINATED, f"{method} was ended in the middle.")
        if "error" in outcome:
            raise _page_error(outcome["error"])
        return outcome.get("value")

    async def reference(self, method: str, request: Json, *, timeout_s: float) -> str:
        """The object id of what *method* answers, for values that are no JSON."""
        answer = await self._invoke(_REFERENCE, method, request, by_value=False, timeout_s=timeout_s)
        if details := answer.get("exceptionDetails"):
            raise _page_error(details["exception"].get("description", details["text"]))
        return str(answer["result"]["objectId"])

    async def revive(self) -> None:
        """See that the page answers again, ending a program that loops.

        Raises `PageClosed` if it never does.
        """
        for _ in range(_TERMINATE_ATTEMPTS):
            # Only a page that is stuck: otherwise the next script that runs would be ended.
            if await self._answers():
                return
            await self.session.call("Runtime.terminateExecution")
        raise PageClosed("The page no longer answers.", hint="Open it again.")

    async def _answers(self) -> bool:
        try:
            await self.session.call("Runtime.evaluate", {"expression": "1"}, timeout_s=_ALIVE_TIMEOUT_S)
        except CdpTimeout:
            return False
        return True

    async def _invoke(
        self, function: str, method: str, request: object, *, by_value: bool, timeout_s: float
    ) -> Json:
        try:
            return await self.session.call_function(
                self._operator_id,
                function,
                method,
                *([] if request is None else [request]),
                by_value=by_value,
                timeout_s=timeout_s,
            )
        except CdpError as exc:
            raise PageClosed(f"The operator page was left: {exc}", hint="Open it again.") from exc


def _page_error(message: str) -> PageError:
    first = message.removeprefix("Error: ").removeprefix("OperatorError: ")
    if coded := _CODED.match(first):
        return PageError(coded[1], coded[2])
    return PageError("unknown", first)
