"""Whether captions and sound go with the footage that they are of."""

from __future__ import annotations

from collections.abc import Iterator

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.timeline import audible_clips, file_begins_s, is_made_of, visible_clips
from agent.domain import Issue

CAPTIONS_OFF_S = 0.4
"""Captions may come a little early or late and are still read with the words."""
SOUND_OFF_S = 0.09
"""ITU-R BT.1359-1: sound that is more than 90 ms early is not accepted (185 ms late)."""
_OTHER_USE_S = 3.0
"""Further apart than that, another part of the sound is used on purpose."""


def check_sync(summary: CompositionSummary) -> list[Issue]:
    """Blockers for captions and sound beside their footage; both tell by their name what they are of."""
    return [*_captions(summary), *_sound(summary)]


def _captions(summary: CompositionSummary) -> Iterator[Issue]:
    for clip in visible_clips(summary):
        if clip.type != "CAPTION" or clip.asset is None:
            continue
        spoken = [found for found in _media(summary) if is_made_of(clip.asset, found.asset or "")]
        # Captions count from the file's beginning, or, made for kept ranges, from that of the first one.
        meant = [file_begins_s(found) for found in spoken]
        meant += [min(found.start_seconds for found in spoken)] if spoken else []
        off_s = min((file_begins_s(clip) - offset_s for offset_s in meant), key=abs, default=0.0)
        if abs(off_s) > CAPTIONS_OFF_S:
            yield Issue(
                "captions_out_of_sync",
                f"{clip.asset} comes {abs(off_s):.2f} s {'after' if off_s > 0 else 'before'} its words.",
                time_s=clip.start_seconds,
                suggested_fix=f"Give the captions the delay {file_begins_s(clip) - off_s:g} and no range.",
            )


def _sound(summary: CompositionSummary) -> Iterator[Issue]:
    pictures = [clip for clip in visible_clips(summary) if clip.type == "VIDEO"]
    for sound in audible_clips(summary):
        if sound.type != "AUDIO":
            continue
        off_s = [file_begins_s(sound) - file_begins_s(clip) for clip in pictures if _together(sound, clip)]
        nearest_s = min(off_s, key=abs, default=0.0)
        if SOUND_OFF_S < abs(nearest_s) < _OTHER_USE_S:
            yield Issue(
                "sound_out_of_sync",
                f"The sound of {sound.asset} is {abs(nearest_s):.2f} s "
                f"{'late' if nearest_s > 0 else 'early'}.",
                time_s=sound.start_seconds,
                suggested_fix="Give the sound the same delay as the footage.",
            )


def _media(summary: CompositionSummary) -> list[ClipSummary]:
    return [*(clip for clip in visible_clips(summary) if clip.type == "VIDEO"), *audible_clips(summary)]


def _together(first: ClipSummary, second: ClipSummary) -> bool:
    overlap_s = min(first.end_seconds, second.end_seconds) - max(first.start_seconds, second.start_seconds)
    return first.asset == second.asset and overlap_s > 0
