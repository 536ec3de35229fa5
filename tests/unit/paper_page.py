"""An operator page of paper: it composes whatever it is told to, without a browser."""

import hashlib
from collections.abc import Callable, Sequence

from agent.browser.gate import RenderGate
from agent.browser.protocol import (
    CheckResult,
    ClipSummary,
    Composed,
    CompositionSummary,
    Diagnostic,
    LayerSummary,
    Rejected,
)
from agent.browser.protocol import Warning as PageWarning
from agent.domain import FrameSample, Issue, Verdict

SUMMARY = CompositionSummary(
    width=640,
    height=360,
    duration_seconds=5.0,
    background="#000000",
    layers=(
        LayerSummary(
            index=0,
            mode="SEQUENTIAL",
            clips=(ClipSummary(type="VIDEO", start_seconds=0, end_seconds=5, asset="clip.mp4", animated=()),),
        ),
    ),
    warnings=(),
)
WARNED = SUMMARY.model_copy(
    update={"warnings": (PageWarning(code="text_outside_frame", message='The TEXT clip "Hi" is cut off'),)}
)


def type_error(message: str = "Property 'volum' does not exist.", line: int = 1) -> Rejected:
    """What the page says of a program that does not type-check."""
    diagnostic = Diagnostic(
        line=line, column=3, code=2551, message=message, suggestion="Did you mean 'volume'?"
    )
    return Rejected(ok=False, reason="type_error", diagnostics=(diagnostic,), console=())


class PaperPage:
    """`answer` says what becomes of a program; None: it composes."""

    def __init__(
        self, answer: Callable[[str], Rejected | CompositionSummary | Exception | None] = lambda _: None
    ):
        self.gate = RenderGate()
        self.programs: list[str] = []
        self._answer = answer

    async def check(self, source: str) -> CheckResult:
        answer = self._answer(source)
        diagnostics = answer.diagnostics if isinstance(answer, Rejected) else ()
        return CheckResult(ok=not diagnostics, diagnostics=diagnostics, elapsed_seconds=0.01)

    async def compose(self, source: str) -> Composed | Rejected:
        answer = self._answer(source)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Rejected):
            return answer
        self.programs.append(source)
        digest = hashlib.sha256(source.encode()).hexdigest()
        return Composed(ok=True, fingerprint=digest, summary=answer or SUMMARY, console=())

    async def sample(self, *, fps=1.0, times=None, width=640, frame_rate=30) -> tuple[FrameSample, ...]:
        return (FrameSample(0.0, 0, width, 360, b"jpeg"),)


class ScriptedCritic:
    """Gives verdicts in order; the last one again and again. A verdict is a list of issues, or an error."""

    def __init__(self, *verdicts: Sequence[Issue] | Exception):
        self._verdicts = list(verdicts) or [()]
        self.asked: list[str] = []

    async def review(self, fingerprint, request, summary, samples, expectation, previous=None) -> Verdict:
        self.asked.append(request)
        verdict = self._verdicts.pop(0) if len(self._verdicts) > 1 else self._verdicts[0]
        if isinstance(verdict, Exception):
            raise verdict
        return Verdict(fingerprint, not verdict, "checks", tuple(verdict))


class NoDocs:
    """An index in which nothing is found."""

    def search(self, query, limit=5):
        return []
