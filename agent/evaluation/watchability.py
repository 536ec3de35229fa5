"""Metric 6: whether the file can be watched and listened to without harm or annoyance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.domain import Issue, Severity
from agent.evaluation.declared import Declared
from agent.evaluation.defects import black_spans, drop_outs, frozen_spans, silent_spans, worst_flicker
from agent.evaluation.features import Features, Heard, Seen
from agent.evaluation.flashes import most_in_a_second
from agent.evaluation.scoring import lin, log_lin, score_of
from agent.evaluation.subject import Subject
from agent.evaluation.values import Assessment, Finding, Metric, Part
from agent.media.analysis.sound import SILENT_LUFS
from agent.media.analysis.values import Span
from agent.media.loudness import TOLERANCE_LU

SOUND, LOUDNESS, PEAK, SILENCE, BALANCE = "sound", "loudness", "true peak", "silence", "balance"
FLASHES, FLICKER, BLACK, FREEZE = "flashes", "flicker", "black", "freeze"

WORST_LOUDNESS_LU = 10.0
"""Twice as loud or half: within EBU R 128's 1 LU nothing is taken off."""
WORST_PEAK_DBTP, GOOD_PEAK_DBTP = 1.0, -1.0
"""EBU R 128: at most -1 dBTP."""
WORST_BALANCE_DB, GOOD_BALANCE_DB = 24.0, 6.0
PAUSE_S, SPOKEN_PAUSE_S = 1.0, 2.0
"""Silence that is no fault, in videos with music and in those that are spoken."""
HOLE_S = 2.0
"""Silence that is longer by this much scores nothing."""
WORST_SILENT_SHARE, GOOD_SILENT_SHARE = 0.5, 0.05
FEWEST_DROP_OUTS = 3
"""One or two may be meant."""
WORST_DROP_OUT_RATE, GOOD_DROP_OUT_RATE = 0.35, 0.15
"""A second; a synthetic voice has up to 0.13 pauses that are as hard (`listening.drop_outs_in`)."""
ALLOWED_FLASHES = 3
"""WCAG 2.3.1: no more than three in any second."""
FLASH_SCORES = {0: 1.0, 1: 1.0, 2: 0.8, 3: 0.6}
HARMFUL = 0.3
WORST_FLICKER, GOOD_FLICKER = 0.02, 0.004
"""Swing of coded luma from its mean. From 0.5 % on the eye sees 8 to 15 swings a second (after de Lange and
Kelly); 2 % cannot be overlooked."""
ANY_BLACK, WORST_BLACK_SHARE = 0.5, 0.10
LONGEST_FREEZE_S, SHORTEST_FREEZE_S = 2.2, 0.5
WORST_FROZEN_SHARE, GOOD_FROZEN_SHARE = 0.3, 0.02
TELLING = 0.75
BLOCKING_BLACK_S, BLOCKING_FREEZE_S = 0.5, 1.0

_SHORTEST_MEASURED_S = 0.4
"""The window of EBU R 128's momentary loudness."""
_SPOKEN = {"talking_head", "tutorial"}


def watchability(features: Features, declared: Declared, subject: Subject) -> Assessment:
    """Flashes 0.20, flicker, black and freeze 0.10 each; loudness 0.25, peak and silence 0.10, balance 0.05.

    Combined by `scoring.combined`; more than three flashes a second (WCAG 2.3.1) hold the whole at 0.3.
    Black: at most 0.5 for one frame that is neither declared nor a fade, 0 for a tenth of the file. Freeze:
    the longest undeclared one, 1 at 0.5 s, 0 at 2.2 s, and their share, 0.02 to 0.3. Flicker: logarithm of
    the swing, 0.4 to 2 %. Loudness: distance to the target, 1 to 10 LU. Peak: -1 to 1 dBTP. Silence:
    what is longer than a pause (1 s, where it is spoken 2 s), by its length and its share, and from three
    drop-outs on how often the sound drops out, 0.15 to 0.35 times a second. Balance: left to right, 6 to 24
    dB. A file without sound scores 0 for sound unless the composition means it.
    """
    if features.seen is None:
        return Assessment(score_of(Metric.WATCHABILITY, (), why="there is no picture"))
    picture, picture_findings = _picture(features.seen, features.duration_s, declared)
    sound, sound_findings = _sound(features, declared, subject)
    parts = (*picture, *sound)
    harmful = any(part.name == FLASHES and part.score == 0 for part in parts)
    score = score_of(Metric.WATCHABILITY, parts, at_most=HARMFUL if harmful else 1.0)
    return Assessment(score, (*picture_findings, *sound_findings))


def pause_s(subject: Subject) -> float:
    """The longest silence that is no fault in a video of this kind."""
    return SPOKEN_PAUSE_S if subject.profile.name in _SPOKEN else PAUSE_S


def _picture(
    seen: Seen, duration_s: float, declared: Declared
) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    black, frozen = black_spans(seen, declared), frozen_spans(seen, declared)
    flashes, flicker = _flashes(seen), _flicker(seen)
    parts = (flashes, flicker, _black(black, duration_s), _freeze(frozen, duration_s))
    findings = (
        *_flash_findings(seen, flashes),
        *_flicker_findings(seen, flicker),
        *_span_findings(
            black, "black", BLOCKING_BLACK_S, "is black", "Show footage there, or declare a fade."
        ),
        *_span_findings(
            frozen,
            "frozen",
            BLOCKING_FREEZE_S,
            "stands still",
            "End the clip there, or use another range of it.",
        ),
    )
    return parts, findings


def _flashes(seen: Seen) -> Part:
    most = most_in_a_second(seen.flashes_s)
    said = f"{most} flashes in the worst second, {ALLOWED_FLASHES} are allowed"
    return Part(FLASHES, FLASH_SCORES.get(most, 0.0), 0.20, said)


def _flicker(seen: Seen) -> Part:
    swing, _ = worst_flicker(seen)
    said = f"the light swings by {swing:.1%}"
    return Part(FLICKER, log_lin(max(swing, GOOD_FLICKER), WORST_FLICKER, GOOD_FLICKER), 0.10, said)


def _black(spans: Sequence[Span], duration_s: float) -> Part:
    black_s = _total_s(spans)
    score = min(ANY_BLACK, lin(black_s / max(duration_s, 1e-3), WORST_BLACK_SHARE, 0.0)) if spans else 1.0
    return Part(BLACK, score, 0.10, f"{black_s:.2f} s black without a fade")


def _freeze(spans: Sequence[Span], duration_s: float) -> Part:
    longest_s = max((span.duration_s for span in spans), default=0.0)
    share = _total_s(spans) / max(duration_s, 1e-3)
    score = min(
        lin(longest_s, LONGEST_FREEZE_S, SHORTEST_FREEZE_S), lin(share, WORST_FROZEN_SHARE, GOOD_FROZEN_SHARE)
    )
    return Part(FREEZE, score, 0.10, f"{_total_s(spans):.1f} s stand still, {longest_s:.1f} s at most")


def _sound(
    features: Features, declared: Declared, subject: Subject
) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    heard = features.heard
    if declared.has_sound is False:
        return (Part(SOUND, None, 0.50, "none is meant"),), ()
    if heard is None:
        part = Part(SOUND, 0.0, 0.50, "there is no sound")
        return (part,), (_finding("no_sound", "The file has no sound.", None, None, "Add music or speech."),)
    if features.duration_s < _SHORTEST_MEASURED_S:
        return (Part(SOUND, None, 0.50, "too short to be measured"),), ()
    pause = pause_s(subject)
    holes = silent_spans(heard, declared, pause)
    dropped = drop_outs(heard, declared)
    silence = _silence(holes, dropped, features.duration_s, pause)
    parts = (*_levels(heard, subject), silence) if _sounds(heard) else (silence,)
    return parts, (*_sound_findings(parts, holes), *_drop_out_findings(dropped, features.duration_s))


def _sounds(heard: Heard) -> bool:
    return heard.loudness.integrated_lufs > SILENT_LUFS


def _levels(heard: Heard, subject: Subject) -> tuple[Part, ...]:
    peak_dbtp = heard.loudness.true_peak_dbtp
    peak = lin(peak_dbtp, WORST_PEAK_DBTP, GOOD_PEAK_DBTP)
    return (
        _loudness(heard.loudness.integrated_lufs, subject),
        Part(PEAK, peak, 0.10, f"{peak_dbtp:.1f} dBTP, at most {GOOD_PEAK_DBTP:g} wanted"),
        _balance(heard.channel_levels_db),
    )


def _loudness(lufs: float, subject: Subject) -> Part:
    wanted = subject.target_lufs
    if wanted is None:
        return Part(LOUDNESS, None, 0.25, f"{lufs:.1f} LUFS, left as it was composed")
    score = lin(abs(lufs - wanted), WORST_LOUDNESS_LU, TOLERANCE_LU)
    return Part(LOUDNESS, score, 0.25, f"{lufs:.1f} LUFS, {wanted:g} wanted")


def _balance(levels_db: Sequence[float]) -> Part:
    if len(levels_db) < 2:
        return Part(BALANCE, None, 0.05, "one channel")
    apart_db = abs(levels_db[0] - levels_db[1])
    score = lin(apart_db, WORST_BALANCE_DB, GOOD_BALANCE_DB)
    return Part(BALANCE, score, 0.05, f"left and right {apart_db:.0f} dB apart")


def _silence(spans: Sequence[Span], dropped: Sequence[Span], duration_s: float, pause: float) -> Part:
    longest_s = max((span.duration_s for span in spans), default=0.0)
    share = _total_s(spans) / duration_s
    by_length = lin(longest_s, pause + HOLE_S, 0.75 * pause)
    by_holes = min(by_length, lin(share, WORST_SILENT_SHARE, GOOD_SILENT_SHARE))
    by_drop_outs = _unbroken(dropped, duration_s)
    if by_drop_outs < by_holes:
        return Part(SILENCE, by_drop_outs, 0.10, f"the sound drops out {len(dropped)} times")
    return Part(SILENCE, by_holes, 0.10, f"{_total_s(spans):.1f} s silent, {longest_s:.1f} s at most")


def _unbroken(dropped: Sequence[Span], duration_s: float) -> float:
    if len(dropped) < FEWEST_DROP_OUTS:
        return 1.0
    return lin(len(dropped) / duration_s, WORST_DROP_OUT_RATE, GOOD_DROP_OUT_RATE)


def _total_s(spans: Sequence[Span]) -> float:
    return sum(span.duration_s for span in spans)


def _flash_findings(seen: Seen, part: Part) -> Iterator[Finding]:
    if part.score is None or part.score >= TELLING:
        return
    worst_s = max(seen.flashes_s, key=lambda at_s: sum(at_s <= other < at_s + 1 for other in seen.flashes_s))
    fix = "Take the effect out, or let it flash at most three times a second, smaller or darker."
    message = f"The picture flashes from {worst_s:.2f} s on: {part.measured}."
    yield _finding("flashes", message, worst_s, worst_s + 1, fix, blocking=part.score == 0)


def _flicker_findings(seen: Seen, part: Part) -> Iterator[Finding]:
    if part.score is not None and part.score < TELLING:
        _, at_s = worst_flicker(seen)
        message = f"The picture flickers from {at_s:.2f} s on: {part.measured}."
        yield _finding("flicker", message, at_s, at_s + 1, "Take out the effect, or use other footage.")


def _span_findings(
    spans: Sequence[Span], code: str, blocking_s: float, does: str, fix: str
) -> Iterator[Finding]:
    for span in spans:
        message = f"The picture {does} from {span.start_s:.2f} to {span.end_s:.2f} s, nothing declares that."
        blocking = span.duration_s >= blocking_s
        yield _finding(code, message, span.start_s, span.end_s, fix, blocking=blocking)


_SOUND_FIXES = {
    LOUDNESS: ("loudness", "Deliver it at the target: --loudness, or `// loudness:` in the program."),
    PEAK: ("true_peak", "Lower the volume, or limit the peaks before encoding."),
    BALANCE: ("balance", "Mix the recording to both channels."),
}


def _sound_findings(parts: Sequence[Part], holes: Sequence[Span]) -> Iterator[Finding]:
    for part in parts:
        if part.name in _SOUND_FIXES and part.score is not None and part.score < TELLING:
            code, fix = _SOUND_FIXES[part.name]
            yield _finding(code, f"The {part.name} is off: {part.measured}.", None, None, fix)
    for span in holes:
        message = f"Nothing can be heard from {span.start_s:.2f} to {span.end_s:.2f} s, no pause is declared."
        fix = "Let music or the sound of the footage go on there, or cut the gap out."
        yield _finding("silent", message, span.start_s, span.end_s, fix, blocking=True)


def _drop_out_findings(dropped: Sequence[Span], duration_s: float) -> Iterator[Finding]:
    if _unbroken(dropped, duration_s) < TELLING:
        first_s, last_s = dropped[0].start_s, dropped[-1].end_s
        message = f"The sound drops out {len(dropped)} times from {first_s:.2f} to {last_s:.2f} s."
        fix = "Use an undamaged recording, or let music go on there."
        yield _finding("drop_outs", message, first_s, last_s, fix)


def _finding(
    code: str, message: str, start_s: float | None, end_s: float | None, fix: str, *, blocking: bool = False
) -> Finding:
    severity = Severity.BLOCKER if blocking else Severity.WARNING
    issue = Issue(code, message, severity, start_s, fix, source="evaluation")
    return Finding(issue, Metric.WATCHABILITY, end_s)
