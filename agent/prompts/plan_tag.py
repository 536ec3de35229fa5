"""A plan as models read it."""

from __future__ import annotations

from agent.domain import EditPlan, PlanStep
from agent.prompts.json_line import json_line


def plan_tag(plan: EditPlan, name: str = "plan") -> str:
    """The steps in a tag, one JSON object a line."""
    return "\n".join([f"<{name}>", *map(_line, plan.steps), f"</{name}>"])


def _line(step: PlanStep) -> str:
    start_s, end_s = step.range_s or (None, None)
    return json_line(
        {
            "number": step.number,
            "task": step.task,
            "tool": step.tool,
            "assets": step.assets,
            "start_s": start_s,
            "end_s": end_s,
            "status": str(step.status),
            "note": step.note or None,
        }
    )
