"""Calls of tools as spans."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from pydantic import Field

from agent.tools.base import Arguments, JsonValue, ToolPlugin, for_model
from agent.tools.bridge import Bridge, ToolFailed
from agent.tools.context import Page, ToolContext
from agent.tracing import leaf_span
from tests.traced import Traced


class ShoutArguments(Arguments):
    text: str = Field(description="What to shout.")
    times: int = Field(default=1, le=3, description="How often.")


class Shout(ToolPlugin[ShoutArguments]):
    """Takes a child process to shout."""

    name = "shout"
    arguments = ShoutArguments
    purpose = "Shouts."
    returns = "The text in capitals."

    async def run(self, context: ToolContext, given: ShoutArguments) -> JsonValue:
        with leaf_span("ffmpeg", kind="ffmpeg"):
            if not given.text:
                raise ToolFailed("FAILED: there is nothing to shout.")
            return given.text.upper() * given.times

    async def try_out(self, context: ToolContext) -> None:
        """Needs no trial."""


async def call(*values: object, **named: object) -> object:
    """As the agent's thread does it."""
    nobody = cast(Page, None)
    context = ToolContext(nobody, None, Bridge(asyncio.get_running_loop()), "", None, 1)  # type: ignore[arg-type]
    tool = for_model(Shout(), context)
    return await asyncio.to_thread(lambda: tool(*values, **named))


async def test_a_call_has_its_arguments_and_its_result(traced: Traced):
    """Defaults included; what the tool did in the event loop is under it."""
    with traced.job():
        await call("hey", times=2)

    spans = traced.named()
    assert spans["shout"].payload_in == {"text": "hey", "times": 2}
    assert spans["shout"].payload_out == "HEYHEY"
    assert spans["ffmpeg"].parent_id == spans["shout"].span_id


@pytest.mark.parametrize(("arguments", "said"), [({"text": ""}, "nothing to shout"), ({"times": 9}, "times")])
async def test_a_failed_call_says_why(traced: Traced, arguments: dict[str, object], said: str):
    """Also one whose arguments are of no use."""
    with traced.job(), pytest.raises(ToolFailed):
        await call(**arguments)

    (span,) = traced.of_kind("tool")
    assert span.is_failure
    assert said in str(span.attributes["error"])
