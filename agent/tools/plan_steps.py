"""The tools that keep the plan true: what is done of it is marked, and a wrong one gives way to another."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from agent.domain import EditPlan, Planned, PlanStep, StepStatus
from agent.errors import ModelError, NotUnderstood
from agent.tools.base import Arguments, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import ToolContext

_PLANNING_TIMEOUT_S = 1800.0
"""Over what the model may take for its attempts, each with a limit of its own."""


class MarkStepArguments(Arguments):
    """What `mark_step` takes."""

    number: int = Field(description="Number of the step in the plan.")
    status: Literal["done", "skipped", "open"] = Field(
        default="done", description="'done', 'skipped' or 'open'."
    )
    note: str = Field(
        default="", max_length=500, description="What a person should know of it, in a sentence."
    )


class MarkStep(ToolPlugin[MarkStepArguments]):
    """`mark_step(number, status, note)` for the model's Python code."""

    name = "mark_step"
    arguments = MarkStepArguments
    purpose = "Marks a step of the plan as done, as skipped, or as open again."
    returns = "Returns what is to be done next."
    guidance = (
        "The plan tag of the task holds what is to be done. Work it in order; call mark_step(number) in the "
        "same code as what completes the step, or in that of the next reply. Mark as 'skipped', with a note, "
        "what turns out not to be needed. Where the plan as a whole is not the way, call "
        "print(new_plan(reason)) and go on with what it returns; small things you mend without."
    )
    in_plans = False

    async def run(self, context: ToolContext, given: MarkStepArguments) -> str:
        plan = _plan_of(context)
        try:
            marked = plan.marked(given.number, StepStatus(given.status), given.note)
        except KeyError as exc:
            raise ToolFailed(
                f"FAILED: there is no step {given.number}; the plan has steps 1 to {len(plan.steps)}."
            ) from exc
        await context.store(context.observer.marked(marked.step(given.number)))
        context.plan = marked
        return _next_of(marked)

    async def try_out(self, context: ToolContext) -> None:
        context.plan = _TRIAL_PLAN
        await self.run(context, MarkStepArguments(number=1))


class NewPlanArguments(Arguments):
    """What `new_plan` takes."""

    reason: str = Field(min_length=1, max_length=1000, description="Why the plan is not the way.")


class NewPlan(ToolPlugin[NewPlanArguments]):
    """`new_plan(reason)` for the model's Python code."""

    name = "new_plan"
    arguments = NewPlanArguments
    purpose = "Asks the planner for another version of the plan, where the first is not the way."
    returns = "Returns the steps of the new version, which takes the place of the plan."
    in_plans = False
    timeout_s = _PLANNING_TIMEOUT_S

    async def run(self, context: ToolContext, given: NewPlanArguments) -> str:
        context.require_not_ended()
        planned = await _planned_again(context, _plan_of(context), given.reason)
        await context.store(context.observer.planned(planned))
        context.plan = planned.plan
        return _listed(planned.plan)

    async def try_out(self, context: ToolContext) -> None:
        context.plan, context.planner = _TRIAL_PLAN, _plan_again_as_it_is
        await self.run(context, NewPlanArguments(reason="A trial."))


async def _planned_again(context: ToolContext, plan: EditPlan, reason: str) -> Planned:
    failed = context.attempts[NewPlan.name]
    if context.planner is None or plan.version + failed >= context.plans_allowed:
        raise ToolFailed("FAILED: there is no other plan to be had; go on with this one.")
    try:
        return await context.planner(plan, reason)
    except (ModelError, NotUnderstood) as exc:
        context.attempts[NewPlan.name] += 1
        raise ToolFailed(f"FAILED: no other plan was found: {exc}") from exc


def _plan_of(context: ToolContext) -> EditPlan:
    if context.plan is None:
        raise ToolFailed("FAILED: this edit has no plan; go on without.")
    return context.plan


def _listed(plan: EditPlan) -> str:
    lines = [f"{step.number}. {step.task} ({step.tool})" for step in plan.steps]
    return "\n".join([f"Version {plan.version} of the plan:", *lines])


def _next_of(plan: EditPlan) -> str:
    left = [step for step in plan.steps if step.status is StepStatus.OPEN]
    return f"Next is step {left[0].number}: {left[0].task}" if left else "Nothing of the plan is left to do."


async def _plan_again_as_it_is(previous: EditPlan, reason: str) -> Planned:
    return Planned(replace(previous, version=previous.version + 1, reason=reason))


_TRIAL_PLAN = EditPlan((PlanStep(1, "Try it.", "visual_feedback"),))
