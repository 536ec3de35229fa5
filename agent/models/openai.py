"""A model behind any OpenAI-compatible endpoint, tried again with backoff while that can help."""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Callable
from typing import TypeVar

import openai
from openai.types.chat import ChatCompletion
from smolagents import ChatMessage, MessageRole, OpenAIModel, TokenUsage
from smolagents.models import remove_content_after_stop_sequences

from agent.errors import Cancelled, ModelError, SetupMissing
from agent.settings import Settings

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0
_RETRIED_STATUS = frozenset({408, 409, 425, 429})


class MalformedReply(Exception):
    """The endpoint answered something that is no reply."""


class Retries:
    """Tries again with exponential backoff and jitter; `cancel` ends a wait."""

    def __init__(self, attempts: int, *, first_wait_s: float = _FIRST_WAIT_S) -> None:
        self._attempts = attempts
        self._first_wait_s = first_wait_s
        self._cancelled = threading.Event()

    def run(self, ask: Callable[[], _T]) -> _T:
        """The result of `ask`. Raises `ModelError` when trying again cannot help, or did not."""
        for attempt in range(1, self._attempts + 1):
            try:
                return ask()
            except (openai.OpenAIError, MalformedReply, json.JSONDecodeError) as exc:
                if not is_transient(exc):
                    raise ModelError(f"The model endpoint refused: {exc}", hint=_hint(exc)) from exc
                if attempt == self._attempts:
                    raise ModelError(
                        f"The model endpoint failed {attempt} times, last with: {exc}", hint=_hint(exc)
                    ) from exc
                self._wait(attempt, exc)
        raise AssertionError("the last attempt returns or raises")

    def cancel(self) -> None:
        """Makes a wait that is under way, and any later one, raise `Cancelled`."""
        self._cancelled.set()

    def _wait(self, attempt: int, cause: Exception) -> None:
        wait_s = _asked_wait_s(cause) or self._first_wait_s * 2 ** (attempt - 1)
        wait_s = min(wait_s, _LONGEST_WAIT_S) * random.uniform(0.75, 1.25)
        log.warning("model retried", extra={"action": "model_retried", "attempt": attempt, "wait_s": wait_s})
        if self._cancelled.wait(wait_s):
            raise Cancelled("The edit was cancelled.")


def is_transient(error: Exception) -> bool:
    """Whether the same question may be answered later."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _RETRIED_STATUS or error.status_code >= 500
    return isinstance(
        error,
        openai.APIConnectionError | openai.APIResponseValidationError | MalformedReply | json.JSONDecodeError,
    )


def open_client(settings: Settings, *, base_url: str | None, api_key: str | None) -> openai.OpenAI:
    """A client with our time limit and no retries of its own; raises `SetupMissing` without a key."""
    try:
        return openai.OpenAI(
            # Local servers take any key, but the client wants one.
            api_key=api_key or ("none" if base_url else None),
            base_url=base_url,
            timeout=settings.model_timeout_s,
            max_retries=0,
            # Replies are minutes apart: a kept connection would mostly be one that nobody closes.
            default_headers={"Connection": "close"},
        )
    except openai.OpenAIError as exc:
        raise SetupMissing(
            "There is no key for the model endpoint.",
            hint="Set ROUGHCUT_MODEL_API_KEY, or ROUGHCUT_MODEL_BASE_URL for a server that needs none.",
        ) from exc


def chat_model(settings: Settings) -> ChatModel:
    """The model that writes programs, as the settings name it."""
    if settings.model is None:
        raise SetupMissing("No model is named.", hint="Set ROUGHCUT_MODEL, or use the offline model.")
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else None
    client = open_client(settings, base_url=settings.model_base_url, api_key=key)
    return ChatModel(settings.model, client, Retries(settings.model_attempts))


class ChatModel(OpenAIModel):
    """smolagents' OpenAI model with our retries: rate limits, outages, timeouts and empty replies."""

    def __init__(self, name: str, client: openai.OpenAI, retries: Retries) -> None:
        self._retries = retries
        super().__init__(model_id=name, client=client, retry=False)

    def generate(  # type: ignore[override]  # the base class takes further arguments of no use here
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        **_: object,
    ) -> ChatMessage:
        """The model's reply with its tokens. Raises `ModelError`."""
        request = self._prepare_completion_kwargs(
            messages=messages,  # type: ignore[arg-type]  # a list of messages is one of messages or dicts
            stop_sequences=stop_sequences,
            model=self.model_id,
            custom_role_conversions=self.custom_role_conversions,
            convert_images_to_image_urls=True,
        )
        content, usage = self._retries.run(lambda: self._ask(request))
        if not self.supports_stop_parameter:
            content = remove_content_after_stop_sequences(content, stop_sequences) or ""
        return ChatMessage(role=MessageRole.ASSISTANT, content=content, token_usage=usage)

    def cancel(self) -> None:
        """Ends a wait between two tries."""
        self._retries.cancel()

    def _ask(self, request: dict[str, object]) -> tuple[str, TokenUsage]:
        return read_reply(self.client.chat.completions.create(**request))


def read_reply(completion: object) -> tuple[str, TokenUsage]:
    """Text and tokens of a completion; raises `MalformedReply` for anything without text."""
    if not isinstance(completion, ChatCompletion) or not completion.choices:
        raise MalformedReply("expected a completion with choices, got none")
    content = completion.choices[0].message.content
    if not content or not content.strip():
        raise MalformedReply("the reply is empty")
    usage = completion.usage
    tokens = TokenUsage(usage.prompt_tokens, usage.completion_tokens) if usage else TokenUsage(0, 0)
    return content, tokens


def _asked_wait_s(error: Exception) -> float | None:
    """What the endpoint asks for in `Retry-After`, where it says seconds."""
    if not isinstance(error, openai.APIStatusError):
        return None
    try:
        return float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None


def _hint(error: Exception) -> str:
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return "Check ROUGHCUT_MODEL_API_KEY."
    if isinstance(error, openai.NotFoundError):
        return "Check ROUGHCUT_MODEL and ROUGHCUT_MODEL_BASE_URL (it usually ends in /v1)."
    if isinstance(error, openai.APIConnectionError):
        return "Is the endpoint up? Check ROUGHCUT_MODEL_BASE_URL; `roughcut doctor` tries it."
    return "Try again later, or use another model."
