"""A smolagents model made of rules. It keeps no state: each reply follows from the conversation alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from smolagents import ChatMessage, MessageRole, Model, TokenUsage

from agent.models.offline import script
from agent.models.offline.edit import Edit, edit_in
from agent.models.offline.grammar import understand
from agent.models.offline.hearing import Heard, NotHeardError, ToolCall, read_results
from agent.models.offline.plan import JUDGE, plan_of
from agent.models.offline.program import write_program
from agent.models.offline.reading import NothingUnderstoodError, NotUnderstoodError
from agent.models.offline.revise import Complaint, complaints, revise
from agent.models.offline.supported import supported_edits_text
from agent.models.offline.task import EditTask, PlannedStep, read_task
from agent.models.offline.timeline import lay_out
from agent.models.plan_reply import PlanReply, is_plan_format
from agent.models.traced import TracedConversation

_MOST_WARNED_REVISIONS = 3


class OfflineModel(Model):
    """Understands a documented set of edits (`SUPPORTED_EDITS`) and says so of anything else.

    It writes the Python that any model would: it composes a program, asks for a verdict, revises by it, and
    asks for the render once there is a green light.
    """

    def __init__(self) -> None:
        super().__init__(model_id="offline")
        self._traced = TracedConversation("offline")

    def generate(  # type: ignore[override]  # the base class takes further arguments of no use here
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        **_: object,
    ) -> ChatMessage:
        """The plan that is asked for, else the next step after `messages`. Never fails: what is not
        understood becomes a refusal.
        """
        task, observations = _conversation(messages)
        usage = TokenUsage(0, 0)
        with self._traced.call([{"role": told.role, "content": told.content} for told in messages]) as call:
            content = plan_reply(task) if is_plan_format(response_format) else next_reply(task, observations)
            call.billed(usage)
            call.replied(content)
        return ChatMessage(role=MessageRole.ASSISTANT, content=content, token_usage=usage)


def plan_reply(task: EditTask) -> str:
    """The plan of the task, as JSON."""
    return plan_for(task).model_dump_json()


def plan_for(task: EditTask) -> PlanReply:
    """The plan of the task, or why there is none."""
    try:
        before = _edit_before(task)
        edit = understand(task.request, task.assets, before)
        return PlanReply(steps=plan_of(edit, before, task.assets))
    except NotUnderstoodError as exc:
        return PlanReply(cannot=_refusal(exc))


def next_reply(task: EditTask, observations: Sequence[str]) -> str:
    """The reply that follows after `observations`, one for each reply before it."""
    try:
        turn = _first_turn(task)
        for observation in observations:
            turn = _next_turn(task, turn, observation)
    except NotUnderstoodError as exc:
        return script.refusal(_refusal(exc))
    return turn.reply


@dataclass(frozen=True)
class _Turn:
    """One reply, the edit and program it stands for, and what its observation will be about.

    With `calls` it asks the tools, and there is no program for `edit` yet: `program` is the one before.
    """

    reply: str
    edit: Edit
    program: str = ""
    heard: Heard = field(default_factory=dict)
    calls: tuple[ToolCall, ...] = ()
    reviews: bool = False
    revisions: int = 0
    marked: frozenset[int] = frozenset()
    """Steps of the plan that were marked as done until then."""


def _first_turn(task: EditTask) -> _Turn:
    edit = understand(task.request, task.assets, _edit_before(task))
    return _written(task, _Turn("", edit), "I write the program for what was asked and compose it.")


def _edit_before(task: EditTask) -> Edit | None:
    """What a follow-up changes."""
    before = edit_in(task.composition) if task.composition else None
    if task.composition and before is None:
        raise NotUnderstoodError(
            "this composition was written by a model, and without one only my own compositions can be changed"
        )
    return before


def _next_turn(task: EditTask, turn: _Turn, observation: str) -> _Turn:
    if turn.calls:
        heard = {**turn.heard, **read_results(turn.calls, observation)}
        written = _written(task, replace(turn, heard=heard, calls=()), "I write the program by what I heard.")
        asked = {call.tool for call in turn.calls}
        return _marking(written, [step for step in task.plan if step.tool in asked])
    if "GREEN LIGHT" in observation:
        return _marking(replace(turn, reply=script.ask_for_render(_closing_words(task, turn))), task.plan)
    found = complaints(observation)
    if turn.reviews:
        return _revised(task, turn, found) or _given_up(turn, found)
    if "COMPOSED" not in observation:
        return replace(
            turn, reply=script.refusal(f"My program was not accepted.\n{observation.strip()[-1500:]}")
        )
    if found and turn.revisions < _MOST_WARNED_REVISIONS:
        revised = _revised(task, turn, found)
        if revised:
            return revised
    composed = [step for step in task.plan if step.tool != JUDGE]
    return _marking(replace(turn, reply=script.review(), reviews=True), composed)


def _marking(turn: _Turn, done: Sequence[PlannedStep]) -> _Turn:
    """The turn, whose code first marks what is done by now and was not marked before."""
    numbers = [step.number for step in done if step.number not in turn.marked]
    return replace(turn, reply=script.marking(numbers, turn.reply), marked=turn.marked.union(numbers))


def _written(task: EditTask, turn: _Turn, thought: str) -> _Turn:
    """The turn that composes its edit, or that first asks the tools for what the program depends on."""
    try:
        program = write_program(turn.edit, task.assets, turn.heard)
    except NotHeardError as exc:
        return replace(turn, reply=script.listen(exc.calls), calls=exc.calls)
    if turn.program:
        reply = script.revise(thought, turn.program, program)
    else:
        reply = script.compose(thought, program)
    return replace(turn, reply=reply, program=program)


def _revised(task: EditTask, turn: _Turn, found: Sequence[Complaint]) -> _Turn | None:
    edit = revise(turn.edit, found, task.assets)
    if edit is None:
        return None
    reasons = "; ".join(complaint.message for complaint in found)
    again = replace(turn, edit=edit, reviews=False, revisions=turn.revisions + 1)
    return _written(task, again, f"I mend this: {reasons}")


def _given_up(turn: _Turn, found: Sequence[Complaint]) -> _Turn:
    issues = "; ".join(complaint.message for complaint in found) or "there is no green light"
    return replace(turn, reply=script.refusal(f"I know no rule that mends this: {issues}"))


def _closing_words(task: EditTask, turn: _Turn) -> str:
    timeline = lay_out(turn.edit, task.assets, turn.heard)
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


def _refusal(error: NotUnderstoodError) -> str:
    """The reason, and what is understood: as a list where nothing was, else where that list is."""
    if isinstance(error, NothingUnderstoodError):
        return f"{_sentence(str(error))}\n\nWithout a model I understand:\n{supported_edits_text()}"
    return f"{_sentence(str(error))}\nWhat I understand without a model: roughcut edit --help"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
