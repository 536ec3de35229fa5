"""The suite's cases and figures, without a browser."""

from __future__ import annotations

import json
from collections import Counter

from rich.console import Console

from agent.evaluation.critic_suite.cases import all_cases
from agent.evaluation.critic_suite.clips import WIDE, layer, text, video
from agent.evaluation.critic_suite.kinds import KINDS
from agent.evaluation.critic_suite.program import Program
from agent.evaluation.critic_suite.result import KindResult, SuiteResult, Tally
from agent.evaluation.critic_suite.table import suite_table

RESULT = SuiteResult(
    kinds=(
        KindResult("cut off", "over the edge", True, Tally(10, 1, 0), ("a title",)),
        KindResult("dull", "nothing happens", False, Tally(4, 4, 2)),
    ),
    good=Tally(40, 2, 4),
    refused=(("a title", "gap"),),
    elapsed_s=3.0,
)


def test_there_are_kinds_and_good_compositions_enough():
    """At least thirty kinds, twenty of them for checks, forty good ones; no kind without a case."""
    cases = all_cases()
    of_kind = Counter(case.kind.name for case in cases if case.kind is not None)
    good = {case.name: case.program.typescript() for case in cases if case.kind is None}

    assert len(KINDS) >= 30
    assert sum(kind.visible_to_checks for kind in KINDS) >= 20
    assert set(of_kind) == {kind.name for kind in KINDS}
    assert len(set(good.values())) == len(good) >= 40


def test_a_defect_is_a_change_of_the_program():
    """Each case differs from the good composition that it was put into."""
    for case in all_cases():
        assert (case.kind is None) == (case.program == case.good.program), case.name


def test_a_program_says_when_and_from_which_moment():
    """The delay counts from the file's beginning, as core has it."""
    program = Program(
        *WIDE, (layer("footage", video("a.mp4", 2, 5, 1.5)), layer("text", text("Hi", 1, 2, WIDE)))
    )

    lines = program.typescript()

    assert '{"range": [1.5, 4.5], "delay": 0.5, "height": "100%", "position": "center"}' in lines
    assert '"duration": 1, "delay": 1, "text": "Hi"' in lines


def test_rates_are_over_the_kinds_that_checks_can_see():
    """A kind that only a model can see counts in the other total."""
    assert (RESULT.false_pass.rate, RESULT.false_pass_of_all.cases) == (0.1, 14)
    assert RESULT.false_pass_of_all.rate_with_vision == 2 / 14
    assert (RESULT.good.rate, RESULT.good.rate_with_vision) == (0.05, 0.1)
    assert Tally(3, 1).rate_with_vision is None


def test_the_result_is_told_to_people_and_machines():
    """As a table, and as JSON."""
    console = Console(width=160, record=True)
    console.print(suite_table(RESULT))
    told = console.export_text()

    assert "cut off" in told
    assert "10.0% (1)" in told
    assert "a model's work" in told
    assert "Refused though good: a title (gap)" in told
    assert json.loads(json.dumps(RESULT.as_dict()))["false_pass_rate"] == 0.1
