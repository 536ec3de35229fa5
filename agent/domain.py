"""The values that everything else speaks in; imports nothing of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Expectation:
    """What the request itself states in figures, to be checked without a model; None: not stated."""

    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    aspect_ratio: float | None = None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Artifact:
    """A finished file of a job, probed after it was written."""

    path: Path
    sha256: str
    size_bytes: int
    media: MediaInfo
    loudness: Loudness | None = None


class Stage(StrEnum):
    """The stages of a job, in order."""

    OPEN = "open"
    INGEST = "ingest"
    COMPOSE = "compose"
    RENDER = "render"
    DELIVER = "deliver"
    CHECK = "check"


@dataclass(frozen=True)
class JobEvent:
    """What a job is doing now, for people who watch; `done` of `total` where it can be counted."""

    stage: Stage
    message: str
    done: int | None = None
    total: int | None = None
