"""`/v1/sessions`: a conversation about one set of footage."""

from __future__ import annotations

import asyncio
from functools import partial

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from agent.api.auth import CallerOf
from agent.api.parts import BaseUrl, Parts, Served, SessionId
from agent.api.responses import FAULTS
from agent.api.schemas import SessionBody, SessionRequest
from agent.api.views import asset_body
from agent.store import assets, sessions
from agent.store.session_store import SessionStore

router = APIRouter(prefix="/v1/sessions", tags=["sessions"], responses=FAULTS)


@router.post("", status_code=201)
async def create(
    body: SessionRequest, response: Response, served: Served, by: CallerOf, base_url: BaseUrl
) -> SessionBody:
    """Begin a session; its footage is uploaded next."""
    create_store = partial(SessionStore.create, tenant=by.tenant, title=body.title)
    created = await asyncio.to_thread(create_store, served.database, served.home)
    response.headers["location"] = f"{base_url}/v1/sessions/{created.session_id}"
    return await _body(served, created.session_id, by.tenant)


@router.get("/{session_id}")
async def session(session_id: SessionId, served: Served, by: CallerOf) -> SessionBody:
    """One session with the files that were accepted."""
    return await _body(served, session_id, by.tenant)


async def _body(served: Parts, session_id: str, tenant: str) -> SessionBody:
    return await served.database.run(
        partial(_session_body, session_id=session_id, tenant=tenant), read_only=True
    )


def _session_body(session: Session, session_id: str, tenant: str) -> SessionBody:
    found = sessions.get(session, session_id, tenant)
    accepted = assets.of_session(session, session_id)
    return SessionBody(
        id=found.id,
        title=found.title,
        revision=found.revision,
        created_at=found.created_at,
        assets=[asset_body(asset) for asset in accepted],
    )
