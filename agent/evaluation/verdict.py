"""How an evaluation ends, and why, in words that a table and a report share."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from agent.domain import Severity
from agent.evaluation.total import GOLDEN_METRIC, GOLDEN_TOTAL
from agent.evaluation.values import Evaluation, Finding


class Outcome(StrEnum):
    """What is to become of the file."""

    GOLDEN = "golden"
    NOT_GOLDEN = "not golden"
    BLOCKED = "blocked"


def outcome_of(evaluation: Evaluation) -> Outcome:
    """Blocked where a finding forbids delivery, whatever the scores are."""
    if evaluation.blockers:
        return Outcome.BLOCKED
    return Outcome.GOLDEN if evaluation.golden else Outcome.NOT_GOLDEN


def reasons_of(evaluation: Evaluation) -> list[str]:
    """What decided the outcome, a sentence each: what blocks, what is weakest, what could not be judged."""
    blocking = [finding.issue.message for finding in ordered(evaluation.blockers)]
    unjudged = [
        f"{title(score.metric)} – {score.why or 'not judged whole'}"
        for score in evaluation.scores
        if not score.complete
    ]
    return [sentence(said) for said in (*dict.fromkeys(blocking), *_weakest(evaluation), *unjudged)]


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """What blocks first; then by time, and before all times what is true of the whole file."""

    def place(finding: Finding) -> tuple[bool, float]:
        at_s = finding.issue.time_s
        return finding.issue.severity is not Severity.BLOCKER, -1.0 if at_s is None else at_s

    return sorted(findings, key=place)


def title(name: str) -> str:
    """A name of ours as people read it: `talking_head` is "Talking head"."""
    return name.replace("_", " ").capitalize()


def sentence(said: str) -> str:
    """With a capital in front and a full stop behind."""
    whole = said[:1].upper() + said[1:]
    return whole if not whole or whole.endswith((".", "!", "?")) else f"{whole}."


def clock(time_s: float) -> str:
    """Minutes, seconds and tenths, with hours where there are any: 0:07.5, 1:02:03.0."""
    minutes, tenths = divmod(round(max(0.0, time_s) * 10), 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenths / 10:04.1f}"
    return f"{hours}:{minutes:02}:{seconds}" if hours else f"{minutes}:{seconds}"


def when(finding: Finding) -> str:
    """The stretch of a finding; empty where it is about the whole file."""
    at_s, until_s = finding.issue.time_s, finding.until_s
    if at_s is None:
        return ""
    same = until_s is None or clock(until_s) == clock(at_s)
    return clock(at_s) if same or until_s is None else f"{clock(at_s)} – {clock(until_s)}"


def _weakest(evaluation: Evaluation) -> list[str]:
    """The lowest score, where it or the total is too low."""
    judged = [(score.value, score) for score in evaluation.scores if score.value is not None]
    value, lowest = min(judged, key=lambda pair: pair[0], default=(1.0, None))
    enough = value > GOLDEN_METRIC and (evaluation.total or 0.0) > GOLDEN_TOTAL
    if lowest is None or enough:
        return []
    part = lowest.weakest
    because = f": {part.measured or part.name}" if part is not None else ""
    return [f"{title(lowest.metric)} is weakest, {value:.2f}{because}"]
