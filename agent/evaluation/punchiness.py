"""Metric 2: whether the picture changes as often as in videos of its kind, and when the sound asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from agent.domain import Issue, Severity
from agent.evaluation.cues import Cues, Times, cues_of
from agent.evaluation.declared import Declared
from agent.evaluation.features import Features, Heard
from agent.evaluation.profiles import Profile
from agent.evaluation.scoring import log_lin, score_of
from agent.evaluation.values import Assessment, Finding, Metric, Part
from agent.media.analysis.sound import SILENT_LUFS
from agent.media.analysis.values import Span, Transcript

DENSITY, SYNC = "cut density", "cuts on the sound"
DENSITY_WEIGHT, SYNC_WEIGHT = 0.4, 0.6
FALLOFF = 4.0
"""Shots of a quarter or of four times the profile's band score nothing."""
WINDOW_S = 30.0
FEWEST_CUTS = 3
"""With fewer, cuts that meet a beat say nothing."""
UNHEARD = 0.25
"""Score of cuts without any sound: nothing drives them."""
_TELLING = 0.75
"""A part below this keeps a metric from being golden, so it is told."""
_STEADY_S = 0.06
_OFF = 0.5
_NAMED_CUTS = 5


def punchiness(
    features: Features, declared: Declared, profile: Profile, transcript: Transcript | None
) -> Assessment:
    """Cut density 0.4, cuts on the sound 0.6; combined as `scoring.combined` says.

    Density is 1 where the mean shot is as long as the profile's band, 0 at a quarter of its shortest and at
    four times its longest shot, straight over the logarithm between; the mean of windows of half a minute.
    The bands are what editors of the kind do (`profiles`; film today has mean shots of 2.5 to 4 s, after
    Cutting and Salt), and no study ties them to retention.

    On the sound is max(0, (mean - chance) / (1 - chance)) of the cuts' nearness to `Cues`; chance is the
    mean nearness of all moments, so random cuts have 0 on average and cutting often does not help. Not
    judged without cues or with fewer than three cuts; 0.25 where the file has no sound and the composition
    does not mean that.
    """
    if features.seen is None:
        return Assessment(score_of(Metric.PUNCHINESS, (), why="there is no picture"))
    cuts_s = cuts_of(features.seen.cuts_s, declared.dissolves)
    heard = _audible(features.heard)
    cues = cues_of(heard, transcript, profile, features.duration_s)
    density = density_part(cuts_s, features.duration_s, profile)
    sync = sync_part(cuts_s, cues, unheard=heard is None and declared.has_sound is not False)
    findings = [*_density_findings(density, cuts_s, features.duration_s, profile)]
    if cues is not None and sync.score is not None and sync.score < _TELLING:
        findings += _sync_findings(cuts_s, cues)
    return Assessment(score_of(Metric.PUNCHINESS, (density, sync)), tuple(findings))


def cuts_of(found_s: Sequence[float], dissolves: Sequence[Span]) -> list[float]:
    """Hard cuts that were found and the middles of declared dissolves, which no detector finds, in order."""
    hard = [cut for cut in found_s if not any(span.start_s <= cut <= span.end_s for span in dissolves)]
    return sorted([*hard, *((span.start_s + span.end_s) / 2 for span in dissolves)])


def density_part(cuts_s: Sequence[float], duration_s: float, profile: Profile) -> Part:
    """How well the number of cuts fits the profile, in the mean of windows of about half a minute."""
    edges = np.linspace(0, duration_s, max(1, round(duration_s / WINDOW_S)) + 1)
    counts = [sum(start < cut <= end for cut in cuts_s) for start, end in pairwise(edges)]
    score = np.mean([band_score(edges[1] / (1 + count), profile) for count in counts])
    mean_s = duration_s / (1 + len(cuts_s))
    return Part(DENSITY, float(score), DENSITY_WEIGHT, f"mean shot {mean_s:.1f} s, {_wanted(profile)}")


def band_score(shot_s: float, profile: Profile) -> float:
    """1 inside the profile's band, straight over the logarithm to 0 at a quarter and at four times of it."""
    if shot_s < profile.shortest_shot_s:
        return log_lin(max(shot_s, 1e-3), profile.shortest_shot_s / FALLOFF, profile.shortest_shot_s)
    return log_lin(
        max(shot_s, profile.longest_shot_s), profile.longest_shot_s * FALLOFF, profile.longest_shot_s
    )


def sync_part(cuts_s: Sequence[float], cues: Cues | None, *, unheard: bool) -> Part:
    """How much nearer to the cues the cuts are than cuts at random would be."""
    if unheard:
        return Part(SYNC, UNHEARD, SYNC_WEIGHT, "there is no sound to cut to")
    if cues is None:
        return Part(SYNC, None, SYNC_WEIGHT, "no steady beat and no pauses in speech to cut to")
    held = cues.held(cuts_s)
    if len(held) < FEWEST_CUTS or cues.chance >= 1:
        return Part(SYNC, None, SYNC_WEIGHT, f"too few cuts to compare with the {cues.name}")
    nearness = float(cues.nearness(held).mean())
    score = max(0.0, (nearness - cues.chance) / (1 - cues.chance))
    hits = int((cues.nearness(held) >= _OFF).sum())
    measured = f"{hits} of {len(held)} cuts on {cues.name}, {cues.chance:.0%} would be by chance"
    return Part(SYNC, score, SYNC_WEIGHT, measured)


def _audible(heard: Heard | None) -> Heard | None:
    return None if heard is None or heard.loudness.integrated_lufs <= SILENT_LUFS else heard


def _wanted(profile: Profile) -> str:
    return f"{profile.shortest_shot_s:g} to {profile.longest_shot_s:g} s wanted for {profile.name}"


def _density_findings(
    density: Part, cuts_s: Sequence[float], duration_s: float, profile: Profile
) -> Iterator[Finding]:
    if density.score is None or density.score >= _TELLING:
        return
    shots = [Span(start, end) for start, end in pairwise([0.0, *cuts_s, duration_s])]
    if duration_s / len(shots) > profile.longest_shot_s:
        shot, code = max(shots, key=lambda span: span.duration_s), "slow_cutting"
        fix = f"Cut the longest shots: this one lasts {shot.duration_s:.1f} s."
    else:
        shot, code = min(shots, key=lambda span: span.duration_s), "frantic_cutting"
        fix = f"Hold shots longer: the shortest lasts {shot.duration_s:.2f} s."
    message = f"The pace does not fit: {density.measured}."
    issue = Issue(code, message, Severity.WARNING, shot.start_s, fix, source="evaluation")
    yield Finding(issue, Metric.PUNCHINESS, until_s=shot.end_s)


def _sync_findings(cuts_s: Sequence[float], cues: Cues) -> Iterator[Finding]:
    held = cues.held(cuts_s)
    off = held[cues.nearness(held) < _OFF]
    if not len(off):
        return
    named = ", ".join(f"{cut:.2f}" for cut in off[:_NAMED_CUTS]) + (" …" if len(off) > _NAMED_CUTS else "")
    message = f"{len(off)} of {len(held)} cuts are off the {cues.name}: at {named} s."
    issue = Issue(
        "cuts_off_sound",
        message,
        Severity.WARNING,
        float(off[0]),
        _shift(cues.offsets(off)),
        source="evaluation",
    )
    yield Finding(issue, Metric.PUNCHINESS)


def _shift(offsets: Times) -> str:
    """What moves the cuts to their cues: one shift where all are off alike."""
    median = float(np.median(offsets))
    if np.abs(offsets - median).max() <= _STEADY_S:
        return f"Move these cuts by {median:+.2f} s, or the sound by {-median:+.2f} s."
    return (
        "Move each to its nearest: " + ", ".join(f"{offset:+.2f} s" for offset in offsets[:_NAMED_CUTS]) + "."
    )
