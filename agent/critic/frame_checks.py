"""What can be said of a composition without a model: pure functions of samples, summary and request."""

from __future__ import annotations

from collections.abc import Sequence

from agent.browser.protocol import CompositionSummary
from agent.critic.asked_footage import check_footage
from agent.critic.asked_moves import check_moves
from agent.critic.asked_sound import check_silence, check_sound
from agent.critic.asked_texts import check_stated_texts
from agent.critic.contrast import check_contrast
from agent.critic.layout_checks import check_layout
from agent.critic.moment_checks import check_moments
from agent.critic.picture_checks import Frame, check_pictures
from agent.critic.reading_checks import check_reading
from agent.critic.request_checks import check_request
from agent.critic.spelling import check_spelling
from agent.critic.sync_checks import check_sync
from agent.critic.treatment_checks import check_treatment
from agent.critic.unchanged import Previous
from agent.domain import Expectation, FrameSample, Issue, Severity
from agent.media.ocr import text_reader
from agent.media.similarity import picture_of


def check_frames(
    samples: Sequence[FrameSample],
    summary: CompositionSummary,
    expectation: Expectation,
    *,
    watermarked: bool = True,
    previous: Previous | None = None,
) -> tuple[Issue, ...]:
    """All issues, blockers first; none of them is a blocker: the checks have no objection.

    *watermarked*: core will draw its mark, so texts must leave its corner free. *previous*: what a follow-up
    starts from; what was in it already was asked for then.
    """
    frames = _frames(samples)
    issues = [
        *check_request(summary, expectation),
        *check_footage(summary, expectation),
        *check_stated_texts(summary, expectation),
        *check_sound(summary, expectation),
        *check_moves(frames, summary, expectation),
        *check_layout(summary, watermarked=watermarked),
        *check_sync(summary),
        *check_contrast(frames, summary),
    ]
    known = () if previous is None else _unasked(_frames(previous.samples), previous.summary, expectation)
    issues += [issue for issue in _unasked(frames, summary, expectation) if not _is_among(issue, known)]
    if not frames:
        issues.append(Issue("no_samples", "There is no frame to judge.", suggested_fix="Add a visible clip."))
    if not any(issue.severity is Severity.BLOCKER or issue.code == "text_low_contrast" for issue in issues):
        # Reading takes longest: only what would get a green light is read, and can be.
        issues += check_spelling(frames, summary, text_reader())
    return tuple(sorted(issues, key=lambda issue: issue.severity is not Severity.BLOCKER))


def _unasked(
    frames: Sequence[Frame], summary: CompositionSummary, expectation: Expectation
) -> tuple[Issue, ...]:
    """What is wrong only because nobody asked for it."""
    return (
        *check_silence(summary, expectation),
        *check_treatment(summary, expectation),
        *check_reading(summary, expectation),
        *check_pictures(frames, summary, expectation),
        *check_moments(frames, summary, expectation),
    )


def _is_among(issue: Issue, known: Sequence[Issue]) -> bool:
    return any((issue.code, issue.message) == (other.code, other.message) for other in known)


def _frames(samples: Sequence[FrameSample]) -> list[Frame]:
    return [Frame(sample.timestamp_s, picture_of(sample.jpeg), sample.frame_index) for sample in samples]
