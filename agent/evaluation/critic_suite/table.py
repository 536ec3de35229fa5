"""The suite's result as people read it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table

from agent.evaluation.critic_suite.result import KindResult, SuiteResult, Tally


def suite_table(result: SuiteResult) -> RenderableType:
    """Kinds that checks can see, then those that only a model can; the totals; the good ones refused."""
    kinds = Table(title="Seeded defects: how many got a green light")
    for heading in ("defect", "what is wrong", "cases"):
        kinds.add_column(heading, justify="right" if heading == "cases" else "left")
    kinds.add_column("passed by checks", justify="right")
    kinds.add_column("by checks + vision", justify="right")
    for visible in (True, False):
        kinds.add_section()
        for kind in result.kinds:
            if kind.visible_to_checks is visible:
                kinds.add_row(*_row(kind))
    return Group(kinds, _totals(result), *_refused(result))


def _row(kind: KindResult) -> tuple[str, ...]:
    name = kind.name if kind.visible_to_checks else f"{kind.name} (a model's work)"
    return name, kind.shows, str(kind.tally.cases), *_wrong(kind.tally)


def _totals(result: SuiteResult) -> Table:
    totals = Table(title="The critic's mistakes")
    totals.add_column("")
    for heading in ("cases", "checks alone", "checks + vision"):
        totals.add_column(heading, justify="right")
    visible = sum(kind.visible_to_checks for kind in result.kinds)
    rows = [
        (f"false pass, the {visible} kinds that checks can see", result.false_pass),
        (f"false pass, all {len(result.kinds)} kinds", result.false_pass_of_all),
        ("false fail, good compositions", result.good),
    ]
    for name, tally in rows:
        totals.add_row(name, str(tally.cases), *_rates(tally))
    return totals


def _refused(result: SuiteResult) -> list[str]:
    return [f"Refused though good: {name} ({code})" for name, code in result.refused]


def _wrong(tally: Tally) -> tuple[str, str]:
    vision = "not asked" if tally.wrong_with_vision is None else str(tally.wrong_with_vision)
    return str(tally.wrong_by_checks), vision


def _rates(tally: Tally) -> tuple[str, str]:
    vision = tally.rate_with_vision
    told = "not asked" if vision is None else f"{vision:.1%}"
    return f"{tally.rate:.1%} ({tally.wrong_by_checks})", told
