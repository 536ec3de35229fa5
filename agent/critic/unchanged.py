"""A follow-up changes only what it asks: the rest of the picture is held against the composition before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.named import SPAN, has_unit, named_request, seconds
from agent.critic.timeline import TEXT_TYPES, share_of_frame, shown_at
from agent.domain import FrameSample, Issue, Severity
from agent.media.similarity import picture_of

SHARE_TOLD, SHARE_BLOCKS = 0.01, 0.1
"""Of the picture outside of what may change."""
LENGTH_TOLERANCE_S = 0.1
_CHANGED_LEVELS = 24
_MARGIN_SHARE = 0.02
_SPAN_MARGIN_S = 1.0
_INSET_SHARE = 0.5

_TEXTS = re.compile(
    r"\b(?:titles?|sub-?titles?|texts?|captions?|lower thirds?|headings?|headlines?|fonts?|words?|letters?"
    r"|typo|spelling|reads?|says?)\b",
    re.IGNORECASE,
)
_SOUND = re.compile(
    r"\b(?:music|sounds?|audio|volume|loud\w*|quiet\w*|soft\w*|mute\w*|unmute|voice|song|soundtrack)\b",
    re.IGNORECASE,
)
_INSETS = re.compile(r"\b(?:logo|watermark|inset|picture.in.picture|pip|emblem|sticker)\b", re.IGNORECASE)
_PICTURE = re.compile(
    r"\b(?:trim|shorten|cut|longer|shorter|length|crop|square|vertical|portrait|landscape|aspect|resolution"
    r"|seconds? (?:long|in total)|speed|slow\w*|fast\w*|revers\w*|rotat\w*|flip\w*|mirror\w*|zoom\w*|order"
    r"|swap\w*|replac\w*|instead|clips?|shots?|footage|video|scenes?|transitions?|dissolv\w*|fad\w*|blur\w*|bright\w*"
    r"|dark\w*|contrast|satur\w*|black.and.white|sepia|grad\w*|effects?|style\w*|looks?|background|intro|outro"
    r"|beginning|end|start|picture|everything|whole|tight\w*|paus\w*|loop\w*|freez\w*|split)\b|\d:\d",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Previous:
    """The composition that a follow-up starts from, and its samples."""

    summary: CompositionSummary
    samples: tuple[FrameSample, ...]


@dataclass(frozen=True)
class Scope:
    """What of the picture a follow-up may change; in `spans` of the video it may change all."""

    texts: bool = False
    insets: bool = False
    spans: tuple[tuple[float, float], ...] = ()


def scope_of(request: str) -> Scope | None:
    """What *request* is about, where that is texts, sound, an inset or a part; None: it may be anything."""
    named = named_request(request, ())
    spans = tuple(
        (seconds(match[1]), seconds(match[2]))
        for match in re.finditer(SPAN, named.text)
        if has_unit(match[0])
    )
    texts, insets = _TEXTS.search(named.bare) is not None, _INSETS.search(named.bare) is not None
    limited = texts or insets or _SOUND.search(named.bare) is not None
    if _PICTURE.search(named.bare) and not spans:
        return None
    return Scope(texts, insets, spans) if limited or spans else None


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


def _picture_issues(
    scope: Scope, summary: CompositionSummary, samples: Sequence[FrameSample], previous: Previous
) -> Iterator[Issue]:
    before = {sample.frame_index: sample for sample in previous.samples}
    shares = [
        (
            sample.timestamp_s,
            _changed_share(scope, summary, sample, previous, before[sample.frame_index]),
        )
        for sample in samples
        if sample.frame_index in before and not _may_change(scope, sample.timestamp_s)
    ]
    for changed, run in groupby(shares, lambda found: found[1] > SHARE_TOLD):
        stretch = list(run)
        largest = max(share for _, share in stretch)
        if changed:
            yield Issue(
                "unasked_change",
                f"{largest:.0%} of the picture is other than before from {stretch[0][0]:.2f} to "
                f"{stretch[-1][0]:.2f} s, which was not asked for.",
                Severity.BLOCKER if largest > SHARE_BLOCKS else Severity.WARNING,
                stretch[0][0],
                "Start from the previous program and change only what the request is about.",
            )


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
