"""What an evaluation says: parts, scores, findings, and the timeline that a report draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from agent.domain import Issue, MediaInfo, Severity
from agent.media.analysis.values import Span


class Metric(StrEnum):
    """The six things that are scored."""

    CLARITY = "clarity"
    PUNCHINESS = "punchiness"
    RETENTION = "retention"
    CAPTIONS = "captions"
    BRAND = "brand"
    WATCHABILITY = "watchability"


@dataclass(frozen=True)
class Part:
    """One measured part of a metric. `score` is 0 to 1, None where there is nothing to measure."""

    name: str
    score: float | None
    weight: float
    measured: str = ""
    """What was measured and what is wanted, for people: "-18.7 LUFS, -14 wanted"."""


@dataclass(frozen=True)
class Score:
    """One metric. `value` is 0 to 1, None where it is not applicable; `why` then says so."""

    metric: Metric
    value: float | None
    parts: tuple[Part, ...] = ()
    why: str = ""
    complete: bool = True
    """False where a part could not be judged (an extra is missing, the model is down): never golden."""

    @property
    def weakest(self) -> Part | None:
        """The part that costs most; None where nothing was measured."""
        judged = [part for part in self.parts if part.score is not None]
        return min(judged, key=lambda part: part.score or 0.0, default=None)


@dataclass(frozen=True)
class Finding:
    """An issue of a rendered file, from `issue.time_s` up to `until_s`."""

    issue: Issue
    metric: Metric
    until_s: float | None = None
    evidence: bytes | None = field(default=None, repr=False)
    """JPEG of the frame that shows it."""

    @property
    def is_blocker(self) -> bool:
        """Whether the file may not be delivered as it is."""
        return self.issue.severity is Severity.BLOCKER


@dataclass(frozen=True)
class Assessment:
    """What each metric gives: its score, and what it found to be wrong."""

    score: Score
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class CaptionSpan:
    """A declared text, and when it is shown."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Timeline:
    """What happens when in the file: what the report draws."""

    duration_s: float
    loudness: tuple[tuple[float, float], ...] = ()
    """Seconds and momentary loudness in LUFS."""
    cuts_s: tuple[float, ...] = ()
    beats_s: tuple[float, ...] = ()
    flashes_s: tuple[float, ...] = ()
    silences: tuple[Span, ...] = ()
    black: tuple[Span, ...] = ()
    frozen: tuple[Span, ...] = ()
    captions: tuple[CaptionSpan, ...] = ()
    target_lufs: float | None = None
    """The loudness that is wanted; None where any is right."""


@dataclass(frozen=True)
class Evaluation:
    """All that is known of how good one file is."""

    name: str
    sha256: str
    media: MediaInfo
    profile: str
    scores: tuple[Score, ...]
    total: float | None
    golden: bool
    findings: tuple[Finding, ...]
    timeline: Timeline

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that forbid delivery."""
        return tuple(finding for finding in self.findings if finding.is_blocker)

    def score_of(self, metric: Metric) -> Score:
        """The score of *metric*."""
        return next(score for score in self.scores if score.metric is metric)
