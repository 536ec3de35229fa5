"""How an OpenAI-compatible endpoint is spoken to, by the model as by the critic."""

from __future__ import annotations

import openai
from openai.types.chat import ChatCompletion
from smolagents import TokenUsage

from agent.errors import SetupMissing
from agent.models.retry import Asker, NoReply


def open_client(
    *, base_url: str | None, api_key: str | None, timeout_s: float, asker: Asker = "model"
) -> openai.AsyncOpenAI:
    """A client without retries of its own; raises `SetupMissing` with neither key nor own endpoint."""
    try:
        return openai.AsyncOpenAI(
            # Local servers take any key, but the client wants one.
            api_key=api_key or ("none" if base_url else None),
            base_url=base_url,
            timeout=timeout_s,
            max_retries=0,
            # Replies are minutes apart: a kept connection would mostly be one that nobody closes.
            default_headers={"Connection": "close"},
        )
    except openai.OpenAIError as exc:
        prefix = f"ROUGHCUT_{asker.upper()}"
        raise SetupMissing(
            f"There is no key for the {asker} endpoint.",
            hint=f"Set {prefix}_API_KEY, or {prefix}_BASE_URL for a server that needs none.",
        ) from exc


def text_of(completion: object) -> str:
    """What the completion says; raises `NoReply` for anything without text."""
    if not isinstance(completion, ChatCompletion) or not completion.choices:
        raise NoReply("expected a completion with choices, got none")
    content = completion.choices[0].message.content
    if not content or not content.strip():
        raise NoReply("the reply is empty")
    return content


def tokens_of(completion: object) -> TokenUsage:
    """What the endpoint says that it counted; nothing where it does not say."""
    usage = completion.usage if isinstance(completion, ChatCompletion) else None
    return TokenUsage(usage.prompt_tokens, usage.completion_tokens) if usage else TokenUsage(0, 0)
