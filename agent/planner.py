"""From a request and what is known of its footage to an ordered plan, found sound before anything runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from smolagents import ChatMessage, MessageRole, Model

from agent.composer import EditRequest
from agent.domain import EditPlan, Planned, PlanStep
from agent.errors import ModelError, NotUnderstood
from agent.models.answers import stop_waiting
from agent.models.plan_reply import MOST_STEPS, PLAN_FORMAT, PlanReply
from agent.models.structured import json_part
from agent.plan_check import faults_of
from agent.prompts import plan_instructions, plan_task
from agent.tools.base import ToolPlugin
from agent.tools.bridge import in_own_thread

log = logging.getLogger(__name__)

_MOST_REPEATED_CHARS = 8000
"""Of a refused reply, when the model is asked again."""


async def make_plan(
    request: EditRequest,
    tools: Sequence[ToolPlugin[Any]],  # each has arguments of its own
    model: Model,
    *,
    previous: EditPlan | None = None,
    reason: str = "",
    attempts: int = 3,
) -> Planned:
    """A plan that these assets and tools allow; *previous* gives way to it, for *reason*.

    One call of the model, unless what it plans cannot be: then it is asked again and told why, up to
    *attempts* times. Raises `NotUnderstood` with the model's reason if it says that the request cannot be
    met, `ModelError` if the endpoint fails or no attempt gives a plan that can be.
    """
    usable = [tool for tool in tools if tool.in_plans]
    messages = _question(request, usable, previous, reason)
    prompt_tokens = completion_tokens = 0
    for _ in range(attempts):
        said = await _ask(model, messages)
        prompt_tokens += said.token_usage.input_tokens if said.token_usage else 0
        completion_tokens += said.token_usage.output_tokens if said.token_usage else 0
        reply, faults = _read(str(said.content), request, usable)
        if reply is not None and not faults:
            plan = EditPlan(_steps(reply), previous.version + 1 if previous else 1, reason)
            return Planned(plan, prompt_tokens, completion_tokens)
        log.warning("plan refused", extra={"action": "plan_refused", "why": faults})
        messages = [*messages, *_sent_back(str(said.content), faults)]
    raise ModelError(
        f"The model made no plan that can be carried out in {attempts} attempts: {'; '.join(faults)}",
        hint="Say in the request which files and times are meant, or use another model.",
    )


def _question(
    request: EditRequest, tools: Sequence[ToolPlugin[Any]], previous: EditPlan | None, reason: str
) -> list[ChatMessage]:
    text = plan_task(
        request.prompt,
        request.assets,
        request.previous_program,
        request.footage,
        request.expectation,
        previous,
        reason,
    )
    rules = plan_instructions({tool.name: tool.purpose for tool in tools}, MOST_STEPS)
    return [_message(MessageRole.SYSTEM, rules), _message(MessageRole.USER, text)]


async def _ask(model: Model, messages: list[ChatMessage]) -> ChatMessage:
    """The reply; a cancelled wait ends the call too."""
    try:
        return await in_own_thread(
            lambda: model.generate(messages, response_format=PLAN_FORMAT)  # type: ignore[arg-type]  # nested
        )
    except asyncio.CancelledError:
        stop_waiting(model)
        raise


def _read(
    said: str, request: EditRequest, tools: Sequence[ToolPlugin[Any]]
) -> tuple[PlanReply | None, list[str]]:
    """The plan in *said*, and what keeps it from being carried out. Raises `NotUnderstood`."""
    try:
        reply = PlanReply.model_validate_json(json_part(said))
    except ValidationError as exc:
        return None, [f"it is not the JSON object that was asked for: {_first_fault(exc)}"]
    if reply.cannot and not reply.steps:
        raise NotUnderstood(reply.cannot)
    return reply, faults_of(reply, request.assets, [tool.name for tool in tools], request.expectation)


def _steps(reply: PlanReply) -> tuple[PlanStep, ...]:
    return tuple(
        PlanStep(
            number,
            step.task,
            step.tool,
            tuple(dict.fromkeys(step.assets)),
            None if step.start_s is None or step.end_s is None else (step.start_s, step.end_s),
        )
        for number, step in enumerate(reply.steps, start=1)
    )


def _sent_back(said: str, faults: Sequence[str]) -> list[ChatMessage]:
    listed = "\n".join(f"- {fault}" for fault in faults)
    answer = f"This plan cannot be carried out:\n{listed}\nGive the whole plan again, as one JSON object."
    return [_message(MessageRole.ASSISTANT, said[:_MOST_REPEATED_CHARS]), _message(MessageRole.USER, answer)]


def _message(role: MessageRole, text: str) -> ChatMessage:
    return ChatMessage(role=role, content=[{"type": "text", "text": text}])


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'reply'}: {fault['msg']}"
