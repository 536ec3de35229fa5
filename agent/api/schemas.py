"""What the HTTP API takes and gives. Unknown fields are refused: a typo must not be silent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agent.domain import JobStatus

Container = Literal["mp4", "webm", "mov"]
Codec = Literal["avc", "av1", "vp9", "vp8"]
AssetType = Literal["raw_footage", "b_roll", "audio", "image", "captions", "font"]

FootageUse = Literal["raw_footage", "b_roll"]

SESSION_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
ROW_ID = r"^[0-9a-f]{32}$"
MAX_ROWS = 200

_SESSION = "3f0c2a52-6a0e-4f0b-9d53-5b1f0e9a7c11"
_JOB = "9a1c7e0d5b3f4c2e8d6a4b2c0e1f3a5d"
_SHA256 = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_AT = "2026-01-01T12:00:00Z"


# Not stripped: what is on record is what was sent.
Prompt = Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Body(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class SessionRequest(_Request):
    """Body of `POST /v1/sessions`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Holiday in Norway"}]})

    title: str = Field(default="", max_length=200)
    """For people; shown in lists."""


class JobOptions(_Request):
    """How the result is made; what is left out is as `roughcut edit` makes it."""

    container: Container = "mp4"
    codec: Codec | None = None
    """None: what plays everywhere in that container."""
    fps: float | None = Field(default=None, ge=1, le=120, allow_inf_nan=False)
    """None: the footage's."""
    bitrate: int | None = Field(default=None, ge=50_000, le=1_000_000_000)
    """Picture bits per second."""
    resolution: float = Field(default=1.0, ge=0.1, le=4, allow_inf_nan=False)
    """Multiplier of the composition's size."""
    loudness: str = Field(default="web", max_length=32)
    """web (-14 LUFS), podcast (-16), broadcast (-23), a figure such as -18, or off."""
    shapes: tuple[Annotated[str, Field(pattern=r"^[1-9]\d?:[1-9]\d?$")], ...] = Field(
        default=(), max_length=4
    )
    """Also make it in these aspect ratios, each as a file of its own."""
    stills_s: tuple[Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)], ...] = Field(
        default=(), max_length=32
    )
    """Also keep the picture at these seconds as PNG."""
    gif: bool = False
    contact_sheet: bool = True
    """Also keep the approved frames, as one picture."""
    keep_master: bool = False
    """Also keep what the browser encoded."""
    profile: str | None = Field(default=None, max_length=32)
    """What kind of video its pace is held against: social, trailer, tutorial, talking_head."""
    require_golden: bool = False
    """Deliver nothing but a golden render; only where the service has a vision model."""


class JobRequest(_Request):
    """Body of `POST /v1/jobs`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "session_id": _SESSION,
                    "prompt": "Trim to 5 seconds and put the title 'Big Buck Bunny' in the centre",
                    "options": {"container": "mp4", "shapes": ["9:16"]},
                    "base_revision": 0,
                }
            ]
        }
    )

    session_id: str = Field(pattern=SESSION_ID)
    prompt: Prompt
    options: JobOptions = JobOptions()
    assets: tuple[Annotated[str, Field(min_length=1, max_length=255)], ...] | None = Field(
        default=None, max_length=500
    )
    """New footage of the session to take in, in order; None: all that was uploaded, in that order."""
    base_revision: int | None = Field(default=None, ge=0, le=2**31 - 1)
    """What the request was made against; another one in the meantime is a 409. None: whatever is current."""
    needs_approval: bool = False
    """Wait after the plan until somebody says yes (`/approve`)."""
    plan_only: bool = False
    """End after the plan."""


class EditRequest(_Request):
    """Body of `POST /edit`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"session_id": _SESSION, "prompt": "Join the clips with a dissolve"}]}
    )

    session_id: str = Field(pattern=SESSION_ID)
    prompt: Prompt
    options: JobOptions = JobOptions()
    base_revision: int | None = Field(default=None, ge=0, le=2**31 - 1)
    wait_s: float | None = Field(default=None, ge=0, le=3600, allow_inf_nan=False)
    """For how long the answer may take; None: as the service is set."""


class AssetBody(_Body):
    """A file of a session that was probed and accepted."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "5d41402abc4b2a76b9719d911017c592",
                    "name": "clip.mp4",
                    "type": "raw_footage",
                    "size_bytes": 1048576,
                    "sha256": _SHA256,
                    "metadata": {"container": "mov,mp4,m4a,3gp,3g2,mj2", "duration_s": 5.0, "width": 1280},
                    "created_at": _AT,
                }
            ]
        },
    )

    id: str
    name: str
    type: AssetType
    size_bytes: int
    sha256: str
    metadata: dict[str, JsonValue]
    """What the probe found."""
    created_at: datetime


class UploadBody(BaseModel):
    """How much of a file is here; `asset` once it is complete and accepted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "clip.mp4", "received_bytes": 4194304, "complete": False, "asset": None}]
        }
    )

    name: str
    received_bytes: int
    complete: bool
    asset: AssetBody | None = None


class SessionBody(_Body):
    """A session; `revision` counts its completed compositions."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": _SESSION,
                    "title": "Holiday in Norway",
                    "revision": 0,
                    "created_at": _AT,
                    "assets": [],
                }
            ]
        },
    )

    id: str
    title: str
    revision: int
    created_at: datetime
    assets: list[AssetBody] = []


class ArtifactBody(_Body):
    """A file that a job left behind; `url` serves its bytes."""

    id: str
    kind: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    url: str


class JobBody(_Body):
    """A job. `output_url` is there once it is completed."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": _JOB,
                    "session_id": _SESSION,
                    "title": "Trim to 5 seconds",
                    "request": "Trim to 5 seconds",
                    "status": "processing",
                    "stage": "compose",
                    "message": "writing the composition",
                    "hint": "",
                    "error": None,
                    "model": "offline",
                    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                    "base_revision": 0,
                    "needs_approval": False,
                    "approved_at": None,
                    "tokens_in": 0,
                    "tokens_out": 0,
                    "cost_usd": 0.0,
                    "created_at": _AT,
                    "leg": 1,
                    "attempt": 1,
                    "started_at": _AT,
                    "ended_at": None,
                    "url": f"http://127.0.0.1:8000/v1/jobs/{_JOB}",
                    "events_url": f"http://127.0.0.1:8000/v1/jobs/{_JOB}/events",
                    "output_url": None,
                    "artifacts": [],
                }
            ]
        },
    )

    id: str
    session_id: str
    title: str
    request: str
    status: JobStatus
    stage: str
    message: str
    hint: str
    """What to do about a job that failed."""
    error: dict[str, JsonValue] | None
    model: str
    trace_id: str | None
    base_revision: int | None
    needs_approval: bool
    approved_at: datetime | None
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    """By list prices; null: that of its model is not known."""
    created_at: datetime
    leg: int
    """Grows when it is approved or tried again."""
    attempt: int
    """Grows with each worker that takes it over."""
    started_at: datetime | None
    ended_at: datetime | None
    """None also for a job that waits for approval."""
    url: str
    events_url: str
    output_url: str | None
    artifacts: list[ArtifactBody]


class JobList(BaseModel):
    """Jobs, newest first; `next` is the address of those before them."""

    jobs: list[JobBody]
    next: str | None


class EditResult(BaseModel):
    """What `POST /edit` answers: 200 at the end of the job, 202 if that takes longer than it may wait."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "status": "completed",
                    "message": "trimmed to 5 seconds",
                    "hint": "",
                    "output_url": "http://127.0.0.1:8000/v1/artifacts/7c211433f02071597741e6ff5a8ea34",
                    "job_url": f"http://127.0.0.1:8000/v1/jobs/{_JOB}",
                }
            ]
        }
    )

    job_id: str
    status: JobStatus
    message: str
    hint: str
    output_url: str | None
    job_url: str


class PlanBody(_Body):
    """One version of a job's edit plan."""

    version: int
    plan: dict[str, JsonValue]
    model: str
    prompt_tokens: int
    completion_tokens: int
    reason: str
    """Why there is this version."""
    created_at: datetime


class PlanList(BaseModel):
    """The versions of a job's plan, the latest last."""

    plans: list[PlanBody]


class VerdictBody(_Body):
    """What the critic said of one composition."""

    fingerprint: str
    green_light: bool
    judged_by: str
    issues: list[JsonValue]
    summary: str
    created_at: datetime


class VerdictList(BaseModel):
    """The verdicts of a job, the latest last."""

    verdicts: list[VerdictBody]


class SpanBody(_Body):
    """One timed piece of work; `ended_at` is null while it is open, or where a crash cut it short."""

    span_id: str
    parent_id: str | None
    name: str
    kind: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    duration_ms: float | None
    ffmpeg_args: list[JsonValue] | None
    render_time_ms: float | None
    cpu_s: float | None
    gpu: dict[str, JsonValue] | None
    logs: str | None
    payload_in: JsonValue
    payload_out: JsonValue
    attributes: dict[str, JsonValue]
    is_failure: bool


class Trace(BaseModel):
    """Everything that was timed in a job, in the order in which it began."""

    trace_id: str | None
    spans: list[SpanBody]


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Readiness(BaseModel):
    """Whether jobs are taken and worked on."""

    ready: bool
    database: bool
    workers: int
    """Workers whose heart beats."""
