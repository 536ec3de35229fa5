"""Every case that the suite judges: the good compositions, and each kind of defect in several of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.critic.sheet import evenly
from agent.evaluation.critic_suite.defect import Kind
from agent.evaluation.critic_suite.footage import MADE_BY_TOOLS
from agent.evaluation.critic_suite.good import Good, good_compositions
from agent.evaluation.critic_suite.kinds import KINDS
from agent.evaluation.critic_suite.program import Program

CASES_OF_A_KIND = 5


@dataclass(frozen=True)
class Case:
    """A composition to judge; without a kind it is good."""

    good: Good
    program: Program
    kind: Kind | None = None

    @property
    def session_assets(self) -> frozenset[str]:
        """Files that were there when the request was made: all that it shows but the work of tools."""
        used = {clip.asset for part in self.program.layers for clip in part.clips if clip.asset}
        return self.good.assets | (used - MADE_BY_TOOLS)

    @property
    def name(self) -> str:
        """What is shown while it is judged."""
        return f"{self.kind.name} in {self.good.name}" if self.kind else self.good.name


def all_cases() -> tuple[Case, ...]:
    """Good ones first; a defect is put into at most five compositions, chosen evenly from those it fits."""
    goods = good_compositions()
    return (*(Case(good, good.program) for good in goods), *_defective(goods, CASES_OF_A_KIND))


def some_cases(*, goods_apart: int, kinds_apart: int = 1) -> tuple[Case, ...]:
    """Each so many good ones, and each so many kinds in one composition: what a quick test judges."""
    goods = good_compositions()
    chosen = (Case(good, good.program) for good in goods[::goods_apart])
    return (*chosen, *_defective(goods, 1, KINDS[::kinds_apart]))


def _defective(goods: Sequence[Good], of_a_kind: int, kinds: Sequence[Kind] = KINDS) -> Iterator[Case]:
    for kind in kinds:
        seeded = ((good, kind.seed(good)) for good in goods)
        fitting = [
            Case(good, program, kind) for good, program in seeded if program not in (None, good.program)
        ]
        yield from evenly(fitting, of_a_kind)
