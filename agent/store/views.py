"""Rows as values: what the queries take and give. Nothing here is tied to a database session.

Each field has the name of the row's attribute in `models.py`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from agent.domain import JobStatus

if TYPE_CHECKING:  # a caller that shows a row needs no SQLAlchemy
    from agent.store.columns import JsonList, JsonObject

LOCAL_TENANT = "local"
"""Whose everything is where there are no keys."""

TITLE_LETTERS = 80

V = TypeVar("V")


def new_id() -> str:
    """An id for a row: 32 hexadecimal letters."""
    return uuid.uuid4().hex


def now() -> datetime:
    return datetime.now(UTC)


def view_of(kind: type[V], row: object) -> V:
    """The row as a value of *kind*, a dataclass with fields of the same names."""
    names = [known.name for known in fields(kind)]  # type: ignore[arg-type]  # a dataclass, by contract
    return kind(**{name: getattr(row, name) for name in names})


class AssetType(StrEnum):
    """What a file is for in the edit; the last two are neither seen nor heard by themselves."""

    RAW_FOOTAGE = "raw_footage"
    B_ROLL = "b_roll"
    AUDIO = "audio"
    IMAGE = "image"
    CAPTIONS = "captions"
    FONT = "font"


@dataclass(frozen=True)
class SessionView:
    """A conversation about one set of footage. `revision` changes with the current composition: a request
    says which one it was made against.
    """

    id: str
    tenant: str = LOCAL_TENANT
    title: str = ""
    current_composition_id: str | None = None
    revision: int = 0
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class JobView:
    """One request and how far it came. `attempt` is the fencing token: it grows with each worker that takes
    the job over; `leg` grows when a person has approved it or asked for it again.
    """

    id: str
    session_id: str
    request: str
    tenant: str = LOCAL_TENANT
    title: str = ""
    """Empty when it is added: the first line of the request."""
    options: JsonObject = field(default_factory=dict)
    """The order, the files and the settings it was given, for a worker on another machine."""
    record: JsonObject | None = None
    """The `JobRecord` that `history.json` mirrors; None until the job is begun."""
    status: JobStatus = JobStatus.PENDING
    stage: str = ""
    message: str = ""
    hint: str = ""
    error: JsonObject | None = None
    model: str = ""
    trace_id: str | None = None
    edit_plan_id: str | None = None
    composition_id: str | None = None
    base_revision: int | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float | None = 0.0
    """None: nobody knows the price of its model."""
    leg: int = 1
    attempt: int = 0
    owner: str | None = None
    """The executor that runs it, or ran it last."""
    needs_approval: bool = False
    approved_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    idempotency_key: str | None = None
    request_sha256: str | None = None
    created_at: datetime = field(default_factory=now)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    """None also for a job that waits for a person's approval."""

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def awaits_approval(self) -> bool:
        return self.status is JobStatus.REVIEW_REQUIRED and self.ended_at is None


@dataclass(frozen=True)
class AssetView:
    """A source file of a session; `storage_path` is relative to the home of all sessions."""

    session_id: str
    name: str
    type: AssetType
    storage_path: str
    size_bytes: int
    sha256: str
    job_id: str | None = None
    """The job that brought or made it; None: it was uploaded to the session."""
    details: JsonObject = field(default_factory=dict)
    """The rest of `domain.Asset`: kind, page path, probed media, notes. The column is called `metadata`."""
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class PlanView:
    """One version of a job's edit plan."""

    id: str
    job_id: str
    version: int
    plan: JsonObject
    model: str
    prompt_tokens: int
    completion_tokens: int
    reason: str
    """Why there is this version."""
    created_at: datetime


@dataclass(frozen=True)
class CompositionView:
    """A version of the program. `number` counts within the session."""

    id: str
    session_id: str
    job_id: str
    number: int
    fingerprint: str
    program: str = field(repr=False)
    parent_id: str | None
    created_at: datetime

    @property
    def name(self) -> str:
        """Of its file, relative to the session's folder."""
        return f"compositions/{self.number:04d}-{self.fingerprint[:12]}.ts"


@dataclass(frozen=True)
class VerdictView:
    """What the critic said of one fingerprint; `issues` are `domain.Issue` as JSON."""

    id: str
    job_id: str
    composition_id: str | None
    fingerprint: str
    green_light: bool
    judged_by: str
    issues: JsonList
    summary: str
    created_at: datetime


@dataclass(frozen=True)
class ArtifactView:
    """A file that a job leaves behind, named by its content; `storage_path` is relative to the home."""

    job_id: str
    kind: str
    """video, master, contact_sheet, gif, still, subtitles, report …"""
    name: str
    storage_path: str
    sha256: str
    size_bytes: int
    media_type: str
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class EvaluationView:
    """Six scores of an artifact, and whether it is golden."""

    job_id: str
    total: float
    golden: bool
    scores: JsonObject
    findings: JsonList = field(default_factory=list)
    artifact_id: str | None = None
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True)
class EventView:
    """Something told of a job; `seq` counts from 1 within the job, without gaps."""

    job_id: str
    seq: int
    kind: str
    data: JsonObject
    at: datetime


@dataclass(frozen=True)
class KeyView:
    """A key to the HTTP API; the secret itself is stored nowhere."""

    id: str
    name: str
    tenant: str
    quotas: JsonObject
    created_at: datetime
    revoked_at: datetime | None
