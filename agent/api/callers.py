"""Whose a request is, and how much they may have: jobs a day, jobs at once, bytes in their sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from agent.api.parts import Parts
from agent.api.problems import QuotaExceeded
from agent.store import usage

_DAY = timedelta(days=1)
_HOUR_S = 3600.0
_MOMENT_S = 10.0


class Quotas(BaseModel):
    """What a key allows its tenant; None: as much as there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    jobs_per_day: int | None = Field(default=None, ge=1)
    concurrent_jobs: int | None = Field(default=None, ge=1)
    """Waiting and running ones."""
    upload_bytes: int | None = Field(default=None, ge=1)
    """Of all files in the tenant's sessions."""


@dataclass(frozen=True)
class Caller:
    """Whose request it is."""

    tenant: str
    quotas: Quotas


@asynccontextmanager
async def room_for_job(served: Parts, by: Caller, idempotency_key: str | None = None) -> AsyncIterator[None]:
    """Within it the caller may ask for one more job, or for one that there is; raises `QuotaExceeded`.

    Two requests to this server do not share the last unit of a quota.
    """
    if by.quotas.jobs_per_day is None and by.quotas.concurrent_jobs is None:
        yield
        return
    async with served.counting[by.tenant]:
        _require_room(by, await served.database.run(lambda s: _use(s, by, idempotency_key), read_only=True))
        yield


async def room_for_upload(served: Parts, by: Caller) -> int:
    """How many bytes the caller's next file may have. Raises `QuotaExceeded` if none."""
    limit_bytes = served.settings.upload_limit_bytes
    if by.quotas.upload_bytes is None:
        return limit_bytes
    use = await served.database.run(lambda s: _use(s, by, None), read_only=True)
    stored_bytes = use.stored_bytes if use else 0
    if stored_bytes >= by.quotas.upload_bytes:
        raise _exceeded("upload_bytes", by.quotas.upload_bytes, stored_bytes)
    return min(limit_bytes, by.quotas.upload_bytes - stored_bytes)


def _use(session: Session, by: Caller, idempotency_key: str | None) -> usage.TenantUse | None:
    """What the caller has used; None for a request that is carried out already."""
    if idempotency_key is not None and usage.is_known(session, by.tenant, idempotency_key):
        return None
    return usage.of_tenant(session, by.tenant, datetime.now(UTC) - _DAY)


def _require_room(by: Caller, use: usage.TenantUse | None) -> None:
    if use is None:
        return
    daily, at_once = by.quotas.jobs_per_day, by.quotas.concurrent_jobs
    if daily is not None and use.jobs_lately >= daily:
        raise _exceeded("jobs_per_day", daily, use.jobs_lately, retry_after_s=_HOUR_S)
    if at_once is not None and use.jobs_open >= at_once:
        raise _exceeded("concurrent_jobs", at_once, use.jobs_open, retry_after_s=_MOMENT_S)


def _exceeded(quota: str, limit: int, used: int, retry_after_s: float | None = None) -> QuotaExceeded:
    return QuotaExceeded(
        f"{quota}_exceeded",
        f"The quota {quota} of your key is used up.",
        expected=f"less than {limit}",
        found=str(used),
        hint="Wait until there is room again, or ask whoever made the key for more.",
        retry_after_s=retry_after_s,
    )
