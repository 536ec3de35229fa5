"""One verdict from all who judge: the frame checks always, a judge who looks where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.browser.protocol import CompositionSummary
from agent.critic.frame_checks import check_frames
from agent.critic.sheet import contact_sheets, unlike
from agent.critic.unchanged import Previous, check_unchanged
from agent.domain import Expectation, FrameSample, Issue, Judge, Judgement, Severity, Verdict
from agent.tracing import span

BY_CHECKS = "checks"
BY_CHECKS_AND_VISION = "checks+vision"


class Critic:
    """Gives a green light only when neither the checks nor the judge name a blocker."""

    def __init__(self, judge: Judge | None = None, *, watermarked: bool = True) -> None:
        """Without a *judge* the checks decide alone, and the verdict says so."""
        self._judge = judge
        self._watermarked = watermarked

    async def review(
        self,
        fingerprint: str,
        request: str,
        summary: CompositionSummary,
        samples: Sequence[FrameSample],
        expectation: Expectation,
        previous: Previous | None = None,
    ) -> Verdict:
        """The verdict for that fingerprint; *previous* is what a follow-up starts from.

        Raises `ModelError` when the judge cannot be asked.
        """
        with span("review", kind="critic") as traced:
            verdict = await self._reviewed(fingerprint, request, summary, samples, expectation, previous)
            traced.set(green_light=verdict.green_light, issues=len(verdict.issues))
        return verdict

    async def _reviewed(
        self,
        fingerprint: str,
        request: str,
        summary: CompositionSummary,
        samples: Sequence[FrameSample],
        expectation: Expectation,
        previous: Previous | None,
    ) -> Verdict:
        checks = await asyncio.to_thread(
            check_frames, samples, summary, expectation, watermarked=self._watermarked, previous=previous
        )
        if previous is not None:
            checks += tuple(await asyncio.to_thread(check_unchanged, request, summary, samples, previous))
        if self._judge is None or not samples:
            return _verdict(fingerprint, BY_CHECKS, checks, _told(checks))
        sheets = await asyncio.to_thread(contact_sheets, unlike(samples))
        summary_text = summary.model_dump_json(by_alias=True, exclude_none=True)
        judgement = await self._judge.judge(request, summary_text, sheets)
        issues = (*checks, *_objections(judgement))
        return _verdict(fingerprint, BY_CHECKS_AND_VISION, issues, judgement.summary)


def _objections(judgement: Judgement) -> tuple[Issue, ...]:
    """The judge's issues; a refusal without a blocker is one by itself."""
    refused = not judgement.approved
    if refused and all(issue.severity is not Severity.BLOCKER for issue in judgement.issues):
        return (*judgement.issues, Issue("not_approved", judgement.summary, source="vision"))
    return judgement.issues


def _verdict(fingerprint: str, judged_by: str, issues: tuple[Issue, ...], summary: str) -> Verdict:
    green = all(issue.severity is not Severity.BLOCKER for issue in issues)
    ordered = sorted(issues, key=lambda issue: issue.severity is not Severity.BLOCKER)
    return Verdict(fingerprint, green, judged_by, tuple(ordered), summary)


def _told(issues: Sequence[Issue]) -> str:
    blockers = sum(issue.severity is Severity.BLOCKER for issue in issues)
    if blockers:
        return f"{blockers} blocker{'s' if blockers > 1 else ''} and {len(issues) - blockers} warnings."
    return f"No blockers, {len(issues)} warnings." if issues else "Nothing to object to."
