"""What tools were asked about the footage, and what they said: facts that a program is written from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.models.offline.reading import NotUnderstoodError

HEARD, FAILED = "HEARD", "FAILED"
"""Begin the lines that a listening step prints, one for each call."""


@dataclass(frozen=True)
class ToolCall:
    """A tool and its arguments as JSON; `part` is the entry of its result that is of use, None all of it."""

    tool: str
    arguments: str
    part: str | None = None


@dataclass(frozen=True)
class Failed:
    """A tool could not do it, in its own words."""

    message: str


Heard = Mapping[ToolCall, object]
"""What each call returned, as JSON, or `Failed`."""
NOTHING_HEARD: Heard = {}


class NotHeardError(Exception):
    """A program needs what these calls return; the next step makes them."""

    def __init__(self, calls: Sequence[ToolCall]) -> None:
        super().__init__(f"{len(calls)} calls have not been made")
        self.calls = tuple(calls)


def tool_call(tool: str, part: str | None = None, /, **arguments: object) -> ToolCall:
    """A call by arguments that JSON can hold."""
    return ToolCall(tool, json.dumps(arguments, ensure_ascii=False), part)


def results(calls: Sequence[ToolCall], heard: Heard) -> list[object]:
    """What the calls returned. Raises `NotHeardError` for those not made yet, `NotUnderstoodError` for
    one that failed.
    """
    outcomes = outcomes_of(calls, heard)
    for outcome in outcomes:
        if isinstance(outcome, Failed):
            raise NotUnderstoodError(outcome.message)
    return outcomes


def outcomes_of(calls: Sequence[ToolCall], heard: Heard) -> list[object]:
    """As `results`, with `Failed` for a call that failed."""
    missing = [call for call in calls if call not in heard]
    if missing:
        raise NotHeardError(missing)
    return [heard[call] for call in calls]


def read_results(calls: Sequence[ToolCall], observation: str) -> Heard:
    """What the listening step printed. Raises `NotUnderstoodError` where it broke off."""
    told = re.findall(rf"^({HEARD}|{FAILED}) (.*)$", observation, re.MULTILINE)
    try:
        outcomes = [_outcome(kind, json.loads(said)) for kind, said in told]
    except ValueError as exc:  # what is printed is shortened in the middle where it is very long
        raise NotUnderstoodError("there is too much in the footage to hear it in one go") from exc
    if len(outcomes) != len(calls):
        raise NotUnderstoodError(f"my look at the footage failed: {observation.strip()[-1500:]}")
    return dict(zip(calls, outcomes, strict=True))


def _outcome(kind: str, said: object) -> object:
    return Failed(_reason(str(said))) if kind == FAILED else said


def _reason(said: str) -> str:
    """A tool's words without what only a model needs."""
    return said.strip().removeprefix("FAILED:").strip().rstrip(".")
