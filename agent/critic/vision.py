"""The critic's eyes: a vision model behind any OpenAI-compatible endpoint looks at the contact sheets."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.domain import Issue, Judgement, Severity
from agent.models.meter import Meter
from agent.models.retry import FIRST_DELAY_S
from agent.models.vision import VisionModel, inert


class SeenIssue(BaseModel):
    """One objection of the model."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["wrong_content", "text", "framing", "overlay", "timing", "quality", "other"] = "other"
    severity: Severity
    time_s: float | None = None
    message: str
    suggested_fix: str = ""

    def as_issue(self) -> Issue:
        """The objection as part of a verdict; its code says that it was seen, not measured."""
        code = f"seen_{self.kind}"
        return Issue(code, self.message, self.severity, self.time_s, self.suggested_fix, source="vision")


class VisionReply(BaseModel):
    """What the model is to answer."""

    model_config = ConfigDict(extra="ignore")

    approved: bool
    summary: str
    issues: list[SeenIssue] = []


class VisionCritic:
    """A `Judge`. Asks for replies at temperature 0 and as JSON of a schema, where the endpoint can."""

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
            VisionReply,
            name="judgement",
            model=model,
            api_key=api_key,
            base_url=base_url,
            timeout_s=timeout_s,
            attempts=attempts,
            first_delay_s=first_delay_s,
            meter=meter,
        )

    async def judge(self, request: str, summary_text: str, sheets: Sequence[bytes]) -> Judgement:
        """The model's judgement. Raises `ModelError` when all attempts failed or the endpoint refuses us."""
        system = (files("agent.critic") / "prompt.md").read_text(encoding="utf-8")
        data = (
            f"<request>\n{inert(request)}\n</request>\n<composition>\n{inert(summary_text)}\n</composition>"
        )
        reply = await self._model.ask(system, data, sheets)
        return Judgement(reply.approved, reply.summary, tuple(issue.as_issue() for issue in reply.issues))

    async def close(self) -> None:
        """Closes the connections."""
        await self._model.close()
