"""How a step ended, as JSON: a value, or an error of ours that is raised again from the record."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from pydantic import JsonValue

from agent import errors
from agent.errors import RoughcutError
from agent.tools.bridge import ToolFailed

UNRECORDED = (errors.Cancelled, errors.StoreFailed, errors.Superseded)
"""Ends of a run, not of a step: the next run does the work again."""


class NoOutcome(BaseException):
    """The run ended and not the step. No `Exception`: those an engine puts on record."""

    def __init__(self, why: RoughcutError) -> None:
        super().__init__(str(why))
        self.why = why


async def outcome_of(work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
    """The value or error that *work* ends with. Raises `NoOutcome` where it has to be done again."""
    with _errors() as found:
        found["value"] = await work()
    return found


def outcome_of_blocking(work: Callable[[], JsonValue]) -> JsonValue:
    """As `outcome_of`."""
    with _errors() as found:
        found["value"] = work()
    return found


def revealed(outcome: JsonValue) -> JsonValue:
    """The value of the outcome. Raises its error."""
    found = cast("dict[str, JsonValue]", outcome)
    if "error" in found:
        raise _error(cast("dict[str, Any]", found["error"]))
    return found["value"]


@contextmanager
def _errors() -> Iterator[dict[str, JsonValue]]:
    found: dict[str, JsonValue] = {}
    try:
        yield found
    except UNRECORDED as exc:
        raise NoOutcome(exc) from exc
    except (RoughcutError, ToolFailed) as exc:
        found["error"] = {"type": type(exc).__name__, "message": str(exc), "more": _more(exc)}


def _more(error: Exception) -> JsonValue:
    """What the error carries besides its message: a hint, a code."""
    plain = {
        name: value for name, value in vars(error).items() if isinstance(value, str | int | float | bool)
    }
    return cast(JsonValue, plain)


_KINDS: dict[str, type[Exception]] = {
    name: kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, RoughcutError)
} | {ToolFailed.__name__: ToolFailed}


def _error(described: dict[str, Any]) -> Exception:
    kind = _KINDS.get(described["type"], RoughcutError)
    error = kind.__new__(kind, described["message"])
    # Kinds take other arguments than the message; it is what they carry that counts.
    Exception.__init__(error, described["message"])
    vars(error).update({"hint": "", **described["more"]})
    return error
