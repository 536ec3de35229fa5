"""The plan at work: shown to the composer, marked step by step, replaced where it is not the way."""

from __future__ import annotations

import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from smolagents import MessageRole

from agent.composer import EditRequest, Greenlit, Outcome, compose
from agent.domain import EditPlan, Expectation, JobStatus, Planned, PlanStep, StepStatus
from agent.errors import ModelError, NotUnderstood, StoreFailed
from agent.job_result import JobResult
from agent.models.offline.model import OfflineModel
from agent.models.recorded import RecordedModel
from agent.plan_commands import carried_on_if_approved
from agent.planner import make_plan
from agent.tools.built_in import composing_tools, plan_tools
from agent.tools.context import Observer, Planner
from agent.workspace import Services
from tests.unit.paper_page import NoDocs, PaperPage, ScriptedCritic
from tests.unit.test_composer import CUT_OFF, Scripted
from tests.unit.test_planner import CLIP

TOOLS = (*composing_tools(NoDocs()), *plan_tools())
PLAN = EditPlan((PlanStep(1, "Show clip.mp4.", "video_editor"), PlanStep(2, "Judge it.", "visual_feedback")))
REQUEST = EditRequest("title 'Hi', trim to 5 seconds", (CLIP,), plan=PLAN)
GREEN = "print(video_editor('x'))\nprint(visual_feedback())"


class Journal(Observer):
    """What became of the plan, in order."""

    def __init__(self) -> None:
        self.marks: list[tuple[int, StepStatus, str]] = []
        self.plans: list[Planned] = []

    async def marked(self, step: PlanStep) -> None:
        self.marks.append((step.number, step.status, step.note))

    async def planned(self, planned: Planned) -> None:
        self.plans.append(planned)


class Another:
    """A planner that gives the next version, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.reasons: list[str] = []
        self._error = error

    async def __call__(self, previous: EditPlan, reason: str) -> Planned:
        self.reasons.append(reason)
        if self._error:
            raise self._error
        return Planned(replace(previous, version=previous.version + 1, reason=reason), 7, 3)


async def run(
    model,
    request: EditRequest = REQUEST,
    *,
    planner: Planner | None = None,
    observer: Observer | None = None,
    critic: ScriptedCritic | None = None,
) -> Outcome:
    return await compose(
        request,
        model=model,
        page=PaperPage(),
        critic=critic or ScriptedCritic(),
        tools=TOOLS,
        planner=planner,
        observer=observer,
    )


def observed(model: Scripted, question: int) -> str:
    return str(model.questions[question][-1].content)


async def test_the_composer_is_shown_the_plan():
    """A step a line in the task, and in the rules how to keep it true."""
    model = Scripted(GREEN, "final_answer('done')")

    await run(model)

    asked = model.questions[0]
    rules, task = (
        "\n".join(str(message.content) for message in asked if message.role == role)
        for role in (MessageRole.SYSTEM, MessageRole.USER)
    )
    assert "call mark_step(number)" in rules
    assert '{"number": 2, "task": "Judge it.", "tool": "visual_feedback", "status": "open"}' in task


async def test_steps_are_marked_as_they_are_done():
    """The code is told what is next; the store is told before that."""
    journal = Journal()
    model = Scripted(
        "print(mark_step(1))",
        "print(mark_step(2, 'skipped', note='not needed'))",
        GREEN,
        "final_answer('done')",
    )

    await run(model, observer=journal)

    assert journal.marks == [(1, StepStatus.DONE, ""), (2, StepStatus.SKIPPED, "not needed")]
    assert "Next is step 2: Judge it." in observed(model, 1)
    assert "Nothing of the plan is left to do." in observed(model, 2)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("mark_step(3)", "there is no step 3; the plan has steps 1 to 2"),
        ("mark_step(1, 'perhaps')", "Input should be 'done', 'skipped' or 'open'"),
        ("mark_step('one')", "Input should be a valid integer"),
        ("new_plan('')", "String should have at least 1 character"),
        ("new_plan('it rains')", "there is no other plan to be had; go on with this one"),
    ],
)
async def test_a_wrong_call_is_told(call: str, why: str):
    """The plan stays as it is, and the edit goes on."""
    journal = Journal()
    model = Scripted(call, GREEN, "final_answer('done')")

    outcome = await run(model, observer=journal)

    assert isinstance(outcome, Greenlit)
    assert why in observed(model, 1)
    assert (journal.marks, journal.plans) == ([], [])


async def test_an_edit_without_a_plan_goes_on():
    """There is nothing to mark."""
    model = Scripted("mark_step(1)", GREEN, "final_answer('done')")

    assert isinstance(await run(model, replace(REQUEST, plan=None)), Greenlit)
    assert "this edit has no plan" in observed(model, 1)


async def test_another_plan_takes_the_place_of_the_first():
    """It is stored with its cost, told to the code, and marked from then on."""
    planner, journal = Another(), Journal()
    model = Scripted("print(new_plan('no beat'))", "mark_step(1)", GREEN, "final_answer('done')")

    await run(model, planner=planner, observer=journal)

    assert planner.reasons == ["no beat"]
    assert [(found.plan.version, found.prompt_tokens) for found in journal.plans] == [(2, 7)]
    assert "Version 2 of the plan:" in observed(model, 1) and "1. Show clip.mp4. (video_editor)" in observed(
        model, 1
    )
    assert journal.marks == [(1, StepStatus.DONE, "")]


@pytest.mark.parametrize("error", [None, ModelError("nothing sound in 3 attempts")])
async def test_a_job_has_a_limited_number_of_plans(error):
    """Two more than the first, found or not; a loop costs no further call of the planner."""
    planner = Another(error)
    model = Scripted(
        "for n in range(9):\n    try:\n        new_plan('again')\n"
        "    except Exception as error:\n        print(error)",
        GREEN,
        "final_answer('done')",
    )

    await run(model, planner=planner)

    assert len(planner.reasons) == 2
    assert "there is no other plan to be had" in observed(model, 1)


@pytest.mark.parametrize(
    "error", [ModelError("nothing sound in 3 attempts"), NotUnderstood("there is no music")]
)
async def test_where_no_other_plan_is_found_the_first_stays(error: Exception):
    """The code is told why, and decides."""
    journal = Journal()
    model = Scripted("print(new_plan('no beat'))", "mark_step(1)", GREEN, "final_answer('done')")

    await run(model, planner=Another(error), observer=journal)

    assert f"no other plan was found: {error}" in observed(model, 1)
    assert journal.marks == [(1, StepStatus.DONE, "")]


async def test_a_mark_that_cannot_be_stored_ends_the_edit():
    """What is shown of the plan is on record."""

    class FullDisk(Observer):
        async def marked(self, step: PlanStep) -> None:
            raise StoreFailed("No space left on device")

    model = Scripted("mark_step(1)", "final_answer('done')")

    with pytest.raises(StoreFailed, match="No space left"):
        await run(model, observer=FullDisk())

    assert len(model.questions) == 1


@pytest.mark.parametrize("verdicts", [([],), ([CUT_OFF], [])], ids=["at once", "after a revision"])
async def test_the_offline_model_works_its_own_plan(tmp_path, verdicts):
    """Each step is marked once: what is composed when it runs, the judgement at the green light; a replay of
    plan and edit from one record leads the same way.
    """
    record, journal = tmp_path / "replies.jsonl", Journal()
    outcomes = []
    for model in (RecordedModel(OfflineModel(), record), RecordedModel.replay(record)):
        request = replace(REQUEST, plan=None, expectation=Expectation(duration_s=5.0))
        planned = await make_plan(request, TOOLS, model)
        outcomes.append(
            await run(
                model, replace(request, plan=planned.plan), observer=journal, critic=ScriptedCritic(*verdicts)
            )
        )

    numbers = [step.number for step in planned.plan.steps]
    assert [number for number, _, _ in journal.marks] == 2 * numbers
    assert {status for _, status, _ in journal.marks} == {StepStatus.DONE}
    assert planned.plan.steps[-1].tool == "visual_feedback"
    assert isinstance(outcomes[0], Greenlit)
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("typed", "at_terminal", "asked"), [("n\n", True, True), ("", True, True), ("y\n", False, False)]
)
async def test_without_a_yes_the_job_goes_on_waiting(typed, at_terminal, asked, monkeypatch, capsys):
    """A no and the end of input are none; without a terminal nobody is asked."""
    typing = StringIO(typed)
    for stream in (typing, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: at_terminal)
    monkeypatch.setattr(sys, "stdin", typing)
    waiting = JobResult("j1", Path("s1"), JobStatus.REVIEW_REQUIRED, "waits", plan=PLAN)

    result = await carried_on_if_approved(cast(Services, None), waiting, quiet=True)

    assert result is waiting and result.awaits_approval
    assert ("Carry this plan out?" in capsys.readouterr().err) == asked
