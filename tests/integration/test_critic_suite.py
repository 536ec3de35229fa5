"""The critic on seeded defects and good compositions, in the real page: part of what the command measures."""

from __future__ import annotations

import pytest

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.domain import Issue, Judgement
from agent.evaluation.critic_suite.cases import Case, some_cases
from agent.evaluation.critic_suite.runner import run_critic_suite
from tests.media import CACHE

FOOTAGE = CACHE / "critic-suite"
MOST_FALSE_PASSES, MOST_FALSE_FAILS = 0.10, 0.05


class Blind:
    """A judge who refuses everything without looking."""

    async def judge(self, request: str, summary_text: str, sheets: object) -> Judgement:
        return Judgement(False, "no", (Issue("seen_other", "It is bad.", source="vision"),))


async def measured(cases: tuple[Case, ...], judge: Blind | None = None):
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        return await run_critic_suite(page, judge, footage=FOOTAGE, cases=cases)


@pytest.mark.slow
async def test_the_checks_alone_tell_good_from_bad():
    """Every third kind of defect in one composition each, and every ninth of the good ones."""
    result = await measured(some_cases(goods_apart=9, kinds_apart=3))

    assert result.false_pass.cases >= 20
    assert result.false_pass.rate <= MOST_FALSE_PASSES, [kind.name for kind in result.kinds if kind.passed]
    assert result.good.rate <= MOST_FALSE_FAILS, result.refused


async def test_a_judge_is_measured_beside_the_checks():
    """One who refuses all lets no defect pass, and no good composition either."""
    some = some_cases(goods_apart=20)
    good = [case for case in some if case.kind is None][:2]
    unseen = [case for case in some if case.kind is not None and not case.kind.visible_to_checks][:2]

    result = await measured((*good, *unseen), Blind())

    assert (result.good.wrong_by_checks, result.good.wrong_with_vision) == (0, 2)
    assert (result.false_pass_of_all.wrong_by_checks, result.false_pass_of_all.wrong_with_vision) == (2, 0)
