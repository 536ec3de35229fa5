"""An edit as a job goes about it: planned first, then carried out by that plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from smolagents import Model

from agent.composer import EditRequest, Greenlit, compose
from agent.critic.review import Critic
from agent.domain import PlanStep, StepStatus
from agent.planner import make_plan
from agent.tools.base import ToolPlugin
from agent.tools.built_in import plan_tools
from agent.tools.context import Desk, Observer, Page


class Marks(Observer):
    """Which steps of the plan were marked, in order, and as what."""

    def __init__(self) -> None:
        self.made: list[tuple[int, StepStatus]] = []

    async def marked(self, step: PlanStep) -> None:
        self.made.append((step.number, step.status))


async def edit_by_plan(
    request: EditRequest,
    model: Model,
    page: Page,
    tools: Sequence[ToolPlugin[Any]],
    desk: Desk | None = None,
) -> Greenlit:
    """Fails unless there is a green light, and each step of the plan was done once and in order."""
    with_plan_tools, marks = (*tools, *plan_tools()), Marks()
    planned = await make_plan(request, with_plan_tools, model)
    outcome = await compose(
        replace(request, plan=planned.plan),
        model=model,
        page=page,
        critic=Critic(),
        tools=with_plan_tools,
        desk=desk,
        observer=marks,
    )
    assert isinstance(outcome, Greenlit), outcome.message
    assert marks.made == [(step.number, StepStatus.DONE) for step in planned.plan.steps]
    return outcome
