"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import CleanJson, CleanText, UtcTime

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

CYCLES = (
    ("sessions", "current_composition_id", "compositions"),
    ("jobs", "composition_id", "compositions"),
    ("jobs", "edit_plan_id", "edit_plans"),
)
"""References to tables that come later."""


def upgrade() -> None:
    _create_sessions()
    _create_jobs()
    _create_assets()
    _create_edit_plans()
    _create_compositions()
    _create_verdicts()
    _create_artifacts()
    _create_evaluations()
    _create_traces()
    _create_events()
    _create_api_keys()
    _create_executors()
    _create_model_calls()
    _close_cycles()


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("tenant", CleanText(), nullable=False),
        sa.Column("title", CleanText(), nullable=False),
        sa.Column("current_composition_id", CleanText(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["current_composition_id"],
            ["compositions.id"],
            name="fk_sessions_current_composition_id",
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_tenant_created_at", "sessions", ["tenant", "created_at"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("session_id", CleanText(), nullable=False),
        sa.Column("tenant", CleanText(), nullable=False),
        sa.Column("title", CleanText(), nullable=False),
        sa.Column("request", CleanText(), nullable=False),
        sa.Column("options", CleanJson(), nullable=False),
        sa.Column("record", CleanJson(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "processing",
                "completed",
                "failed",
                "review_required",
                "cancelled",
                name="jobstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("stage", CleanText(), nullable=False),
        sa.Column("message", CleanText(), nullable=False),
        sa.Column("hint", CleanText(), nullable=False),
        sa.Column("error", CleanJson(), nullable=True),
        sa.Column("model", CleanText(), nullable=False),
        sa.Column("trace_id", CleanText(), nullable=True),
        sa.Column("edit_plan_id", CleanText(), nullable=True),
        sa.Column("composition_id", CleanText(), nullable=True),
        sa.Column("base_revision", sa.Integer(), nullable=True),
        sa.Column("tokens_in", sa.Integer(), nullable=False),
        sa.Column("tokens_out", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", CleanText(), nullable=True),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("approved_at", UtcTime(), nullable=True),
        sa.Column("cancel_requested_at", UtcTime(), nullable=True),
        sa.Column("idempotency_key", CleanText(), nullable=True),
        sa.Column("request_sha256", CleanText(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["composition_id"],
            ["compositions.id"],
            name="fk_jobs_composition_id",
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["edit_plan_id"],
            ["edit_plans.id"],
            name="fk_jobs_edit_plan_id",
            ondelete="SET NULL",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_jobs_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("tenant", "idempotency_key", name="uq_jobs_tenant_idempotency_key"),
    )
    op.create_index("ix_jobs_session_id_created_at", "jobs", ["session_id", "created_at"])
    op.create_index("ix_jobs_status_created_at", "jobs", ["status", "created_at"])
    op.create_index("ix_jobs_tenant_created_at", "jobs", ["tenant", "created_at"])
    op.create_index("ix_jobs_trace_id", "jobs", ["trace_id"])


def _create_assets() -> None:
    op.create_table(
        "assets",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("session_id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=True),
        sa.Column("name", CleanText(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "raw_footage",
                "b_roll",
                "audio",
                "image",
                "captions",
                "font",
                name="assettype",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("storage_path", CleanText(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", CleanText(), nullable=False),
        sa.Column("metadata", CleanJson(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_assets_job_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_assets_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assets"),
        sa.UniqueConstraint("session_id", "name", name="uq_assets_session_id_name"),
    )


def _create_edit_plans() -> None:
    op.create_table(
        "edit_plans",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plan", CleanJson(), nullable=False),
        sa.Column("model", CleanText(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("reason", CleanText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_edit_plans_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_edit_plans"),
        sa.UniqueConstraint("job_id", "version", name="uq_edit_plans_job_id_version"),
    )


def _create_compositions() -> None:
    op.create_table(
        "compositions",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("session_id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fingerprint", CleanText(), nullable=False),
        sa.Column("program", CleanText(), nullable=False),
        sa.Column("parent_id", CleanText(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_compositions_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["compositions.id"], name="fk_compositions_parent_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_compositions_session_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_compositions"),
        sa.UniqueConstraint("job_id", "fingerprint", name="uq_compositions_job_id_fingerprint"),
        sa.UniqueConstraint("session_id", "number", name="uq_compositions_session_id_number"),
    )


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=False),
        sa.Column("composition_id", CleanText(), nullable=True),
        sa.Column("fingerprint", CleanText(), nullable=False),
        sa.Column("green_light", sa.Boolean(), nullable=False),
        sa.Column("judged_by", CleanText(), nullable=False),
        sa.Column("issues", CleanJson(), nullable=False),
        sa.Column("summary", CleanText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["composition_id"],
            ["compositions.id"],
            name="fk_verdicts_composition_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_verdicts_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_job_id_created_at", "verdicts", ["job_id", "created_at"])


def _create_artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=False),
        sa.Column("kind", CleanText(), nullable=False),
        sa.Column("name", CleanText(), nullable=False),
        sa.Column("storage_path", CleanText(), nullable=False),
        sa.Column("sha256", CleanText(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("media_type", CleanText(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_artifacts_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_artifacts"),
        sa.UniqueConstraint("job_id", "name", name="uq_artifacts_job_id_name"),
    )


def _create_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=False),
        sa.Column("artifact_id", CleanText(), nullable=True),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("golden", sa.Boolean(), nullable=False),
        sa.Column("scores", CleanJson(), nullable=False),
        sa.Column("findings", CleanJson(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"], ["artifacts.id"], name="fk_evaluations_artifact_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_evaluations_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_evaluations"),
    )
    op.create_index("ix_evaluations_golden_total", "evaluations", ["golden", "total"])
    op.create_index("ix_evaluations_job_id_created_at", "evaluations", ["job_id", "created_at"])


def _create_traces() -> None:
    op.create_table(
        "traces",
        sa.Column("trace_id", CleanText(), nullable=False),
        sa.Column("span_id", CleanText(), nullable=False),
        sa.Column("job_id", CleanText(), nullable=True),
        sa.Column("parent_id", CleanText(), nullable=True),
        sa.Column("name", CleanText(), nullable=False),
        sa.Column("kind", CleanText(), nullable=False),
        sa.Column("status", CleanText(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=True),
        sa.Column("ffmpeg_args", CleanJson(), nullable=True),
        sa.Column("render_time_ms", sa.Double(), nullable=True),
        sa.Column("cpu_s", sa.Double(), nullable=True),
        sa.Column("gpu", CleanJson(), nullable=True),
        sa.Column("logs", CleanText(), nullable=True),
        sa.Column("payload_in", CleanJson(), nullable=True),
        sa.Column("payload_out", CleanJson(), nullable=True),
        sa.Column("attributes", CleanJson(), nullable=False),
        sa.Column("is_failure", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_traces_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trace_id", "span_id", name="pk_traces"),
    )
    op.create_index("ix_traces_job_id_started_at", "traces", ["job_id", "started_at"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("job_id", CleanText(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", CleanText(), nullable=False),
        sa.Column("data", CleanJson(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("write_id", CleanText(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_events_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "seq", name="pk_events"),
        sa.UniqueConstraint("write_id", name="uq_events_write_id"),
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("name", CleanText(), nullable=False),
        sa.Column("tenant", CleanText(), nullable=False),
        sa.Column("sha256", CleanText(), nullable=False),
        sa.Column("quotas", CleanJson(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("sha256", name="uq_api_keys_sha256"),
    )


def _create_executors() -> None:
    op.create_table(
        "executors",
        sa.Column("executor_id", CleanText(), nullable=False),
        sa.Column("beat_at", sa.Double(), nullable=False),
        sa.Column("host", CleanText(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("executor_id", name="pk_executors"),
    )


def _create_model_calls() -> None:
    op.create_table(
        "model_calls",
        sa.Column("id", CleanText(), nullable=False),
        sa.Column("tenant", CleanText(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_calls"),
    )
    op.create_index("ix_model_calls_tenant_at", "model_calls", ["tenant", "at"])


def _close_cycles() -> None:
    """SQLite has these already: there a table may refer to one that is yet to come."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column, target in CYCLES:
        op.create_foreign_key(f"fk_{table}_{column}", table, target, [column], ["id"], ondelete="SET NULL")
