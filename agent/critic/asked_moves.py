"""Fades and transitions that the request wants: in the program, and as ramps of brightness in the frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.picture_checks import Frame
from agent.critic.timeline import FOOTAGE_TYPES, TEXT_TYPES, audible_clips, visible_clips
from agent.domain import Expectation, Issue
from agent.media.similarity import luma_of

PLAIN_SPREAD = 0.4
"""At the plain end of a fade the picture has less than this share of its usual contrast."""
_MOVING_KEYS = frozenset({"x", "y", "translateX", "translateY", "position"})


def check_moves(
    frames: Sequence[Frame], summary: CompositionSummary, expectation: Expectation
) -> list[Issue]:
    """Blockers for a fade or transition that was asked for and is not there."""
    return [*_transitions(summary, expectation), *_fades(summary, expectation), *_ends(frames, expectation)]


def _transitions(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    footage = [clip for clip in visible_clips(summary) if clip.type in FOOTAGE_TYPES]
    wanted = expectation.transitions
    if not wanted or len(footage) < 2 or any(clip.transition in wanted for clip in footage):
        return
    # A program can make its own by keyframes; a fade through black also by a plate.
    keys = _MOVING_KEYS if any("slide" in name for name in wanted) else frozenset({"opacity"})
    if not any(_has_keys(clip, keys) for clip in visible_clips(summary) if clip.type not in TEXT_TYPES):
        found = sorted({clip.transition for clip in footage if clip.transition})
        yield Issue(
            "transition_missing",
            f"The request wants {' or '.join(sorted(wanted))} between the clips, there is "
            f"{' and '.join(found) or 'none'}.",
            time_s=footage[0].end_seconds,
            suggested_fix="Put the clips into a SEQUENTIAL layer and give the first a transition "
            f"{{ type: {sorted(wanted)[0]!r}, duration: 1 }}.",
        )


def _fades(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    fading = any(
        _has_keys(clip, frozenset({"opacity"})) or (clip.transition or "").startswith(("fade", "dissolve"))
        for clip in visible_clips(summary)
    )
    heard = any("volume" in clip.animated for clip in audible_clips(summary))
    if expectation.fades and not fading and not heard:
        yield Issue(
            "fade_missing",
            "The request wants a fade, nothing fades.",
            suggested_fix="Animate the opacity of what is to fade, or the sound's fade durations.",
        )


def _ends(frames: Sequence[Frame], expectation: Expectation) -> Iterator[Issue]:
    if len(frames) < 3:
        return
    spreads = [float(luma_of(frame.picture).std()) for frame in frames]
    usual = float(np.median(spreads))
    ends = ((expectation.fades_from_plain, 0, "begins"), (expectation.fades_to_plain, -1, "ends"))
    for wanted, at, word in ends:
        if wanted and usual > 1 and spreads[at] > PLAIN_SPREAD * usual:
            yield Issue(
                "fade_missing",
                f"The request wants a fade there, but the video {word} with the full picture.",
                time_s=frames[at].time_s,
                suggested_fix="Animate the opacity of all footage there between 0 and 100.",
            )


def _has_keys(clip: ClipSummary, keys: frozenset[str]) -> bool:
    return bool(keys & set(clip.animated))
