"""The critic's eyes: a vision model behind any OpenAI-compatible endpoint looks at the contact sheets."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib.resources import files
from typing import Literal, TypeAlias

import openai
from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.domain import Issue, Judgement, Severity
from agent.models.endpoint import open_client, text_of, tokens_of
from agent.models.retry import FIRST_DELAY_S, NoReply, Retries
from agent.models.structured import json_part, response_format
from agent.models.traced import TracedConversation

_Option: TypeAlias = Literal["response_format", "temperature"]


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
    ) -> None:
        """Raises `SetupMissing` with neither key nor endpoint of one's own."""
        self._client = open_client(base_url=base_url, api_key=api_key, timeout_s=timeout_s, asker="critic")
        self._retries = Retries(attempts, timeout_s=timeout_s, first_delay_s=first_delay_s, asker="critic")
        self._model = model
        self._traced = TracedConversation(model, kind="critic")
        self._options: list[_Option] = ["response_format", "temperature"]

    async def judge(self, request: str, summary_text: str, sheets: Sequence[bytes]) -> Judgement:
        """The model's judgement. Raises `ModelError` when all attempts failed or the endpoint refuses us."""
        messages = _messages(request, summary_text, sheets)
        reply = await self._retries.run(lambda: self._reply(messages))
        return Judgement(reply.approved, reply.summary, tuple(issue.as_issue() for issue in reply.issues))

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _reply(self, messages: list[ChatCompletionMessageParam]) -> VisionReply:
        """One reply; raises `NoReply` for one that is no judgement: it is billed, and of no use."""
        text = await self._ask(messages)
        try:
            return VisionReply.model_validate_json(json_part(text))
        except ValidationError as exc:
            raise NoReply(f"the reply is no judgement: {exc}") from exc

    async def _ask(self, messages: list[ChatCompletionMessageParam]) -> str:
        """The reply's text; an option that this endpoint does not know is left out from then on."""
        while True:
            try:
                return await self._complete(messages)
            except openai.BadRequestError as exc:
                unknown = [option for option in self._options if option in str(exc)]
                if not unknown:
                    raise
                self._options = [option for option in self._options if option not in unknown]

    async def _complete(self, messages: list[ChatCompletionMessageParam]) -> str:
        with self._traced.call(messages) as call:
            completion = await self._client.chat.completions.create(
                model=self._model,
                messages=messages,
                temperature=0 if "temperature" in self._options else openai.omit,
                response_format=_RESPONSE_FORMAT if "response_format" in self._options else openai.omit,
            )
            call.billed(tokens_of(completion))
            text = text_of(completion)
            call.replied(text)
        return text


def _messages(request: str, summary_text: str, sheets: Sequence[bytes]) -> list[ChatCompletionMessageParam]:
    system = (files("agent.critic") / "prompt.md").read_text(encoding="utf-8")
    data = f"<request>\n{_inert(request)}\n</request>\n<composition>\n{_inert(summary_text)}\n</composition>"
    parts: list[ChatCompletionContentPartParam] = [{"type": "text", "text": data}]
    for number, sheet in enumerate(sheets, start=1):
        url = f"data:image/jpeg;base64,{base64.b64encode(sheet).decode('ascii')}"
        parts.append({"type": "text", "text": f"Contact sheet {number} of {len(sheets)}:"})
        parts.append({"type": "image_url", "image_url": {"url": url, "detail": "high"}})
    return [{"role": "system", "content": system}, {"role": "user", "content": parts}]


def _inert(text: str) -> str:
    """*text* that cannot close the tag it stands in."""
    return text.replace("</", "<\\/")


_RESPONSE_FORMAT = response_format("judgement", VisionReply)
