"""Whether texts can be read at all: long enough, and not over one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.timeline import is_moved, label_of, length_s, visible_clips
from agent.domain import Expectation, Issue, Severity

SHORTEST_TEXT_S = 0.5
"""Netflix's guide wants 5/6 s; nobody reads a word in less than this."""
FASTEST_CHARS_PER_S, FAST_CHARS_PER_S = 40.0, 25.0
"""Twice the guide's 20 characters a second for adults, and a little more than it."""
OVERLAP_SHARE = 0.25
"""Boxes have the height of a line, letters less: lines that touch are still apart."""
_FAINT_OPACITY = 50.0
_WORD_BY_WORD = 4
_NEVER_SHOWN_S = 1 / 60


def check_reading(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    """Issues of texts that are gone too soon, or lie over another text."""
    texts = [clip for clip in visible_clips(summary) if clip.type == "TEXT" and (clip.text or "").strip()]
    return [
        *(() if "quick" in expectation.liberties else _hasty(texts)),
        *_crowded(texts),
    ]


def _hasty(texts: Sequence[ClipSummary]) -> Iterator[Issue]:
    if sum(length_s(clip) < SHORTEST_TEXT_S for clip in texts) >= _WORD_BY_WORD:
        return  # Words that come one by one as they are spoken.
    for clip in texts:
        chars_per_s = len((clip.text or "").strip()) / max(length_s(clip), 1e-3)
        if length_s(clip) < _NEVER_SHOWN_S:
            continue  # That is an issue of its own.
        if length_s(clip) >= SHORTEST_TEXT_S and chars_per_s <= FAST_CHARS_PER_S:
            continue
        blocks = length_s(clip) < SHORTEST_TEXT_S or chars_per_s > FASTEST_CHARS_PER_S
        yield Issue(
            "text_too_short",
            f"{label_of(clip)} is there for {length_s(clip):.2f} s: {chars_per_s:.0f} characters a second.",
            Severity.BLOCKER if blocks else Severity.WARNING,
            clip.start_seconds,
            f"Show it for at least {max(1.0, len(clip.text or '') / 17):.1f} s.",
        )


def _crowded(texts: Sequence[ClipSummary]) -> Iterator[Issue]:
    for first, second in combinations(texts, 2):
        together_s = min(first.end_seconds, second.end_seconds) - max(
            first.start_seconds, second.start_seconds
        )
        if together_s <= 0 or first.text == second.text or is_moved(first) or is_moved(second):
            continue  # The same words a little beside are a shadow.
        faint = min(first.opacity or 0.0, second.opacity or 0.0) < _FAINT_OPACITY
        if first.box and second.box and not faint and _shared(first.box, second.box) > OVERLAP_SHARE:
            yield Issue(
                "text_over_text",
                f"{label_of(first)} and {label_of(second)} lie over one another.",
                time_s=max(first.start_seconds, second.start_seconds) + together_s / 2,
                suggested_fix="Move one of them, or show them one after the other.",
            )


def _shared(first: Box, second: Box) -> float:
    """Share of the smaller box that the other covers."""
    across = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    down = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    smaller = min(first.width * first.height, second.width * second.height)
    return max(0.0, across) * max(0.0, down) / smaller if smaller > 0 else 0.0
