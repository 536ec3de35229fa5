"""Stores every reply of a model or judge as JSON lines, and plays them back without either."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from smolagents import ChatMessage, MessageRole, Model, TokenUsage

from agent.domain import Judge, Judgement, RetentionJudge, RetentionVote
from agent.errors import ModelError, StoreFailed
from agent.models.answers import stop_waiting
from agent.models.meter import Meter

Speaker = Literal["model", "judge", "retention"]
_JUDGEMENT = TypeAdapter(Judgement)
_VOTE = TypeAdapter(RetentionVote)
_NO_MATCH_HINT = "The record is of another version or another session; run the edit again instead."


class Reply(BaseModel):
    """One line of the record: who replied what, and the digest of what it was asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speaker: Speaker
    index: int
    role: str
    content: str
    input_tokens: int = 0
    output_tokens: int = 0
    question_sha256: str
    seen_sha256: str = ""
    """Of the pictures that went with the question; a replay has others, for encoders differ."""

    @property
    def usage(self) -> TokenUsage:
        """What the reply was billed with."""
        return TokenUsage(self.input_tokens, self.output_tokens)


class _Record:
    """The lines of one speaker in a file that several may share."""

    def __init__(self, path: Path, speaker: Speaker) -> None:
        self._path = path
        self._speaker = speaker
        self._next = 0
        self._lock = threading.Lock()

    def append(
        self, question: str, role: str, content: str, usage: TokenUsage | None = None, seen: str = ""
    ) -> None:
        """Stores a reply before anyone acts on it; raises `StoreFailed`."""
        with self._lock:
            reply = Reply(
                speaker=self._speaker,
                index=len(self.replies()) if self._path.exists() else 0,
                role=role,
                content=content,
                input_tokens=usage.input_tokens if usage else 0,
                output_tokens=usage.output_tokens if usage else 0,
                question_sha256=question,
                seen_sha256=seen,
            )
            try:
                # In one write, so that a process that is killed leaves no half line.
                with self._path.open("ab", buffering=0) as lines:
                    lines.write(f"{reply.model_dump_json()}\n".encode())
            except OSError as exc:
                raise StoreFailed.at(self._path, exc) from exc

    def replies(self) -> list[Reply]:
        """Every reply of the speaker; raises `ModelError` if the file is not a record."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            replies = [Reply.model_validate_json(line) for line in lines if line.strip()]
        except (OSError, ValidationError) as exc:
            raise ModelError(f"Cannot read the record {self._path.name}: {exc}") from exc
        return [reply for reply in replies if reply.speaker == self._speaker]

    def known(self, question: str, seen: str = "") -> Reply | None:
        """What was replied to this question already, before the job was taken up again."""
        replies = self.replies() if self._path.exists() else []
        same = (reply for reply in replies if (reply.question_sha256, reply.seen_sha256) == (question, seen))
        return next(same, None)

    def next_reply(self, question: str) -> Reply:
        """The reply that was given to this question; raises `ModelError` if another comes next, or none."""
        with self._lock:
            replies = self.replies()
            if self._next >= len(replies):
                raise ModelError(
                    f"The record ends after {len(replies)} replies of the {self._speaker}.",
                    hint=_NO_MATCH_HINT,
                )
            reply = replies[self._next]
            if reply.question_sha256 != question:
                raise ModelError(
                    f"Reply {reply.index} of the {self._speaker} was given to another question.",
                    hint=_NO_MATCH_HINT,
                )
            self._next += 1
            return reply


class RecordedModel(Model):
    """Asks `inner` what `record` does not hold, and stores each reply; made by `replay`, it asks nobody."""

    def __init__(self, inner: Model | None, record: Path) -> None:
        super().__init__(model_id=inner.model_id if inner else "recorded")
        self._inner = inner
        self._record = _Record(record, "model")

    @classmethod
    def replay(cls, record: Path) -> Self:
        """A model that gives the replies of `record` again, to the same questions in the same order."""
        return cls(None, record)

    def generate(  # type: ignore[override]  # passes on whatever it is given
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        **options: Any,  # noqa: ANN401  whatever the inner model takes
    ) -> ChatMessage:
        """The reply, stored or played back. Raises `ModelError` if the record does not fit."""
        question = digest_messages(messages)
        reply = self._record.next_reply(question) if self._inner is None else self._record.known(question)
        if reply is not None:
            return ChatMessage(role=MessageRole(reply.role), content=reply.content, token_usage=reply.usage)
        assert self._inner is not None, "without it there is a reply"
        message = self._inner.generate(messages, stop_sequences=stop_sequences, **options)
        role = MessageRole(message.role)
        self._record.append(question, role.value, _text(message), message.token_usage)
        return message

    def cancel(self) -> None:
        """Passes the wish on to a model that can be stopped."""
        stop_waiting(self._inner)


class RecordedJudge:
    """A `Judge` that asks `inner` and stores its judgements in `record`; made by `replay`, it asks nobody.

    What passed `meter` is stored with a judgement, and passes it again when that is given again.
    """

    def __init__(self, inner: Judge | None, record: Path, meter: Meter | None = None) -> None:
        self._inner = inner
        self._record = _Record(record, "judge")
        self._meter = meter or Meter()

    @classmethod
    def replay(cls, record: Path) -> Self:
        """A judge that gives the judgements of `record` again."""
        return cls(None, record)

    @staticmethod
    def has_replies(record: Path) -> bool:
        """Whether a judge took part in what `record` holds."""
        return bool(_Record(record, "judge").replies())

    async def judge(self, request: str, summary_text: str, sheets: Sequence[bytes]) -> Judgement:
        """The judgement, stored or played back. Pictures are no part of the question: encoders differ."""
        question = _digest([request, summary_text])
        if self._inner is None:
            return _JUDGEMENT.validate_json(self._record.next_reply(question).content)
        seen = hashlib.sha256(b"".join(sheets)).hexdigest()
        known = self._record.known(question, seen)
        if known is not None:
            self._meter.count(known.usage)
            return _JUDGEMENT.validate_json(known.content)
        before = self._meter.used
        judgement = await self._inner.judge(request, summary_text, sheets)
        content, usage = _JUDGEMENT.dump_json(judgement).decode(), self._meter.used_since(before)
        self._record.append(question, MessageRole.ASSISTANT.value, content, usage, seen)
        return judgement


class RecordedRetentionJudge:
    """A `RetentionJudge` that asks `inner` what `record` does not hold; made by `replay`, it asks nobody.

    What passed `meter` is stored with a vote, and passes it again when that is given again.
    """

    def __init__(self, inner: RetentionJudge | None, record: Path, meter: Meter | None = None) -> None:
        self._inner = inner
        self._record = _Record(record, "retention")
        self._meter = meter or Meter()

    @classmethod
    def replay(cls, record: Path) -> Self:
        """A judge that gives the votes of `record` again."""
        return cls(None, record)

    async def vote(self, facts: str, sheets: Sequence[bytes], number: int) -> RetentionVote:
        """The vote, stored or played back. Pictures are no part of the question: encoders differ."""
        question = _digest([facts, number])
        if self._inner is None:
            return _VOTE.validate_json(self._record.next_reply(question).content)
        seen = hashlib.sha256(b"".join(sheets)).hexdigest()
        known = self._record.known(question, seen)
        if known is not None:
            self._meter.count(known.usage)
            return _VOTE.validate_json(known.content)
        before = self._meter.used
        vote = await self._inner.vote(facts, sheets, number)
        content, usage = _VOTE.dump_json(vote).decode(), self._meter.used_since(before)
        self._record.append(question, MessageRole.ASSISTANT.value, content, usage, seen)
        return vote


def digest_messages(messages: Sequence[ChatMessage]) -> str:
    """SHA-256 of roles and texts, without the system prompt: other instructions give no other replay."""
    return _digest(
        [
            [MessageRole(message.role).value, _text(message)]
            for message in messages
            if message.role != MessageRole.SYSTEM
        ]
    )


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(str(part.get("text", "")) for part in message.content or [])
