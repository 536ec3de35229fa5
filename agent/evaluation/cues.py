"""Moments at which the sound asks for a cut: beats of music, pauses of speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from agent.evaluation.features import Heard
from agent.evaluation.profiles import Profile
from agent.media.analysis.values import Beats, Span, Transcript, Word

EARLY_S, LATE_S = (0.045, 0.090), (0.125, 0.185)
"""ITU-R BT.1359-1: by how much sound may be early or late to the picture, undetected and acceptable. Made for
lips; that a cut and its beat are held to it is our transfer (notes/evaluation.md).
"""
GAP_S = 0.15
"""The shortest pause between words in which a cut is heard as one; word times are about that exact."""
_GRID_S = 0.005
_FEWEST_GAPS = 3
_GAPS_PER_MINUTE = 6
"""Speech pauses more often than this; music that only begins and ends does not."""

Times: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Cues:
    """Spans in which a cut is well placed, of no length for beats; none is asked for outside `reach`."""

    name: str
    spans: tuple[Span, ...]
    reach: Span

    def held(self, times_s: Sequence[float]) -> Times:
        """The times that lie where there are cues at all."""
        return np.array([time for time in times_s if self.reach.start_s <= time <= self.reach.end_s])

    def nearness(self, times: Times) -> Times:
        """1 within the undetected error of BT.1359 from the nearest cue, 0 beyond the acceptable one."""
        offsets = self.offsets(times)
        early = (EARLY_S[1] + offsets) / (EARLY_S[1] - EARLY_S[0])
        late = (LATE_S[1] - offsets) / (LATE_S[1] - LATE_S[0])
        return np.asarray(np.clip(np.where(offsets < 0, early, late), 0.0, 1.0))

    def offsets(self, times: Times) -> Times:
        """Seconds from each time to the nearest cue: above 0 where the cue comes later, 0 within one."""
        starts = np.array([span.start_s for span in self.spans])
        ends = np.array([span.end_s for span in self.spans])
        after = np.searchsorted(starts, times, side="right")
        since = np.maximum(0.0, times - np.concatenate([[-np.inf], ends])[after])
        until = np.concatenate([starts, [np.inf]])[after] - times
        return np.asarray(np.where(until < since, until, -since))

    @cached_property
    def chance(self) -> float:
        """The mean nearness of all moments: what cuts at random would have."""
        return float(self.nearness(np.arange(self.reach.start_s, self.reach.end_s, _GRID_S)).mean())


def cues_of(
    heard: Heard | None, transcript: Transcript | None, profile: Profile, duration_s: float
) -> Cues | None:
    """Beats, or pauses where the profile is not cut to the beat; each stands in for the other; else None."""
    if heard is None:
        return None
    beats = None if heard.beats is None else _beats(heard.beats, duration_s)
    pauses = _pauses(heard.silences, transcript, duration_s)
    return (beats or pauses) if profile.cut_on_beat else (pauses or beats)


def _beats(beats: Beats, duration_s: float) -> Cues:
    period_s = 60 / beats.tempo_bpm
    reach = Span(max(0.0, beats.times_s[0] - period_s), min(duration_s, beats.times_s[-1] + period_s))
    return Cues("beats", tuple(Span(time_s, time_s) for time_s in beats.times_s), reach)


def _pauses(silences: Sequence[Span], transcript: Transcript | None, duration_s: float) -> Cues | None:
    """Between words where they are known, else silences that come as often as those of speech."""
    gaps = list(silences) if transcript is None else _between(transcript.words, duration_s)
    inner = sum(gap.start_s > 0 and gap.end_s < duration_s for gap in gaps)
    if inner < max(_FEWEST_GAPS, _GAPS_PER_MINUTE * duration_s / 60):
        return None
    return Cues("pauses in speech", tuple(gaps), Span(0.0, duration_s))


def _between(words: Sequence[Word], duration_s: float) -> list[Span]:
    ends = [0.0, *(word.end_s for word in words)]
    starts = [*(word.start_s for word in words), duration_s]
    gaps = [Span(end, start) for end, start in zip(ends, starts, strict=True)]
    return [gap for gap in gaps if gap.duration_s >= GAP_S]
