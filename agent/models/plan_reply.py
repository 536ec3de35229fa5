"""What a model answers that is asked for a plan."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from agent.models.structured import response_format

MOST_STEPS, MOST_TASK_CHARS = 20, 1000
_NAME = "edit_plan"


class StepReply(BaseModel):
    """One step, as a model gives it."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, allow_inf_nan=False)

    task: str = Field(description="What to do, in one sentence with every figure and word that matters.")
    tool: str = Field(description="The name of the tool to do it with.")
    assets: list[str] = Field(default=[], description="Names of the assets it is about, as they are listed.")
    start_s: float | None = Field(
        default=None, description="Start of the part that it is about; null: no part."
    )
    end_s: float | None = Field(default=None, description="End of that part.")


class PlanReply(BaseModel):
    """The whole answer."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    cannot: str = Field(default="", description="Why the request cannot be met; empty where it can.")
    steps: list[StepReply] = Field(default=[], description="What to do, in order.")


PLAN_FORMAT = response_format(_NAME, PlanReply)


def is_plan_format(asked: object) -> bool:
    """Whether a reply in this format would be a plan."""
    schema = asked.get("json_schema") if isinstance(asked, Mapping) else None
    return isinstance(schema, Mapping) and schema.get("name") == _NAME
