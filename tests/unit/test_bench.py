"""The bench's own arithmetic: what it quotes follows from what it measured."""

import io

import pytest
from rich.console import Console

from tests.bench.figures import Figure, at_least, at_most, paired_ratios
from tests.bench.report import report, shown, table


def test_ratios_are_taken_within_a_round():
    """A machine that slows down by half in the second round leaves the ratio as it is."""
    assert paired_ratios([3.0, 6.0], [2.0, 4.0]) == (1.5, 1.5)


def test_rounds_have_to_match():
    """A contender that missed a round cannot be compared."""
    with pytest.raises(ValueError, match="shorter"):
        paired_ratios([1.0, 2.0], [1.0])


def test_the_median_is_quoted_and_decides():
    """One round that went wrong neither passes nor fails a target."""
    assert Figure("speed", "x", (0.1, 1.4, 1.5), at_least(1.3)).met is True
    assert Figure("speed", "x", (1.1, 1.2, 9.0), at_least(1.3)).met is False
    assert Figure("speed", "x", (1.1, 1.2, 9.0)).met is None


@pytest.mark.parametrize("target", [at_least(2.0), at_most(2.0)])
def test_a_bound_that_is_just_kept_is_kept(target):
    """2.0 is at least 2.0, and at most."""
    assert target.met_by(2.0)


@pytest.mark.parametrize(
    ("value", "text"), [(1.2345, "1.23"), (45.678, "45.7"), (995.4, "995"), (0.5, "0.5")]
)
def test_figures_have_three_digits(value: float, text: str):
    """More would claim a precision that a shared machine has not."""
    assert shown(value) == text


def test_the_table_marks_what_was_missed():
    """Each row holds median, range, target and mark; without a target there is no mark."""
    figures = [
        Figure("render", "x", (1.5, 1.4, 1.6), at_least(1.3), "70 fps"),
        Figure("check", "ms", (160.0,), at_most(150)),
        Figure("page", "ms", (900.0,)),
    ]
    console = Console(width=120, record=True, file=io.StringIO())

    console.print(table(figures))
    render, check, page = [line for line in console.export_text().splitlines() if "│" in line]

    assert all(part in render for part in ("1.5 x", "1.4 - 1.6", "≥ 1.3", "pass", "70 fps"))
    assert all(part in check for part in ("160 ms", "≤ 150", "miss"))
    assert "pass" not in page
    assert "miss" not in page


def test_the_report_holds_every_round():
    """Whoever doubts a median can take another."""
    written = report([Figure("render", "x", (1.5, 1.4, 1.6), at_least(1.3))], ["MoviePy is not installed"])

    assert written["skipped"] == ["MoviePy is not installed"]
    assert written["figures"] == [
        {
            "name": "render",
            "unit": "x",
            "median": 1.5,
            "min": 1.4,
            "max": 1.6,
            "values": [1.5, 1.4, 1.6],
            "target": "≥ 1.3",
            "met": True,
            "detail": "",
        }
    ]
