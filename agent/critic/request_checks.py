"""The figures and words that the request itself states, against the composition."""

from __future__ import annotations

import re
from collections import Counter

from agent.browser.protocol import CompositionSummary
from agent.critic.timeline import visible_clips
from agent.critic.words import plain
from agent.domain import Expectation, Issue, Severity

DURATION_TOLERANCE_S = 0.1
"""Three frames at 30 fps: nobody sees it, and clips end on frames."""
ASPECT_TOLERANCE = 0.01
_WORD = re.compile(r"\w+(?:'\w+)*")


def check_request(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    """Blockers for a duration, size, aspect ratio or text that was asked for and is not there."""
    return [*_duration(summary, expectation), *_size(summary, expectation), *_texts(summary, expectation)]


def _duration(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    wanted, found = expectation.duration_s, summary.duration_seconds
    if wanted is None or abs(found - wanted) <= DURATION_TOLERANCE_S:
        return []
    return [
        Issue(
            "duration_mismatch",
            f"The request asks for {wanted:g} s, the composition lasts {found:.2f} s.",
            suggested_fix=f"Trim or extend the clips so that the last of every layer ends at {wanted:g} s.",
        )
    ]


def _size(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    found = f"{summary.width}x{summary.height}"
    if expectation.width and expectation.height:
        if (summary.width, summary.height) == (expectation.width, expectation.height):
            return []
        wanted = f"{expectation.width}x{expectation.height}"
    elif expectation.aspect_ratio:
        if abs(summary.width / summary.height / expectation.aspect_ratio - 1) <= ASPECT_TOLERANCE:
            return []
        wanted = f"an aspect ratio of {expectation.aspect_ratio:.3f} (width / height)"
    else:
        return []
    return [
        Issue(
            "size_mismatch",
            f"The request asks for {wanted}, the composition is {found}.",
            suggested_fix="Call composition.resize(width, height) with that size before adding clips.",
        )
    ]


def _texts(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    texts = [clip for clip in visible_clips(summary) if clip.text]
    shown = plain(" ".join(clip.text for clip in texts if clip.text))
    # Of a text that changes the summary tells one state: the asked one may be another.
    changes = any("text" in clip.animated for clip in texts)
    return [
        Issue(
            "text_missing",
            f"The request asks for the text {text!r}, no visible clip shows it.",
            Severity.WARNING if changes else Severity.BLOCKER,
            suggested_fix=f"Add a core.TextClip with the text {text!r} to the top layer.",
        )
        for text in expectation.texts
        if not _is_shown(plain(text), shown)
    ]


def _is_shown(text: str, shown: str) -> bool:
    """As it stands, or word by word: words may be clips of their own, in layers of any order."""
    words = Counter(_WORD.findall(text))
    return text in shown or (bool(words) and words <= Counter(_WORD.findall(shown)))
