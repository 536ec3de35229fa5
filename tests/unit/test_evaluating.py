"""Which files are delivered, and what is said of those that are not."""

from pathlib import Path

from agent.domain import Issue, Severity
from agent.evaluating import is_deliverable, objections, why_not
from agent.job_result import Scorecard
from agent.order import EditOrder

ORDER = EditOrder("trim", Path("out.mp4"))
GOLDEN_ORDER = EditOrder("trim", Path("out.mp4"), require_golden=True)
UNJUDGED = "Retention – not judged: the endpoint is down."
SOFT = Issue("soft", "It is soft.", Severity.WARNING)


def test_a_video_without_blockers_is_delivered_unless_golden_was_asked_for():
    """What is only told holds nothing back."""
    found = Scorecard(total=0.99, golden=False, issues=(SOFT,), reasons=(UNJUDGED,))

    assert is_deliverable(found, ORDER)
    assert not is_deliverable(found, GOLDEN_ORDER)


def test_what_could_not_be_judged_is_told_where_golden_was_asked_for():
    """To people in the message, and to the model among what is to be mended."""
    found = Scorecard(total=0.99, golden=False, issues=(SOFT,), reasons=(UNJUDGED,))

    assert why_not(found) == f"Golden was asked for; the finished video scored 0.99. {UNJUDGED}"
    assert [issue.message for issue in objections(found)] == ["It is soft.", UNJUDGED]


def test_a_blocker_is_reason_enough():
    """Golden or not, it is what is to be mended first."""
    flashes = Issue("flashes", "It flashes.", Severity.BLOCKER)
    found = Scorecard(total=0.3, golden=False, issues=(flashes, SOFT), reasons=("It flashes.", UNJUDGED))

    assert not is_deliverable(found, ORDER)
    assert why_not(found) == "The finished video has faults: It flashes."
    assert objections(found) == (flashes, SOFT)
