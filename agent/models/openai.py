"""A model behind any OpenAI-compatible endpoint, asked again with backoff while that can help."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import openai
from smolagents import ChatMessage, MessageRole, Model, TokenUsage
from smolagents.models import remove_content_after_stop_sequences

from agent.errors import SetupMissing
from agent.models.endpoint import open_client, text_of, tokens_of
from agent.models.interruptible import Interruptible
from agent.models.retry import Retries
from agent.models.traced import TracedConversation
from agent.settings import Settings


def chat_model(settings: Settings, conversation: str) -> ChatModel:
    """The model that writes programs, as the settings name it; *conversation* names this one among all."""
    if settings.model is None:
        raise SetupMissing("No model is named.", hint="Set ROUGHCUT_MODEL, or use the offline model.")
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    timeout_s = settings.model_timeout_s
    client = open_client(base_url=settings.model_base_url, api_key=key, timeout_s=timeout_s)
    retries = Retries(settings.model_attempts, timeout_s=timeout_s)
    return ChatModel(settings.model, client, retries, conversation)


class ChatModel(Model):
    """Asks from a thread of smolagents; rate limits, outages, timeouts and empty replies are tried again."""

    def __init__(
        self, name: str, client: openai.AsyncOpenAI, retries: Retries, conversation: str = ""
    ) -> None:
        super().__init__(model_id=name)
        self._conversation = conversation
        self._client = client
        self._retries = retries
        self._calls = Interruptible()
        self._traced = TracedConversation(name)
        self._takes_formats = True

    def generate(  # type: ignore[override]  # the base class takes further arguments of no use here
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, Any] | None = None,  # a JSON schema
        **_: object,
    ) -> ChatMessage:
        """The model's reply with its tokens; in *response_format* where the endpoint knows of such.

        Raises `ModelError`, or `Cancelled` once it is stopped.
        """
        request = self._prepare_completion_kwargs(
            messages=messages,  # type: ignore[arg-type]  # a list of messages is one of messages or dicts
            stop_sequences=stop_sequences,
            model=self.model_id,
            convert_images_to_image_urls=True,
        )
        content, usage = self._calls.run(self._retries.run(lambda: self._ask(request, response_format)))
        if not self.supports_stop_parameter:
            content = remove_content_after_stop_sequences(content, stop_sequences) or ""
        return ChatMessage(role=MessageRole.ASSISTANT, content=content, token_usage=usage)

    def cancel(self) -> None:
        """Ends the call that is under way, also an open request, and refuses any other."""
        self._calls.cancel()

    async def _ask(
        self, request: dict[str, Any], response_format: dict[str, Any] | None
    ) -> tuple[str, TokenUsage]:
        """One reply; an endpoint that refuses the format is asked without, from then on."""
        if response_format is not None and self._takes_formats:
            try:
                return await self._complete({**request, "response_format": response_format})
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                # Endpoints say in many ways that they do not know it.
                self._takes_formats = False
        return await self._complete(request)

    async def _complete(self, request: dict[str, Any]) -> tuple[str, TokenUsage]:  # as smolagents wrote it
        with self._traced.call(request["messages"]) as call:
            # An endpoint that heeds it bills a question once that a crash has asked twice.
            headers = {"Idempotency-Key": self._key(request)}
            completion = await self._client.chat.completions.create(**request, extra_headers=headers)
            usage = tokens_of(completion)
            call.billed(usage)
            text = text_of(completion)
            call.replied(text)
        return text, usage

    def _key(self, request: dict[str, Any]) -> str:
        said = json.dumps([self._conversation, request["messages"]], default=str)
        return hashlib.sha256(said.encode()).hexdigest()
