"""What the request wants to be heard, against the levels of the clips."""

from __future__ import annotations

from collections.abc import Iterator

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.timeline import audible_clips, is_made_of, loudest
from agent.domain import Expectation, Issue

LEVEL_TOLERANCE = 0.05
MUSIC_ENDS_EARLY_S = 1.0
MUSIC_ENDS_EARLY_SHARE = 0.1


def check_sound(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    """Blockers for music that is missing, too loud or soon over, and for footage not muted."""
    return [
        *_levels(summary, expectation),
        *_music(summary, expectation),
        *_not_muted(summary, expectation),
    ]


def check_silence(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    """A blocker where nothing is heard of footage that has sound, unless the request speaks of silence."""
    with_sound = [clip for layer in summary.layers for clip in layer.clips if clip.volume is not None]
    if with_sound and not any(True for _ in audible_clips(summary)) and not expectation.may_be_silent:
        yield Issue(
            "silent",
            "Nothing is heard although the footage has sound, and the request does not ask for silence.",
            suggested_fix="Take away muted: true, or give the sound a volume over 0.",
        )


def _levels(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for stated in expectation.levels:
        levels = [loudest(clip) or 0.0 for clip in _heard_of(summary, stated.asset)]
        if levels and abs(max(levels) - stated.volume) > LEVEL_TOLERANCE:
            yield Issue(
                "wrong_level",
                f"The request wants {stated.asset} at {stated.volume:.0%}, it is at {max(levels):.0%}.",
                suggested_fix=f"Set baseVolume to {stated.volume:g}; a fade animates volume from there.",
            )


def _music(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for name in expectation.music:
        heard = _heard_of(summary, name)
        if not heard:
            yield Issue(
                "music_missing",
                f"The request wants {name} to be heard; it is not there, muted or without level.",
                suggested_fix=f"Add a core.AudioClip of asset({name!r}) with a volume over 0.",
            )
            continue
        end_s = max(clip.end_seconds for clip in heard)
        short_s = summary.duration_seconds - end_s
        if short_s > max(MUSIC_ENDS_EARLY_S, MUSIC_ENDS_EARLY_SHARE * summary.duration_seconds):
            yield Issue(
                "music_ends_early",
                f"{name} ends at {end_s:.2f} s, the video at {summary.duration_seconds:.2f} s.",
                time_s=end_s,
                suggested_fix="Extend its range to the end of the video, or repeat it.",
            )


def _not_muted(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    heard = [clip for clip in audible_clips(summary) if clip.type == "VIDEO"]
    if expectation.muted and heard:
        yield Issue(
            "not_muted",
            f"The request wants the footage muted, {heard[0].asset} is heard.",
            time_s=heard[0].start_seconds,
            suggested_fix="Give its clip muted: true.",
        )


def _heard_of(summary: CompositionSummary, name: str) -> list[ClipSummary]:
    return [clip for clip in audible_clips(summary) if is_made_of(clip.asset, name)]
