"""How a job ended, with what a caller shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from agent.composer import Greenlit
from agent.domain import Artifact, EditPlan, Issue, JobStatus


@dataclass(frozen=True)
class Scorecard:
    """What the evaluation said of the rendered file. `scores` go by the metric's name; None: not applicable.

    `figures` and `findings` are the whole of it as JSON, without pictures.
    """

    total: float | None
    golden: bool
    scores: Mapping[str, float | None] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is not golden, a sentence each, what could not be judged among them; empty where it is."""
    figures: Mapping[str, object] = field(default_factory=dict)
    findings: tuple[Mapping[str, object], ...] = ()
    report: Path | None = None


@dataclass(frozen=True)
class JobResult:
    """How a job ended. `artifact` is there only when it is completed."""

    job_id: str
    folder: Path
    status: JobStatus
    message: str
    judged_by: str = "nobody"
    fingerprint: str = ""
    issues: tuple[Issue, ...] = ()
    contact_sheet: Path | None = None
    artifact: Artifact | None = None
    plan: EditPlan | None = None
    scorecard: Scorecard | None = None
    approved: Greenlit | None = None
    extras: tuple[Path, ...] = ()
    """Subtitles, a GIF, stills and the like beside the video."""
    shapes: tuple[JobResult, ...] = ()
    """Versions in other aspect ratios, each judged on its own."""

    @property
    def awaits_approval(self) -> bool:
        """Whether there is a plan and nothing else yet, because a person is to say yes to it."""
        return self.status is JobStatus.REVIEW_REQUIRED and not self.fingerprint

    def as_dict(self) -> dict[str, object]:
        """The figures for machines; the frames themselves are on disk."""
        figures = asdict(replace(self, approved=None, shapes=()))
        del figures["approved"]
        return {**figures, "shapes": [shape.as_dict() for shape in self.shapes]}
