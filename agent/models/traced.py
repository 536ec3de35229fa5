"""Calls of a model as spans: tokens, money, and each message of a conversation once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, Literal

from smolagents import TokenUsage

from agent.models.prices import cost_usd
from agent.tracing import COST_USD, INPUT_TOKENS, MODEL, OUTPUT_TOKENS, Span, span

_LONGEST_MESSAGE_CHARS = 8_000

Message = Mapping[str, Any]
"""A role and its content, as endpoints take them: a text, or parts of which some are pictures."""


class TracedConversation:
    """Makes a span of each call, which holds what is new in it: the messages after those sent before.

    So what is stored grows with the conversation, and not with its square.
    """

    def __init__(self, model: str, kind: Literal["model", "critic"] = "model") -> None:
        self._model = model
        self._kind: Literal["model", "critic"] = kind
        self._sent: list[str] = []
        self._replies: list[str] = []

    @contextmanager
    def call(self, messages: Sequence[Message]) -> Iterator[TracedCall]:
        """One request to the endpoint; the same again is a call too, with nothing new."""
        told = [_told(message) for message in messages]
        new = [one for one in self._unsent(told) if not self._is_own_reply(one)]
        with span(f"ask {self._model}", kind=self._kind, messages=len(told)) as opened:
            opened.set(**{MODEL: self._model})
            opened.add_payload(in_=[_cut(one) for one in new])
            yield TracedCall(opened, self._model, self._replies)

    def _unsent(self, told: list[dict[str, str]]) -> list[dict[str, str]]:
        digests = [_digest(one) for one in told]
        pairs = zip(self._sent, digests, strict=False)
        known = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self._sent = digests
        return told[known:]

    def _is_own_reply(self, told: dict[str, str]) -> bool:
        """A reply comes back with its code repeated, as smolagents tells it."""
        return told["role"] == "assistant" and any(told["content"].startswith(said) for said in self._replies)


class TracedCall:
    """A call that is under way."""

    def __init__(self, opened: Span, model: str, replies: list[str]) -> None:
        self._span = opened
        self._model = model
        self._replies = replies

    def billed(self, usage: TokenUsage) -> None:
        """Notes the tokens, and what they cost where that is known; also of a reply that is of no use."""
        cost = cost_usd(self._model, usage.input_tokens, usage.output_tokens)
        self._span.set(
            **{INPUT_TOKENS: usage.input_tokens, OUTPUT_TOKENS: usage.output_tokens, COST_USD: cost}
        )

    def replied(self, text: str) -> None:
        """Notes the reply."""
        self._replies.append(text.strip())
        self._span.add_payload(out=text)


def _told(message: Message) -> dict[str, str]:
    content = message["content"]
    parts = [{"text": content}] if isinstance(content, str) else content or []
    return {
        "role": str(getattr(message["role"], "value", message["role"])),
        "content": "\n".join(str(part.get("text", f"[{part.get('type', 'part')}]")) for part in parts),
    }


def _cut(told: dict[str, str]) -> dict[str, str]:
    return {**told, "content": told["content"][:_LONGEST_MESSAGE_CHARS]}


def _digest(told: dict[str, str]) -> str:
    return hashlib.sha256(f"{told['role']}\n{told['content']}".encode(errors="replace")).hexdigest()
