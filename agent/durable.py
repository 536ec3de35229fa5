"""The collaborators of an edit, each costly call a recorded step: the model, the page, the critic."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, cast

from pydantic import JsonValue, TypeAdapter
from smolagents import ChatMessage, MessageRole, Model, TokenUsage

from agent.browser.protocol import CheckResult, Composed, ComposeResult, CompositionSummary, Rejected
from agent.critic.unchanged import Previous
from agent.domain import Expectation, FrameSample, Verdict
from agent.errors import Cancelled
from agent.models.answers import stop_waiting
from agent.models.meter import LONGEST_WAIT_S, Meter
from agent.steps import Steps
from agent.tools.context import Critic, Gate, Page

_VERDICT = TypeAdapter(Verdict)


class SampleStore(Protocol):
    """Where frames are kept, so that a record can refer to them."""

    def store_samples(self, fingerprint: str, samples: Sequence[FrameSample]) -> object:
        """Keeps the frames of the composition."""

    def sample_jpeg(self, fingerprint: str, timestamp_s: float) -> bytes:
        """One of those frames again. Raises `StoreFailed` where it is gone."""


class ResumablePage(Page, Protocol):
    """A page that can be told what was composed before it was opened."""

    def resume_with(self, source: str) -> None:
        """The next call that needs the page composes *source* first."""


class DurableModel(Model):
    """Asks *inner* for each reply once, whatever comes between; *heard* is told of each, old or new."""

    def __init__(
        self,
        inner: Model,
        steps: Steps,
        heard: Callable[[TokenUsage], None],
        may_ask: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """*may_ask* says after how many seconds to ask for leave again; 0: a call may be made now."""
        super().__init__(model_id=inner.model_id)
        self._may_ask = may_ask
        self._cancelled = threading.Event()
        self._inner = inner
        self._steps = steps
        self._heard = heard
        self._asked = 0

    def generate(  # type: ignore[override]  # passes on whatever it is given
        self,
        messages: list[ChatMessage],
        stop_sequences: list[str] | None = None,
        **options: Any,  # noqa: ANN401  whatever the inner model takes
    ) -> ChatMessage:
        """The reply, as it was first given."""
        self._asked += 1

        def ask() -> JsonValue:
            self._wait_for_leave()
            reply = self._inner.generate(messages, stop_sequences=stop_sequences, **options)
            usage = reply.token_usage or TokenUsage(0, 0)
            role = MessageRole(reply.role).value
            return {
                "role": role,
                "content": _text(reply),
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
            }

        said = cast("dict[str, Any]", self._steps.run_blocking(f"model reply {self._asked}", ask))
        usage = TokenUsage(said["input_tokens"], said["output_tokens"])
        self._heard(usage)
        return ChatMessage(role=MessageRole(said["role"]), content=said["content"], token_usage=usage)

    def cancel(self) -> None:
        """Passes the wish on to a model that can be stopped."""
        self._cancelled.set()
        stop_waiting(self._inner)

    def _wait_for_leave(self) -> None:
        while wait_s := self._may_ask():
            if self._cancelled.wait(min(wait_s, LONGEST_WAIT_S)):
                raise Cancelled("The edit was cancelled.")


class DurablePage:
    """A page whose compositions and frames are recorded; what is on record needs no browser."""

    def __init__(self, page: ResumablePage, steps: Steps, kept: SampleStore) -> None:
        self._page = page
        self._steps = steps
        self._kept = kept
        self._fingerprint = ""

    @property
    def gate(self) -> Gate:
        return self._page.gate

    async def check(self, source: str) -> CheckResult:
        """Not recorded: it is quick and changes nothing."""
        return await self._page.check(source)

    async def compose(self, source: str) -> Composed | Rejected:
        """As the page composed it, or once did."""
        done_now = False

        async def compose() -> JsonValue:
            nonlocal done_now
            done_now = True
            return cast(JsonValue, (await self._page.compose(source)).model_dump(mode="json"))

        found = await self._steps.run("compose", compose)
        composed = ComposeResult.model_validate(found).root
        if isinstance(composed, Composed):
            self._fingerprint = composed.fingerprint
            if not done_now:
                self._page.resume_with(source)
        return composed

    async def sample(
        self,
        *,
        fps: float = 1.0,
        times: Sequence[float] | None = None,
        width: int = 640,
        frame_rate: float = 30,
    ) -> tuple[FrameSample, ...]:
        """The frames, from the page or from where they are kept."""
        taken: tuple[FrameSample, ...] = ()

        async def sample() -> JsonValue:
            nonlocal taken
            taken = await self._page.sample(fps=fps, times=times, width=width, frame_rate=frame_rate)
            await asyncio.to_thread(self._kept.store_samples, self._fingerprint, taken)
            return [_reference(frame) for frame in taken]

        known = cast("list[dict[str, Any]]", await self._steps.run("sample", sample))
        return taken or await asyncio.to_thread(self._read, known)

    def _read(self, known: list[dict[str, Any]]) -> tuple[FrameSample, ...]:
        return tuple(
            FrameSample(**found, jpeg=self._kept.sample_jpeg(self._fingerprint, found["timestamp_s"]))
            for found in known
        )


class MeteredSteps:
    """Steps in which a vision model may be asked: what it used is recorded with what came of it.

    *heard* is told of the use, old or new; it may block.
    """

    def __init__(self, steps: Steps, meter: Meter, heard: Callable[[TokenUsage], None]) -> None:
        self._steps = steps
        self.meter = meter
        self._heard = heard

    async def run(self, name: str, work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """What *work* returns, or returned when this step was first done."""

        async def metered() -> JsonValue:
            before = self.meter.used
            made = await work()
            used = self.meter.used_since(before)
            return {"made": made, "input_tokens": used.input_tokens, "output_tokens": used.output_tokens}

        found = cast("dict[str, Any]", await self._steps.run(name, metered))
        await asyncio.to_thread(self._heard, TokenUsage(found["input_tokens"], found["output_tokens"]))
        return cast(JsonValue, found["made"])


class DurableCritic:
    """A critic whose verdicts are recorded."""

    def __init__(self, critic: Critic, steps: MeteredSteps) -> None:
        self._critic = critic
        self._steps = steps

    async def review(
        self,
        fingerprint: str,
        request: str,
        summary: CompositionSummary,
        samples: Sequence[FrameSample],
        expectation: Expectation,
        previous: Previous | None = None,
    ) -> Verdict:
        """The verdict, as it was first given."""

        async def review() -> JsonValue:
            verdict = await self._critic.review(fingerprint, request, summary, samples, expectation, previous)
            return cast(JsonValue, _VERDICT.dump_python(verdict, mode="json"))

        return _VERDICT.validate_python(await self._steps.run("critic", review))


def _reference(frame: FrameSample) -> JsonValue:
    """What a record holds of a frame whose picture is kept in the session's folder."""
    return {
        "timestamp_s": frame.timestamp_s,
        "frame_index": frame.frame_index,
        "width": frame.width,
        "height": frame.height,
    }


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(str(part.get("text", "")) for part in message.content or [])
