"""A vision model that marks what makes people stay, by a rubric with an anchor for each point."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from agent.domain import Mark, RetentionVote
from agent.models.meter import Meter
from agent.models.retry import FIRST_DELAY_S
from agent.models.vision import VisionModel, inert


class MarkReply(BaseModel):
    """One item as the model marks it."""

    model_config = ConfigDict(extra="ignore")

    points: int = Field(ge=0, le=4)
    time_s: float | None = None
    reason: str = ""


class RetentionReply(BaseModel):
    """What the model is to answer; the items of the rubric."""

    model_config = ConfigDict(extra="ignore")

    opening: MarkReply
    tension: MarkReply
    message: MarkReply
    novelty: MarkReply
    ending: MarkReply

    def as_vote(self) -> RetentionVote:
        """The marks in the order of the rubric."""
        replies: dict[str, MarkReply] = {item: getattr(self, item) for item in RUBRIC}
        return RetentionVote(
            tuple(Mark(item, reply.points, reply.time_s, reply.reason) for item, reply in replies.items())
        )


RUBRIC = tuple(RetentionReply.model_fields)


class VisionRetentionJudge:
    """A `RetentionJudge` behind any OpenAI-compatible endpoint."""

    def __init__(
        self,
        *,
        model: str,
        api_key: str | None,
        base_url: str | None = None,
        timeout_s: float = 120.0,
        attempts: int = 4,
        first_delay_s: float = FIRST_DELAY_S,
        meter: Meter | None = None,
    ) -> None:
        """Raises `SetupMissing` with neither key nor endpoint of one's own."""
        self._model = VisionModel(
            RetentionReply,
            name="vote",
            model=model,
            api_key=api_key,
            base_url=base_url,
            timeout_s=timeout_s,
            attempts=attempts,
            first_delay_s=first_delay_s,
            meter=meter,
        )

    async def vote(self, facts: str, sheets: Sequence[bytes], number: int) -> RetentionVote:
        """The model's marks; each vote begins with another item: what comes first weighs on the rest."""
        system = (files("agent.evaluation") / "retention.md").read_text(encoding="utf-8")
        start = number * 2 % len(RUBRIC)
        order = ", ".join((*RUBRIC[start:], *RUBRIC[:start]))
        data = f"<facts>\n{inert(facts)}\n</facts>\n<order>\n{order}\n</order>"
        return (await self._model.ask(system, data, sheets)).as_vote()

    async def close(self) -> None:
        """Closes the connections."""
        await self._model.close()
