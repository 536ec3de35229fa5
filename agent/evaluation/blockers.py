"""What forbids delivery whatever the scores are: the file is not the one that was composed and asked for."""

from __future__ import annotations

from collections.abc import Iterator

from agent.domain import Issue, Severity
from agent.evaluation.clarity import GOOD_ASPECT, wanted_aspect, wanted_size
from agent.evaluation.declared import Declared
from agent.evaluation.features import Features
from agent.evaluation.subject import Subject
from agent.evaluation.values import Finding, Metric
from agent.media.artifact import DURATION_TOLERANCE_S

_SIZE_TOLERANCE_PX = 1
"""4:2:0 encoders round odd sides to even ones."""
_MISSING_S = 0.5
_RENDER_AGAIN = "Render it again."


def blockers(features: Features, declared: Declared, subject: Subject) -> Iterator[Finding]:
    """Wrong size, shape or length, a sound track that is missing, and pictures that cannot be decoded."""
    yield from _size(features, subject)
    yield from _length(features, declared)
    if declared.has_sound and features.heard is None:
        message = "The composition has sound, the file has no sound track."
        yield _blocker(
            "no_sound_track", message, Metric.WATCHABILITY, "Export with sound, and render it again."
        )
    yield from _decoding(features)


def _size(features: Features, subject: Subject) -> Iterator[Finding]:
    width, height = features.media.width or 0, features.media.height or 0
    wanted, aspect = wanted_size(subject), wanted_aspect(subject)
    if wanted is not None and max(abs(width - wanted[0]), abs(height - wanted[1])) > _SIZE_TOLERANCE_PX:
        message = f"The file is {width}x{height}, {wanted[0]}x{wanted[1]} was wanted."
        yield _blocker(
            "wrong_size", message, Metric.CLARITY, "Export at resolution 1 in the composition's size."
        )
    elif wanted is None and aspect is not None and abs(width / max(height, 1) / aspect - 1) > GOOD_ASPECT:
        message = f"The file is {width / max(height, 1):.2f} to 1, {aspect:.2f} was wanted."
        yield _blocker("wrong_aspect", message, Metric.CLARITY, "Compose in the shape that was asked for.")


def _length(features: Features, declared: Declared) -> Iterator[Finding]:
    if declared.duration_s is None:
        return
    rate = features.seen.rate if features.seen else 1.0
    if abs(features.duration_s - declared.duration_s) > max(DURATION_TOLERANCE_S, 1.5 / rate):
        message = f"The file lasts {features.duration_s:.2f} s, the composition {declared.duration_s:.2f} s."
        yield _blocker("wrong_length", message, Metric.WATCHABILITY, _RENDER_AGAIN)


def _decoding(features: Features) -> Iterator[Finding]:
    """Frames that are missing at the end, or damaged ones."""
    seen = features.seen
    shown_s = seen.frame_count / seen.rate if seen else 0.0
    if features.duration_s - shown_s > _MISSING_S and features.faults:
        message = f"Only {shown_s:.1f} of {features.duration_s:.1f} s can be decoded: {features.faults[0]}"
        yield _blocker("damaged_file", message, Metric.WATCHABILITY, _RENDER_AGAIN)
    elif features.faults:
        message = f"The decoder complains {len(features.faults)} times: {features.faults[0]}"
        yield _blocker("damaged_file", message, Metric.WATCHABILITY, _RENDER_AGAIN)


def _blocker(code: str, message: str, metric: Metric, fix: str) -> Finding:
    return Finding(Issue(code, message, Severity.BLOCKER, None, fix, source="evaluation"), metric)
