"""A follow-up changes only what it asks: the rest of the picture is held against the composition before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.scope import Scope, scope_of
from agent.critic.timeline import (
    FOOTAGE_TYPES,
    TEXT_TYPES,
    file_begins_s,
    is_made_of,
    share_of_frame,
    shown_at,
    visible_clips,
)
from agent.domain import FrameSample, Issue, Severity
from agent.media.similarity import picture_of

SHARE_TOLD, SHARE_BLOCKS = 0.01, 0.1
"""Of the picture outside of what may change."""
LENGTH_TOLERANCE_S = 0.1
MOMENT_TOLERANCE_S = 0.1
"""Further off, footage shows another moment: three frames at 30 fps."""
_CHANGED_LEVELS = 24
_MARGIN_SHARE = 0.02
_SPAN_MARGIN_S = 1.0
_INSET_SHARE = 0.5


@dataclass(frozen=True)
class Previous:
    """The composition that a follow-up starts from, and its samples."""

    summary: CompositionSummary
    samples: tuple[FrameSample, ...]


def check_unchanged(
    request: str, summary: CompositionSummary, samples: Sequence[FrameSample], previous: Previous
) -> list[Issue]:
    """Issues of what is other than before although the request is not about it."""
    scope = scope_of(request)
    if scope is None:
        return []
    before_s, now_s = previous.summary.duration_seconds, summary.duration_seconds
    if abs(before_s - now_s) > LENGTH_TOLERANCE_S:
        return [
            Issue(
                "length_changed",
                f"The video lasted {before_s:.2f} s and now lasts {now_s:.2f} s, which was not asked for.",
                suggested_fix="Keep the clips of the previous program as they are.",
            )
        ]
    if (summary.width, summary.height) != (previous.summary.width, previous.summary.height):
        return [
            Issue(
                "size_changed",
                f"The video was {previous.summary.width}x{previous.summary.height} and now is "
                f"{summary.width}x{summary.height}, which was not asked for.",
                suggested_fix="Keep the size of the previous program.",
            )
        ]
    return list(_picture_issues(scope, summary, samples, previous))


@dataclass(frozen=True)
class _Change:
    """How much of the picture is other than before at a time, and the footage that is not where it was."""

    time_s: float
    share: float
    moved: str | None


def _picture_issues(
    scope: Scope, summary: CompositionSummary, samples: Sequence[FrameSample], previous: Previous
) -> Iterator[Issue]:
    before = {sample.frame_index: sample for sample in previous.samples}
    changes = [
        _Change(
            sample.timestamp_s,
            _changed_share(scope, summary, sample, previous, before[sample.frame_index]),
            _moved_footage(scope, summary, previous.summary, sample.timestamp_s),
        )
        for sample in samples
        if sample.frame_index in before and not _may_change(scope, sample.timestamp_s)
    ]
    for changed, run in groupby(changes, lambda change: change.share > SHARE_TOLD):
        if changed:
            yield _issue(list(run))


def _issue(stretch: Sequence[_Change]) -> Issue:
    """A blocker where much of the picture changed, or little of it because another moment looks alike."""
    largest = max(change.share for change in stretch)
    moved = next((change.moved for change in stretch if change.moved), None)
    why = f" {moved} is no longer shown at the moment that it was." if moved else ""
    return Issue(
        "unasked_change",
        f"{largest:.0%} of the picture is other than before from {stretch[0].time_s:.2f} to "
        f"{stretch[-1].time_s:.2f} s, which was not asked for.{why}",
        Severity.BLOCKER if moved or largest > SHARE_BLOCKS else Severity.WARNING,
        stretch[0].time_s,
        "Start from the previous program and change only what the request is about.",
    )


def _moved_footage(
    scope: Scope, summary: CompositionSummary, previous: CompositionSummary, time_s: float
) -> str | None:
    """Footage that showed another moment, or was there, in the previous composition at that time."""
    for clip in shown_at(previous, time_s):
        if clip.type not in FOOTAGE_TYPES or clip.asset is None or _is_in_scope(clip, scope, previous):
            continue
        if not any(_shows_as_before(now, clip, time_s) for now in visible_clips(summary)):
            return clip.asset
    return None


def _shows_as_before(now: ClipSummary, before: ClipSummary, time_s: float) -> bool:
    """Whether it is the same moment of the same file; what a tool made of a file has its own time."""
    assert before.asset is not None, "asked by the caller"
    if not now.start_seconds - MOMENT_TOLERANCE_S <= time_s < now.end_seconds + MOMENT_TOLERANCE_S:
        return False
    if now.asset != before.asset:
        return is_made_of(now.asset, before.asset) or is_made_of(before.asset, now.asset or "")
    return now.type == "IMAGE" or abs(file_begins_s(now) - file_begins_s(before)) <= MOMENT_TOLERANCE_S


def _may_change(scope: Scope, time_s: float) -> bool:
    return any(start - _SPAN_MARGIN_S <= time_s <= end + _SPAN_MARGIN_S for start, end in scope.spans)


def _changed_share(
    scope: Scope,
    summary: CompositionSummary,
    sample: FrameSample,
    previous: Previous,
    before: FrameSample,
) -> float:
    pictures = picture_of(sample.jpeg), picture_of(before.jpeg)
    if pictures[0].shape != pictures[1].shape:
        return 1.0
    kept = np.ones(pictures[0].shape[:2], dtype=np.bool_)
    for composition in (summary, previous.summary):
        for clip in shown_at(composition, sample.timestamp_s):
            if _is_in_scope(clip, scope, composition):
                _leave_out(kept, clip, composition)
    difference = np.abs(pictures[0].astype(np.int16) - pictures[1].astype(np.int16)).max(axis=2)
    changed = (difference > _CHANGED_LEVELS) & kept
    return float(changed.sum() / max(1, kept.sum()))


def _is_in_scope(clip: ClipSummary, scope: Scope, summary: CompositionSummary) -> bool:
    if clip.box is None:
        return False
    if clip.type in TEXT_TYPES:
        return scope.texts
    small = share_of_frame(clip.box, summary) < _INSET_SHARE
    # A plate goes with its text.
    return small and (scope.insets or (scope.texts and clip.type not in ("VIDEO", "IMAGE")))


def _leave_out(kept: NDArray[np.bool_], clip: ClipSummary, summary: CompositionSummary) -> None:
    """Takes the clip's box with a margin out of what is compared; captions may be anywhere across."""
    assert clip.box is not None, "asked by the caller"
    scale = kept.shape[1] / summary.width
    margin = _MARGIN_SHARE * summary.width
    left, right = clip.box.x - margin, clip.box.x + clip.box.width + margin
    if clip.type == "CAPTION":
        left, right = 0.0, float(summary.width)
    top, bottom = clip.box.y - margin, clip.box.y + clip.box.height + margin
    rows = slice(max(0, round(top * scale)), max(0, round(bottom * scale)))
    kept[rows, max(0, round(left * scale)) : max(0, round(right * scale))] = False
