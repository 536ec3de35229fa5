"""How parts become a score and scores a total: monotone, and nothing ruined hides behind the rest."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.domain import Issue, Severity
from agent.evaluation.scoring import combined, lin, log_lin, score_of
from agent.evaluation.total import is_golden, total_of
from agent.evaluation.values import Finding, Metric, Part, Score


def parts(*scores: float | None) -> list[Part]:
    return [Part(f"part {number}", score, 1.0) for number, score in enumerate(scores)]


def scores(**values: float | None) -> list[Score]:
    return [Score(metric, values.get(metric.value, 1.0)) for metric in Metric]


BLOCKER = Finding(Issue("black", "It is black."), Metric.WATCHABILITY)
WARNING = Finding(Issue("loudness", "It is soft.", Severity.WARNING), Metric.WATCHABILITY)


def test_lin_is_straight_between_its_ends_and_clamped_outside():
    """Either end may be the smaller."""
    assert [lin(x, 10, 0) for x in (12, 10, 5, 0, -3)] == [0, 0, 0.5, 1, 1]
    assert log_lin(2, 4, 1) == pytest.approx(0.5)


def test_a_score_never_falls_when_a_part_rises():
    """Each step up a ladder of one part is a step up, or none, of the whole."""
    ladder = [combined(parts(0.9, step / 50, 0.4)) or 0.0 for step in range(51)]

    assert ladder == sorted(ladder)
    assert ladder[-1] > ladder[0]


def test_one_failed_part_cannot_hide():
    """Nine good parts leave a ruined one visible."""
    assert combined(parts(*[1.0] * 9, 0.0)) == pytest.approx(0.3)
    assert score_of(Metric.CLARITY, parts(1.0, 0.2, 1.0)).weakest == Part("part 1", 0.2, 1.0)


def test_parts_that_were_not_measured_share_their_weight_out():
    """Nothing measured is no score, not a score of nothing."""
    assert combined(parts(0.8, None)) == pytest.approx(0.8)
    assert combined(parts(None, None)) is None
    assert score_of(Metric.BRAND, ()).value is None


@pytest.mark.parametrize("metric", list(Metric))
def test_one_ruined_metric_is_never_golden(metric: Metric):
    """Whatever the other five are."""
    judged = scores(**{metric.value: 0.3})

    assert total_of(judged) == pytest.approx(0.3)
    assert not is_golden(judged, [])


@pytest.mark.parametrize("value", [0.0, 0.3, 0.58, 0.7, 0.75])
def test_the_total_is_not_over_a_metric_that_fails_its_line(value: float):
    """A damage that one metric finds is one that the total tells, however good the other five are."""
    assert (total_of(scores(clarity=value)) or 0.0) <= value


def test_the_total_never_falls_and_never_jumps_when_a_metric_rises():
    """A hundredth more of one metric is at most two hundredths of the total, also across its line."""
    ladder = [total_of(scores(clarity=step / 100)) or 0.0 for step in range(101)]
    steps = [after - before for before, after in pairwise(ladder)]

    assert min(steps) >= 0
    assert max(steps) == pytest.approx(0.02)
    assert ladder[90] > 0.95


def test_the_total_leaves_out_what_is_not_applicable():
    """A file without captions and brand is judged by the rest."""
    judged = scores(captions=None, brand=None, clarity=0.9)

    assert total_of(judged) == pytest.approx((0.9 * 0.15 + 0.2 + 0.2 + 0.15) / 0.7)
    assert is_golden(judged, [WARNING])
    assert total_of(scores(**{metric.value: None for metric in Metric})) is None


def test_golden_needs_every_gate():
    """A blocker, a metric at 0.75, or a part that nobody judged each forbid it."""
    good = scores()
    unjudged = [Score(Metric.RETENTION, 1.0, complete=False), *good[1:]]

    assert is_golden(good, [])
    assert not is_golden(good, [BLOCKER])
    assert not is_golden(scores(clarity=0.75), [])
    assert not is_golden(unjudged, [])
