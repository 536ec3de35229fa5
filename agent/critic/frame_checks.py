"""What can be said of a composition without a model: pure functions of samples, summary and request."""

from __future__ import annotations

from collections.abc import Sequence

from agent.browser.protocol import CompositionSummary
from agent.critic.contrast import check_contrast
from agent.critic.layout_checks import check_layout
from agent.critic.picture_checks import Frame, check_pictures
from agent.critic.request_checks import check_request
from agent.domain import Expectation, FrameSample, Issue, Severity
from agent.media.similarity import picture_of


def check_frames(
    samples: Sequence[FrameSample],
    summary: CompositionSummary,
    expectation: Expectation,
    *,
    watermarked: bool = True,
) -> tuple[Issue, ...]:
    """All issues, blockers first; none of them is a blocker: the checks have no objection.

    *watermarked*: core will draw its mark, so texts must leave its corner free.
    """
    frames = [Frame(sample.timestamp_s, picture_of(sample.jpeg)) for sample in samples]
    issues = [
        *check_request(summary, expectation),
        *check_layout(summary, watermarked=watermarked),
        *check_pictures(frames, summary),
        *check_contrast(frames, summary),
    ]
    if not frames:
        issues.append(Issue("no_samples", "There is no frame to judge.", suggested_fix="Add a visible clip."))
    return tuple(sorted(issues, key=lambda issue: issue.severity is not Severity.BLOCKER))
