"""How a job is asked for, over whichever path."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import Header
from sqlalchemy.orm import Session

from agent.api.callers import Caller, room_for_job
from agent.api.orders import order_of, output_folder
from agent.api.parts import Parts
from agent.api.problems import Unprocessable
from agent.api.schemas import JobRequest
from agent.api.uploads import upload_path
from agent.jobs import NewJob
from agent.order import refuse_standard
from agent.store import assets, sessions
from agent.store.views import JobView

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Chosen by the client: the same request under the same key is carried out once.",
    ),
]


async def submit(served: Parts, by: Caller, body: JobRequest, idempotency_key: str | None) -> JobView:
    """The job, or the one that was asked for before under this key.

    Raises `NotFound` for a session that is not the caller's, `Unprocessable` for footage that is not there,
    `BadInput` for options that do not go together or that nothing can meet here, `Conflict` for a stale
    revision or a key that came with another request, `QuotaExceeded`.
    """
    names = await served.database.run(lambda session: _footage(session, by.tenant, body), read_only=True)
    folder = served.session_folder(body.session_id)
    outputs = output_folder(folder, by.tenant, idempotency_key)
    footage = [upload_path(folder, name) for name in names]
    order = order_of(body, footage, outputs)
    refuse_standard(order, served.settings.critic_model)
    await asyncio.to_thread(outputs.mkdir, parents=True, exist_ok=True)
    new = NewJob(
        order=order,
        session_id=body.session_id,
        tenant=by.tenant,
        idempotency_key=idempotency_key,
        base_revision=body.base_revision,
        needs_approval=body.needs_approval,
    )
    async with room_for_job(served, by, idempotency_key):
        return await served.jobs.submit(new)


def _footage(session: Session, tenant: str, body: JobRequest) -> Sequence[str]:
    """The names of the uploads to take in; whether the session has any is for the planner to say."""
    sessions.get(session, body.session_id, tenant)
    uploaded = [asset.name for asset in assets.of_session(session, body.session_id) if asset.job_id is None]
    unknown = [name for name in body.assets or () if name not in uploaded]
    if unknown:
        raise Unprocessable(
            "unknown_asset",
            "Some of the footage was not uploaded to the session.",
            expected=f"of {', '.join(uploaded) or 'nothing, for it is empty'}",
            found=", ".join(unknown),
            hint="Upload it first: PUT /v1/sessions/{id}/assets/{name}.",
        )
    return uploaded if body.assets is None else body.assets
