"""Runs the cases of the suite in one operator page, and counts the critic's mistakes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.browser.page import OperatorPage
from agent.browser.protocol import Rejected
from agent.critic.expectation import expectation
from agent.critic.review import Critic
from agent.critic.sampling import sampling_times
from agent.domain import Asset, Judge, Severity, Verdict
from agent.evaluation.critic_suite.cases import Case, all_cases
from agent.evaluation.critic_suite.defect import Kind
from agent.evaluation.critic_suite.footage import FRAME_RATE, make_footage
from agent.evaluation.critic_suite.kinds import KINDS
from agent.evaluation.critic_suite.result import KindResult, SuiteResult, Tally

OnCase = Callable[[int, int, str], None]
"""Cases done, cases in all, and what is judged now."""
_REFUSED_BY_PAGE = "not composed"


@dataclass(frozen=True)
class Judged:
    """What the critic said of a case: the codes of the blockers, none for a green light."""

    case: Case
    by_checks: tuple[str, ...]
    with_vision: tuple[str, ...] | None = None


async def run_critic_suite(
    page: OperatorPage,
    judge: Judge | None = None,
    *,
    footage: Path,
    on_case: OnCase = lambda done, total, name: None,
    cases: Sequence[Case] | None = None,
) -> SuiteResult:
    """All *cases*, by default the whole suite; its footage is made in the folder *footage*.

    The page is emptied before and afterwards. Without a *judge* the checks are measured alone. Raises
    `BrowserError`, `MediaToolFailed`, `ModelError`.
    """
    started = time.monotonic()
    chosen = all_cases() if cases is None else cases
    assets = await make_footage(footage)
    await page.reset()
    for asset in assets.values():
        await page.add_asset(asset)
    judged: list[Judged] = []
    for case in chosen:
        on_case(len(judged), len(chosen), case.name)
        judged.append(await _judged(page, case, assets, judge))
    await page.reset()
    return _result(judged, time.monotonic() - started)


async def _judged(page: OperatorPage, case: Case, assets: Mapping[str, Asset], judge: Judge | None) -> Judged:
    composed = await page.compose(case.program.typescript())
    if isinstance(composed, Rejected):
        return Judged(case, (_REFUSED_BY_PAGE,), None if judge is None else (_REFUSED_BY_PAGE,))
    times = sampling_times(composed.summary, FRAME_RATE)
    samples = await page.sample(times=times, frame_rate=FRAME_RATE)
    known = [assets[name] for name in sorted(case.session_assets)]
    expected = expectation(case.good.request, known)

    async def verdict_of(critic: Critic) -> tuple[str, ...]:
        verdict = await critic.review(
            composed.fingerprint, case.good.request, composed.summary, samples, expected
        )
        return _blockers(verdict)

    with_vision = None if judge is None else await verdict_of(Critic(judge))
    return Judged(case, await verdict_of(Critic()), with_vision)


def _blockers(verdict: Verdict) -> tuple[str, ...]:
    return tuple(issue.code for issue in verdict.issues if issue.severity is Severity.BLOCKER)


def _result(judged: Sequence[Judged], elapsed_s: float) -> SuiteResult:
    good = [found for found in judged if found.case.kind is None]
    return SuiteResult(
        kinds=tuple(_of_kind(kind, judged) for kind in KINDS),
        good=_tally(good, wrong=bool),
        refused=tuple((found.case.name, ", ".join(found.by_checks)) for found in good if found.by_checks),
        elapsed_s=elapsed_s,
    )


def _of_kind(kind: Kind, judged: Sequence[Judged]) -> KindResult:
    found = [one for one in judged if one.case.kind is kind]
    passed = tuple(one.case.good.name for one in found if not one.by_checks)
    return KindResult(
        kind.name, kind.shows, kind.visible_to_checks, _tally(found, wrong=lambda codes: not codes), passed
    )


def _tally(judged: Sequence[Judged], wrong: Callable[[tuple[str, ...]], bool]) -> Tally:
    seen = [found.with_vision for found in judged if found.with_vision is not None]
    return Tally(
        len(judged),
        sum(wrong(found.by_checks) for found in judged),
        sum(wrong(codes) for codes in seen) if seen else None,
    )
