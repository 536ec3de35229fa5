"""The tables, once for SQLite and PostgreSQL. A change here wants a migration (see `migrations/env.py`)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from agent.domain import JobStatus
from agent.store.columns import CleanJson, CleanText, JsonList, JsonObject, UtcTime
from agent.store.views import LOCAL_TENANT, AssetType


def _one_of(words: type[StrEnum]) -> Enum:
    """A text column that takes only these words, by a CHECK in the database."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda kind: [word.value for word in kind],
    )


class Base(DeclarativeBase):
    """Names every constraint, because SQLite can only change those that have a name."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {str: CleanText, datetime: UtcTime}


def _owned_by(column: str) -> Mapped[str]:
    """A reference that goes away together with what it refers to."""
    return mapped_column(ForeignKey(column, ondelete="CASCADE"))


class SessionRow(Base):
    """A conversation about one set of footage."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(default=LOCAL_TENANT)
    title: Mapped[str] = mapped_column(default="")
    # The other half of a cycle, as is `jobs.composition_id`: added when both tables are there.
    current_composition_id: Mapped[str | None] = mapped_column(
        ForeignKey("compositions.id", ondelete="SET NULL", use_alter=True)
    )
    revision: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    __table_args__ = (Index(None, "tenant", "created_at"),)


class JobRow(Base):
    """One edit request and how far it came."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = _owned_by("sessions.id")
    tenant: Mapped[str]
    title: Mapped[str]
    request: Mapped[str]
    options: Mapped[JsonObject] = mapped_column(CleanJson)
    record: Mapped[JsonObject | None] = mapped_column(CleanJson)
    status: Mapped[JobStatus] = mapped_column(_one_of(JobStatus))
    stage: Mapped[str]
    message: Mapped[str]
    hint: Mapped[str]
    error: Mapped[JsonObject | None] = mapped_column(CleanJson)
    model: Mapped[str]
    trace_id: Mapped[str | None] = mapped_column(index=True)
    edit_plan_id: Mapped[str | None] = mapped_column(
        ForeignKey("edit_plans.id", ondelete="SET NULL", use_alter=True)
    )
    composition_id: Mapped[str | None] = mapped_column(
        ForeignKey("compositions.id", ondelete="SET NULL", use_alter=True)
    )
    base_revision: Mapped[int | None]
    tokens_in: Mapped[int]
    tokens_out: Mapped[int]
    cost_usd: Mapped[float | None]
    leg: Mapped[int]
    attempt: Mapped[int]
    owner: Mapped[str | None]
    needs_approval: Mapped[bool]
    approved_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    idempotency_key: Mapped[str | None]
    request_sha256: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(default=0)
    """Number of its last event."""

    __table_args__ = (
        UniqueConstraint("tenant", "idempotency_key"),
        Index(None, "tenant", "created_at"),
        Index(None, "session_id", "created_at"),
        Index(None, "status", "created_at"),
    )


class AssetRow(Base):
    """A source file of a session."""

    __tablename__ = "assets"

    id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = _owned_by("sessions.id")
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"))
    name: Mapped[str]
    type: Mapped[AssetType] = mapped_column(_one_of(AssetType))
    storage_path: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    details: Mapped[JsonObject] = mapped_column(
        "metadata", CleanJson
    )  # SQLAlchemy keeps `metadata` for itself
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("session_id", "name"),)


class PlanRow(Base):
    """One version of a job's edit plan."""

    __tablename__ = "edit_plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = _owned_by("jobs.id")
    version: Mapped[int]
    plan: Mapped[JsonObject] = mapped_column(CleanJson)
    model: Mapped[str]
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    reason: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("job_id", "version"),)


class CompositionRow(Base):
    """A version of the program."""

    __tablename__ = "compositions"

    id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = _owned_by("sessions.id")
    job_id: Mapped[str] = _owned_by("jobs.id")
    number: Mapped[int]
    fingerprint: Mapped[str]
    program: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("compositions.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("session_id", "number"), UniqueConstraint("job_id", "fingerprint"))


class VerdictRow(Base):
    """What the critic said of one fingerprint."""

    __tablename__ = "verdicts"

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = _owned_by("jobs.id")
    composition_id: Mapped[str | None] = mapped_column(ForeignKey("compositions.id", ondelete="SET NULL"))
    fingerprint: Mapped[str]
    green_light: Mapped[bool]
    judged_by: Mapped[str]
    issues: Mapped[JsonList] = mapped_column(CleanJson)
    summary: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (Index(None, "job_id", "created_at"),)


class ArtifactRow(Base):
    """A file that a job leaves behind."""

    __tablename__ = "artifacts"

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = _owned_by("jobs.id")
    kind: Mapped[str]
    name: Mapped[str]
    storage_path: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("job_id", "name"),)


class EvaluationRow(Base):
    """Six scores of an artifact."""

    __tablename__ = "evaluations"

    id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str] = _owned_by("jobs.id")
    artifact_id: Mapped[str | None] = mapped_column(ForeignKey("artifacts.id", ondelete="SET NULL"))
    total: Mapped[float]
    golden: Mapped[bool]
    scores: Mapped[JsonObject] = mapped_column(CleanJson)
    findings: Mapped[JsonList] = mapped_column(CleanJson)
    created_at: Mapped[datetime]

    __table_args__ = (Index(None, "job_id", "created_at"), Index(None, "golden", "total"))


class SpanRow(Base):
    """One timed piece of work."""

    __tablename__ = "traces"

    trace_id: Mapped[str] = mapped_column(primary_key=True)
    span_id: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    parent_id: Mapped[str | None]
    name: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    duration_ms: Mapped[float | None]
    ffmpeg_args: Mapped[JsonList | None] = mapped_column(CleanJson)
    render_time_ms: Mapped[float | None]
    cpu_s: Mapped[float | None]
    gpu: Mapped[JsonObject | None] = mapped_column(CleanJson)
    logs: Mapped[str | None]
    payload_in: Mapped[object | None] = mapped_column(CleanJson)
    payload_out: Mapped[object | None] = mapped_column(CleanJson)
    attributes: Mapped[JsonObject] = mapped_column(CleanJson)
    is_failure: Mapped[bool]

    __table_args__ = (Index(None, "job_id", "started_at"),)


class EventRow(Base):
    """Something told of a job to those who follow it."""

    __tablename__ = "events"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    data: Mapped[JsonObject] = mapped_column(CleanJson)
    at: Mapped[datetime]
    write_id: Mapped[str] = mapped_column(unique=True)
    """Of the write that told it, by which a write that is tried again knows that it was done."""


class KeyRow(Base):
    """A key to the HTTP API."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    tenant: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    quotas: Mapped[JsonObject] = mapped_column(CleanJson)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ExecutorRow(Base):
    """A process that runs jobs."""

    __tablename__ = "executors"

    id: Mapped[str] = mapped_column("executor_id", primary_key=True)
    beat_at: Mapped[float]
    """Seconds since 1970, by the database's clock."""
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime]


class ModelCallRow(Base):
    """A call of a model in the last minute."""

    __tablename__ = "model_calls"

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    at: Mapped[float]
    """Seconds since 1970, by the database's clock."""

    __table_args__ = (Index(None, "tenant", "at"),)
