"""When an endpoint is asked again, and how long after: one set of rules for the model and the critic."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

import openai

from agent.errors import ModelError

log = logging.getLogger(__name__)

Asker = Literal["model", "critic"]
"""Whose endpoint it is; its settings begin with ROUGHCUT_MODEL or ROUGHCUT_CRITIC."""

_T = TypeVar("_T")
FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
_RETRIED_STATUS = frozenset({408, 409, 425, 429})
_NAMED_IN = {"model": "ROUGHCUT_MODEL", "critic": "ROUGHCUT_CRITIC_MODEL"}


class NoReply(Exception):
    """The endpoint answered nothing that is a reply, or not in time."""


class Retries:
    """Asks again with exponential backoff and jitter, while that can help; each try has a limit in time."""

    def __init__(
        self,
        attempts: int,
        *,
        timeout_s: float,
        first_delay_s: float = FIRST_DELAY_S,
        asker: Asker = "model",
    ) -> None:
        self._attempts = max(1, attempts)
        self._timeout_s = timeout_s
        self._first_delay_s = first_delay_s
        self._asker = asker

    async def run(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The result of `ask`. Raises `ModelError` when asking again cannot help, or did not."""
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._in_time(ask)
            except (openai.OpenAIError, NoReply, json.JSONDecodeError) as exc:
                if not is_transient(exc):
                    raise self._failure(f"refused: {exc}", exc) from exc
                if attempt == self._attempts:
                    raise self._failure(f"failed {attempt} times, last with: {exc}", exc) from exc
                wait_s = delay_s(attempt, exc, first_delay_s=self._first_delay_s)
            log.warning(
                "%s retried",
                self._asker,
                extra={"action": f"{self._asker}_retried", "attempt": attempt, "wait_s": wait_s},
            )
            await asyncio.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    async def _in_time(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """The client's own limit is one between two bytes; this one is for the whole reply."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await ask()
        except TimeoutError as exc:
            raise NoReply(f"no reply within {self._timeout_s:g} s") from exc

    def _failure(self, how: str, cause: Exception) -> ModelError:
        return ModelError(f"The {self._asker} endpoint {how}", hint=_hint(self._asker, cause))


def is_transient(error: Exception) -> bool:
    """Whether the same question may be answered later."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code in _RETRIED_STATUS or error.status_code >= 500
    return isinstance(
        error, openai.APIConnectionError | openai.APIResponseValidationError | NoReply | json.JSONDecodeError
    )


def delay_s(attempt: int, error: Exception, *, first_delay_s: float = FIRST_DELAY_S) -> float:
    """How long to wait after this attempt, counted from 1: what the endpoint asks for, or twice as long each
    time; never much over `LONGEST_DELAY_S`, and a little more at random, so that not all come back at once.
    """
    asked_s = _asked_delay_s(error)
    wait_s = first_delay_s * 2 ** (attempt - 1) if asked_s is None else asked_s
    return min(wait_s, LONGEST_DELAY_S) * random.uniform(1.0, 1.25)


def _asked_delay_s(error: Exception) -> float | None:
    """`Retry-After`, where it says seconds."""
    if not isinstance(error, openai.APIStatusError):
        return None
    try:
        asked_s = float(error.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return asked_s if asked_s >= 0 else None


def _hint(asker: Asker, error: Exception) -> str:
    prefix = f"ROUGHCUT_{asker.upper()}"
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return f"Check {prefix}_API_KEY."
    if isinstance(error, openai.NotFoundError):
        return f"Check {_NAMED_IN[asker]} and {prefix}_BASE_URL (it usually ends in /v1)."
    if isinstance(error, openai.APIConnectionError):
        return f"Is the endpoint up? Check {prefix}_BASE_URL; `roughcut doctor` tries it."
    if asker == "critic":
        return "Try again later, or leave ROUGHCUT_CRITIC_MODEL unset to judge by checks alone."
    return "Try again later, or use another model."
