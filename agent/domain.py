"""The values that everything else speaks in; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class AssetKind(StrEnum):
    """What an asset is to the composition; the page types `asset(name)` by it."""

    VIDEO = "video"
    AUDIO = "audio"
    IMAGE = "image"
    CAPTIONS = "captions"
    FONT = "font"


class JobStatus(StrEnum):
    """Where a job is; the last four are ends."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REVIEW_REQUIRED = "review_required"
    CANCELLED = "cancelled"


class Severity(StrEnum):
    """A blocker withholds the green light; a warning is told and tolerated."""

    BLOCKER = "blocker"
    WARNING = "warning"


@dataclass(frozen=True)
class MediaInfo:
    """What ffprobe says of a file, after rotation: `width` and `height` are as displayed."""

    container: str
    duration_s: float
    width: int | None = None
    height: int | None = None
    rotation_deg: int = 0
    frame_rate: float | None = None
    frame_count: int | None = None
    variable_frame_rate: bool = False
    video_codec: str | None = None
    pixel_format: str | None = None
    audio_codec: str | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None
    square_pixels: bool = True
    color_transfer: str | None = None
    video_start_s: float = 0.0
    """When the first picture is shown, from the file's own start."""


@dataclass(frozen=True)
class Asset:
    """A source file of the session. `path` is the session's own copy; `page_path` is what the page gets
    (a proxy where the browser cannot decode the original, else the same file).
    """

    name: str
    kind: AssetKind
    path: Path
    page_path: Path
    sha256: str
    page_sha256: str
    size_bytes: int
    media: MediaInfo | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrameSample:
    """A JPEG of the composition at `timestamp_s`, made by the encoder's own path."""

    timestamp_s: float
    frame_index: int
    width: int
    height: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong, when, how bad, and what to do about it. `code` is stable and greppable."""

    code: str
    message: str
    severity: Severity = Severity.BLOCKER
    time_s: float | None = None
    suggested_fix: str = ""
    source: str = "checks"


@dataclass(frozen=True)
class Judgement:
    """What a judge who looks at contact sheets says of a composition; one part of a verdict."""

    approved: bool
    summary: str
    issues: tuple[Issue, ...] = ()


class Judge(Protocol):
    """Somebody who looks: the vision model, or its recorded replies."""

    async def judge(self, request: str, summary_text: str, sheets: Sequence[bytes]) -> Judgement:
        """The judgement of what the JPEG *sheets* show. Raises `ModelError`."""


@dataclass(frozen=True)
class Mark:
    """Points of one item of a rubric, 0 to 4; where in the video they were decided, and why."""

    item: str
    points: int
    time_s: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class RetentionVote:
    """How one look at a video marks what makes people stay."""

    marks: tuple[Mark, ...]


class RetentionJudge(Protocol):
    """Somebody who marks how well a video holds its viewers: the vision model, or its recorded replies."""

    async def vote(self, facts: str, sheets: Sequence[bytes], number: int) -> RetentionVote:
        """The marks of what the JPEG *sheets* and *facts* show; each *number* is asked in another order.
        Raises `ModelError`.
        """


@dataclass(frozen=True)
class Verdict:
    """The critic's answer for one fingerprint. `judged_by` is `checks` or `checks+vision`."""

    fingerprint: str
    green_light: bool
    judged_by: str
    issues: tuple[Issue, ...] = ()
    summary: str = ""


@dataclass(frozen=True)
class Loudness:
    """EBU R 128: integrated loudness in LUFS, range in LU, true peak in dBTP."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class LoudnessTarget:
    """How loud a delivered file is to be, and how high its peaks may go."""

    integrated_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class ExportSettings:
    """How the artifact is encoded and delivered. `fps` None follows the footage, else 30; `loudness` None
    leaves the sound as it was composed.
    """

    container: str = "mp4"
    video_codec: str = "avc"
    audio_codec: str = "aac"
    fps: float | None = None
    video_bitrate: int | None = None
    resolution: float = 1.0
    loudness: LoudnessTarget | None = None


class Spot(StrEnum):
    """A half or the middle of the frame; a corner is two of them."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"
    CENTRE = "centre"


@dataclass(frozen=True)
class StatedRange:
    """From which second of an asset to which; one shown at these times of the video is meant as well."""

    asset: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class StatedPlace:
    """Where something is to be: an asset by its name, or a text by its words; empty: the captions."""

    subject: str
    spots: frozenset[Spot]


@dataclass(frozen=True)
class StatedSpan:
    """When a text is to be there, in seconds of the video."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class StatedLevel:
    """How loud an asset is to be, as a share of its own level."""

    asset: str
    volume: float


@dataclass(frozen=True)
class Expectation:
    """What the request itself states in figures and names, to be checked without a model; None or empty: not
    stated.
    """

    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    aspect_ratio: float | None = None
    texts: tuple[str, ...] = ()
    assets: frozenset[str] = frozenset()
    """All there were when the request was made; what is made of them later has another name."""
    shown: tuple[str, ...] = ()
    """Assets that are to be seen or heard."""
    order: tuple[str, ...] = ()
    ranges: tuple[StatedRange, ...] = ()
    throughout: tuple[str, ...] = ()
    """Assets that are to be there all the time."""
    places: tuple[StatedPlace, ...] = ()
    spans: tuple[StatedSpan, ...] = ()
    levels: tuple[StatedLevel, ...] = ()
    music: tuple[str, ...] = ()
    """Assets that are to be heard to the end."""
    muted: bool = False
    may_be_silent: bool = False
    captions: bool = False
    fading_texts: tuple[str, ...] = ()
    fades: bool = False
    fades_from_plain: bool = False
    fades_to_plain: bool = False
    transitions: frozenset[str] = frozenset()
    """Types of core's, one of which is to be there."""
    liberties: frozenset[str] = frozenset()
    """Ways to treat footage that the request speaks of; the others are not wanted."""


@dataclass(frozen=True)
class Artifact:
    """A finished file of a job, probed after it was written."""

    path: Path
    sha256: str
    size_bytes: int
    media: MediaInfo
    loudness: Loudness | None = None


class StepStatus(StrEnum):
    """What became of a step of a plan; a skipped one turned out not to be needed."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class PlanStep:
    """One thing to do, and the tool to do it with.

    `range_s` is start and end where the step is about a part: of its asset if that has a length, else of the
    finished video.
    """

    number: int
    task: str
    tool: str
    assets: tuple[str, ...] = ()
    range_s: tuple[float, float] | None = None
    status: StepStatus = StepStatus.OPEN
    note: str = ""


@dataclass(frozen=True)
class EditPlan:
    """What a request comes down to, numbered from 1 and in order; `reason` says why an earlier version gave
    way to this one.
    """

    steps: tuple[PlanStep, ...]
    version: int = 1
    reason: str = ""

    def marked(self, number: int, status: StepStatus, note: str = "") -> EditPlan:
        """The plan with one step marked; raises KeyError for a number that it does not have."""
        found = replace(self.step(number), status=status, note=note)
        return replace(self, steps=tuple(found if step.number == number else step for step in self.steps))

    def unmarked(self) -> EditPlan:
        """The plan as it was made."""
        steps = (replace(step, status=StepStatus.OPEN, note="") for step in self.steps)
        return replace(self, steps=tuple(steps))

    def step(self, number: int) -> PlanStep:
        """The step of that number; raises KeyError."""
        return {step.number: step for step in self.steps}[number]


@dataclass(frozen=True)
class Planned:
    """A plan, and what it cost to make, refused attempts included."""

    plan: EditPlan
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Stage(StrEnum):
    """The stages of a job, in order."""

    OPEN = "open"
    INGEST = "ingest"
    PLAN = "plan"
    COMPOSE = "compose"
    RENDER = "render"
    DELIVER = "deliver"
    CHECK = "check"
    EVALUATE = "evaluate"


class EventKind(StrEnum):
    """What somebody who follows a job is told."""

    STAGE = "stage"
    STEP = "step"
    CODE = "code"
    SAMPLES = "samples"
    VERDICT = "verdict"
    PLAN = "plan"
    PROGRESS = "progress"
    COST = "cost"
    EVALUATION = "evaluation"
    APPROVAL = "approval"
    END = "end"


@dataclass(frozen=True)
class JobEvent:
    """What a job is doing now, for people who watch; `done` of `total` where it can be counted."""

    stage: Stage
    message: str
    done: int | None = None
    total: int | None = None
    kind: EventKind = EventKind.PROGRESS
    data: Mapping[str, object] = field(default_factory=dict)
    """What goes with it, as JSON has it: a program, a verdict, figures."""
