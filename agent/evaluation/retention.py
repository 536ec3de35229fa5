"""Metric 3: whether people go on watching: what a vision model marks, what can be measured of the start."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import numpy as np

from agent.critic.sheet import contact_sheets
from agent.domain import FrameSample, Issue, Mark, RetentionJudge, RetentionVote, Severity
from agent.errors import ModelError
from agent.evaluation.declared import Declared
from agent.evaluation.defects import black_spans, frozen_spans
from agent.evaluation.features import Features, Seen
from agent.evaluation.punchiness import cuts_of
from agent.evaluation.scoring import lin, score_of
from agent.evaluation.values import Assessment, Finding, Metric, Part, Score
from agent.media.analysis.values import Span, Transcript

RUBRIC, MESSAGE, MOVEMENT, LEAD = "rubric", "first message", "movement", "no dead lead"
RUBRIC_WEIGHT, MESSAGE_WEIGHT, MOVEMENT_WEIGHT, LEAD_WEIGHT = 0.6, 0.16, 0.12, 0.12
OPENING_S = 3.0
_OPENING_MOMENTS = (0.0, 0.5, 1.0, 2.0, 3.0)
_MOST_MOMENTS = 43
"""With those of the opening they fill four contact sheets."""
_MOST_POINTS = 4
_VOTES = 2
_AGREED = 1
"""Points by which two votes may differ in an item before a third is asked for."""
_UNSAID = 0.3
_CUT_COUNTS_AS = 0.9
_FIRST_FRAMES_S = 0.1
_TELLING = 0.75
_NAMED_WORDS = 400


def retention_moments(duration_s: float) -> tuple[float, ...]:
    """The moments whose stills `retention` shows: the opening closely, then each second, or fewer."""
    opening = [at_s for at_s in _OPENING_MOMENTS if at_s < duration_s]
    count = min(_MOST_MOMENTS, max(0, int(duration_s - OPENING_S)))
    later = np.linspace(OPENING_S + 1, max(OPENING_S + 1, duration_s - 0.2), count)
    return (*opening, *(round(float(at_s), 3) for at_s in later))


async def retention(
    features: Features, declared: Declared, transcript: Transcript | None, judge: RetentionJudge | None
) -> Assessment:
    """A rubric 0.6, and measured of the first 3 s: message 0.16, movement 0.12, no dead lead 0.12.

    - Rubric: five items of 0 to 4 points with an anchor for each (`retention.md`), marked by a vision model
      that sees the frames of 0, 0.5, 1, 2 and 3 s and of each second, and reads cuts and words; the median of
      two votes at temperature 0, of three where an item differs by more than a point; their sum over 20.
    - First message: seconds to the first word that is heard or text that is shown, 0 at 3 s, 1 at 1 s.
    - Movement: median change between frames of 160x90 in levels of 255, 0 at 0.2, 1 at 2; a cut is 0.9.
    - No dead lead: 1 less the share of the first 3 s that begins black, or still and silent, undeclared.

    TikTok and its partners take 3 to 6 s for the hook; those are marketing claims and the bounds are ours.
    Without a model, or where it fails, the score is of the measured parts alone and not complete.
    """
    if features.seen is None:
        return Assessment(Score(Metric.RETENTION, None, why="there is no picture"))
    measured = [
        message_part(declared, transcript),
        movement_part(features.seen, cuts_of(features.seen.cuts_s, declared.dissolves)),
        lead_part(dead_lead_s(features, declared), features.duration_s),
    ]
    try:
        marks = await _marks(features, _facts(features, measured, transcript), judge)
    except ModelError as exc:
        return _unjudged(measured, f"not judged: {exc}")
    if not marks:
        return _unjudged(measured, "not judged: no vision model")
    parts = [rubric_part(marks), *measured]
    findings = (*_rubric_findings(marks), *_measured_findings(measured))
    return Assessment(score_of(Metric.RETENTION, parts), findings)


def rubric_part(marks: Sequence[Mark]) -> Part:
    """The sum of the points over what they can be."""
    share = sum(mark.points for mark in marks) / (_MOST_POINTS * len(marks))
    worst = min(marks, key=lambda mark: mark.points)
    told = f"{share:.0%} of the points; {worst.item} has {worst.points} of {_MOST_POINTS}: {worst.reason}"
    return Part(RUBRIC, share, RUBRIC_WEIGHT, told)


def agreed(votes: Sequence[RetentionVote]) -> tuple[Mark, ...]:
    """Per item the vote in the middle, the lower one of two."""
    items = zip(*(vote.marks for vote in votes), strict=True)
    return tuple(sorted(marks, key=lambda mark: mark.points)[(len(votes) - 1) // 2] for marks in items)


def message_part(declared: Declared, transcript: Transcript | None) -> Part:
    """How soon something is said or written; not judged where neither words nor texts are known."""
    starts = [text.span.start_s for text in declared.texts]
    starts += [word.start_s for word in transcript.words] if transcript else []
    if starts:
        first_s = min(starts)
        return Part(MESSAGE, lin(first_s, 3, 1), MESSAGE_WEIGHT, f"at {first_s:.1f} s, by 1 s wanted")
    if transcript is None:
        return Part(MESSAGE, None, MESSAGE_WEIGHT, "neither words nor texts are known")
    return Part(MESSAGE, _UNSAID, MESSAGE_WEIGHT, "nothing is said and no text is shown")


def movement_part(seen: Seen, cuts_s: Sequence[float]) -> Part:
    """How much the picture changes in the first three seconds."""
    change = seen.change[1 : max(2, round(OPENING_S * seen.rate))]
    typical = float(np.median(change)) if len(change) else 0.0
    cut = any(cut_s <= OPENING_S for cut_s in cuts_s)
    score = max(lin(typical, 0.2, 2.0), _CUT_COUNTS_AS if cut else 0.0)
    told = f"{typical:.1f} levels of change{' and a cut' if cut else ''} within {OPENING_S:g} s, 2 wanted"
    return Part(MOVEMENT, score, MOVEMENT_WEIGHT, told)


def lead_part(lead_s: float, duration_s: float) -> Part:
    """How little of the first three seconds is lost."""
    share = min(1.0, lead_s / max(1e-3, min(OPENING_S, duration_s)))
    return Part(LEAD, 1 - share, LEAD_WEIGHT, f"nothing happens for {lead_s:.1f} s")


def dead_lead_s(features: Features, declared: Declared) -> float:
    """Seconds from the start in which the picture is black, or stands while nothing is heard, undeclared."""
    if features.seen is None:
        return 0.0
    black_s = _lead(black_spans(features.seen, declared))
    silent_s = _lead(features.heard.silences) if features.heard else features.duration_s
    still_s = _lead(frozen_spans(features.seen, declared))
    return max(black_s, min(silent_s, still_s))


def _lead(spans: Sequence[Span]) -> float:
    """When a span ends that is there from the start."""
    return max((span.end_s for span in spans if span.start_s <= _FIRST_FRAMES_S), default=0.0)


async def _marks(features: Features, facts: str, judge: RetentionJudge | None) -> tuple[Mark, ...]:
    """What the votes agree on; one after the other, so that a record can be replayed in order."""
    if judge is None:
        return ()
    sheets = await asyncio.to_thread(_sheets, features)
    votes = [await judge.vote(facts, sheets, number) for number in range(_VOTES)]
    if _disagree(votes):
        votes.append(await judge.vote(facts, sheets, _VOTES))
    return agreed(votes)


def _disagree(votes: Sequence[RetentionVote]) -> bool:
    items = zip(*(vote.marks for vote in votes), strict=True)
    points = ([mark.points for mark in marks] for marks in items)
    return any(max(given) - min(given) > _AGREED for given in points)


def _sheets(features: Features) -> list[bytes]:
    moments = retention_moments(features.duration_s)
    stills = [still for at_s in moments if (still := features.still_at(at_s)) is not None]
    width, height = features.media.width or 1, features.media.height or 1
    samples = [
        FrameSample(still.time_s, index, width, height, still.jpeg()) for index, still in enumerate(stills)
    ]
    return contact_sheets(samples)


def _facts(features: Features, measured: Sequence[Part], transcript: Transcript | None) -> str:
    cuts_s = features.seen.cuts_s if features.seen else ()
    words = transcript.words[:_NAMED_WORDS] if transcript else ()
    said = " ".join(f"[{word.start_s:.1f}] {word.text}" for word in words)
    return "\n".join(
        [
            f"duration: {features.duration_s:.1f} s",
            "cuts: " + (", ".join(f"{cut_s:.1f}" for cut_s in cuts_s) or "none"),
            *(f"{part.name}: {part.measured}" for part in measured),
            f"said: {said}" if transcript else "said: not known",
        ]
    )


def _unjudged(measured: Sequence[Part], why: str) -> Assessment:
    parts = [Part(RUBRIC, None, RUBRIC_WEIGHT, why), *measured]
    score = score_of(Metric.RETENTION, parts, why=why, complete=False)
    return Assessment(score, tuple(_measured_findings(measured)))


_FIXES = {
    "opening": "Begin with the frame that shows what the video is about.",
    "tension": "Put the question, the result or the surprise into the first 3 seconds.",
    "message": "Say or write within 3 seconds what the video is about.",
    "novelty": "Shorten the stretches in which nothing new comes.",
    "ending": "End on the result, or on what viewers are to do.",
    MESSAGE: "Let the first words or the title come within the first second.",
    MOVEMENT: "Begin with a shot that moves, or cut within 3 seconds.",
    LEAD: "Cut off the start until something happens.",
}


def _rubric_findings(marks: Sequence[Mark]) -> Iterator[Finding]:
    for mark in marks:
        if mark.points <= _MOST_POINTS // 2:
            message = f"The {mark.item} has {mark.points} of {_MOST_POINTS} points: {mark.reason}"
            yield _finding(f"weak_{mark.item}", message, mark.item, mark.time_s or 0.0, "vision")


def _measured_findings(measured: Sequence[Part]) -> Iterator[Finding]:
    codes = {MESSAGE: "late_message", MOVEMENT: "still_opening", LEAD: "dead_lead"}
    for part in measured:
        if part.score is not None and part.score < _TELLING:
            message = f"The start holds nobody, {part.name}: {part.measured}."
            yield _finding(codes[part.name], message, part.name, 0.0, "evaluation")


def _finding(code: str, message: str, about: str, time_s: float, source: str) -> Finding:
    issue = Issue(code, message, Severity.WARNING, time_s, _FIXES[about], source=source)
    return Finding(issue, Metric.RETENTION)
