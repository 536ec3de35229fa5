"""A smolagents model made of rules. It keeps no state: each reply follows from the conversation alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smolagents import ChatMessage, MessageRole, Model, TokenUsage

from agent.models.offline import script
from agent.models.offline.edit import Edit, edit_in
from agent.models.offline.grammar import understand
from agent.models.offline.program import write_program
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.revise import Complaint, complaints, revise
from agent.models.offline.supported import supported_edits_text
from agent.models.offline.task import EditTask, read_task
from agent.models.offline.timeline import lay_out

_MOST_WARNED_REVISIONS = 3


class OfflineModel(Model):
    """Understands a documented set of edits (`SUPPORTED_EDITS`) and says so of anything else.

    It writes the Python that any model would: it composes a program, asks for a verdict, revises by it, and
    asks for the render once there is a green light.
    """

    def __init__(self) -> None:
        super().__init__(model_id="offline")

    def generate(  # type: ignore[override]  # the base class takes further arguments of no use here
        self, messages: list[ChatMessage], stop_sequences: list[str] | None = None, **_: object
    ) -> ChatMessage:
        """The next step after `messages`. Never fails: what is not understood becomes a refusal."""
        task, observations = _conversation(messages)
        content = next_reply(task, observations)
        return ChatMessage(role=MessageRole.ASSISTANT, content=content, token_usage=TokenUsage(0, 0))


def next_reply(task: EditTask, observations: Sequence[str]) -> str:
    """The reply that follows after `observations`, one for each reply before it."""
    try:
        turn = _first_turn(task)
        for observation in observations:
            turn = _next_turn(task, turn, observation)
    except NotUnderstoodError as exc:
        return script.refusal(
            f"{_sentence(str(exc))}\n\nWithout a model I understand:\n{supported_edits_text()}"
        )
    return turn.reply


@dataclass(frozen=True)
class _Turn:
    """One reply, the edit and program it stands for, and what its observation will be about."""

    reply: str
    edit: Edit
    program: str
    reviews: bool = False
    revisions: int = 0


def _first_turn(task: EditTask) -> _Turn:
    previous = edit_in(task.composition) if task.composition else None
    if task.composition and previous is None:
        raise NotUnderstoodError(
            "this composition was written by a model, and without one only my own compositions can be changed"
        )
    edit = understand(task.request, task.assets, previous)
    program = write_program(edit, task.assets)
    return _Turn(
        script.compose("I write the program for what was asked and compose it.", program), edit, program
    )


def _next_turn(task: EditTask, turn: _Turn, observation: str) -> _Turn:
    if "GREEN LIGHT" in observation:
        return _replied(turn, script.ask_for_render(_closing_words(task, turn.edit)))
    found = complaints(observation)
    if turn.reviews:
        return _revised(task, turn, found) or _given_up(turn, found)
    if "COMPOSED" not in observation:
        return _replied(turn, script.refusal(f"My program was not accepted.\n{observation.strip()[-1500:]}"))
    if found and turn.revisions < _MOST_WARNED_REVISIONS:
        revised = _revised(task, turn, found)
        if revised:
            return revised
    return _Turn(script.review(), turn.edit, turn.program, reviews=True, revisions=turn.revisions)


def _revised(task: EditTask, turn: _Turn, found: Sequence[Complaint]) -> _Turn | None:
    edit = revise(turn.edit, found, task.assets)
    if edit is None:
        return None
    program = write_program(edit, task.assets)
    reasons = "; ".join(complaint.message for complaint in found)
    reply = script.revise(f"I mend this: {reasons}", turn.program, program)
    return _Turn(reply, edit, program, revisions=turn.revisions + 1)


def _given_up(turn: _Turn, found: Sequence[Complaint]) -> _Turn:
    issues = "; ".join(complaint.message for complaint in found) or "there is no green light"
    return _replied(turn, script.refusal(f"I know no rule that mends this: {issues}"))


def _replied(turn: _Turn, reply: str) -> _Turn:
    return _Turn(reply, turn.edit, turn.program, turn.reviews, turn.revisions)


def _closing_words(task: EditTask, edit: Edit) -> str:
    timeline = lay_out(edit, task.assets)
    return " ".join((f"{timeline.total_s:g} s of video, as asked.", *timeline.notes))


def _conversation(messages: Sequence[ChatMessage]) -> tuple[EditTask, list[str]]:
    """The task, and for each assistant message the text of all that came after it until the next."""
    task: EditTask | None = None
    observations: list[str] = []
    for message in messages:
        text = _text(message)
        if message.role == MessageRole.ASSISTANT:
            observations.append("")
        elif observations:
            observations[-1] += text + "\n"
        elif message.role == MessageRole.USER and task is None:
            task = read_task(text)
    if task is None:
        raise ValueError("Expected a task among the messages, got none")
    return task, [_without_echo(observation) for observation in observations]


def _without_echo(observation: str) -> str:
    """Without the call that smolagents repeats before what it printed."""
    return re.sub(
        r"^Calling tools:.*?(?=^Observation:|^Call id:|\Z)", "", observation, flags=re.DOTALL | re.MULTILINE
    )


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part.get("text", "") for part in message.content or [])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
