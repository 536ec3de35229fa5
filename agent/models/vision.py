"""A vision model behind any OpenAI-compatible endpoint, which replies on pictures with JSON of a schema."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Generic, Literal, TypeAlias, TypeVar

import openai
from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
from pydantic import BaseModel, ValidationError

from agent.models.endpoint import open_client, text_of, tokens_of
from agent.models.meter import Meter
from agent.models.retry import FIRST_DELAY_S, NoReply, Retries
from agent.models.structured import json_part, response_format
from agent.models.traced import TracedConversation

_Option: TypeAlias = Literal["response_format", "temperature"]
_Reply = TypeVar("_Reply", bound=BaseModel)


class VisionModel(Generic[_Reply]):
    """Asks at temperature 0 and for JSON of *reply*'s schema, where the endpoint can."""

    def __init__(
        self,
        reply: type[_Reply],
        *,
        name: str,
        model: str,
        api_key: str | None,
        base_url: str | None = None,
        timeout_s: float = 120.0,
        attempts: int = 4,
        first_delay_s: float = FIRST_DELAY_S,
        meter: Meter | None = None,
    ) -> None:
        """*name* is what a reply is; each question waits for leave of *meter*, each call is counted there.

        Raises `SetupMissing` with neither key nor endpoint of one's own.
        """
        self._client = open_client(base_url=base_url, api_key=api_key, timeout_s=timeout_s, asker="critic")
        self._retries = Retries(attempts, timeout_s=timeout_s, first_delay_s=first_delay_s, asker="critic")
        self._model = model
        self._reply_type = reply
        self._name = name
        self._meter = meter or Meter()
        self._format = response_format(name, reply)
        self._traced = TracedConversation(model, kind="critic")
        self._options: list[_Option] = ["response_format", "temperature"]

    async def ask(self, system: str, data: str, sheets: Sequence[bytes]) -> _Reply:
        """The reply on the JPEG *sheets*. Raises `ModelError` when all attempts failed, or it refuses us."""
        messages = _messages(system, data, sheets)
        await self._meter.leave()
        return await self._retries.run(lambda: self._reply(messages))

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def _reply(self, messages: list[ChatCompletionMessageParam]) -> _Reply:
        """One reply; raises `NoReply` for one that is of another shape: it is billed, and of no use."""
        text = await self._text(messages)
        try:
            return self._reply_type.model_validate_json(json_part(text))
        except ValidationError as exc:
            raise NoReply(f"the reply is no {self._name}: {exc}") from exc

    async def _text(self, messages: list[ChatCompletionMessageParam]) -> str:
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
                response_format=self._format if "response_format" in self._options else openai.omit,
            )
            usage = tokens_of(completion)
            call.billed(usage)
            self._meter.count(usage)
            text = text_of(completion)
            call.replied(text)
        return text


def inert(text: str) -> str:
    """*text* that cannot close the tag it stands in."""
    return text.replace("</", "<\\/")


def _messages(system: str, data: str, sheets: Sequence[bytes]) -> list[ChatCompletionMessageParam]:
    parts: list[ChatCompletionContentPartParam] = [{"type": "text", "text": data}]
    for number, sheet in enumerate(sheets, start=1):
        url = f"data:image/jpeg;base64,{base64.b64encode(sheet).decode('ascii')}"
        parts.append({"type": "text", "text": f"Contact sheet {number} of {len(sheets)}:"})
        parts.append({"type": "image_url", "image_url": {"url": url, "detail": "high"}})
    return [{"role": "system", "content": system}, {"role": "user", "content": parts}]
