"""`/v1/sessions/{id}/assets/{name}`: footage on its way in, whole or in pieces."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from agent.api.accepting import accept, accepted
from agent.api.auth import CallerOf
from agent.api.callers import room_for_upload
from agent.api.lingering import to_be_read
from agent.api.parts import AssetName, Served, SessionId
from agent.api.problems import DiskFull
from agent.api.responses import CONFLICT, FAULTS, QUOTA, TOO_LARGE, fault
from agent.api.schemas import FootageUse, UploadBody
from agent.api.uploads import arriving, checked_name, received_bytes, span_of
from agent.api.views import asset_body
from agent.errors import NotFound, OutputRefused
from agent.store import sessions

router = APIRouter(prefix="/v1/sessions/{session_id}/assets", tags=["sessions"], responses=FAULTS)

_BODY = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the file, or of the piece that Content-Range names.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_OFFSET = {
    "headers": {"Upload-Offset": {"description": "How many bytes are here.", "schema": {"type": "integer"}}}
}


@router.put(
    "/{name:path}",
    status_code=201,
    openapi_extra=_BODY,
    responses={
        200: {
            "model": UploadBody,
            "description": "The session has this very file under this name.",
            **_OFFSET,
        },
        201: {"description": "The file is complete, and it is what it says.", **_OFFSET},
        202: {"model": UploadBody, "description": "The piece is here; more is to come.", **_OFFSET},
        409: CONFLICT,
        413: TOO_LARGE,
        429: QUOTA,
        507: fault("No space is left on the disk of the service."),
    },
)
async def upload(
    session_id: SessionId,
    name: AssetName,
    request: Request,
    response: Response,
    served: Served,
    by: CallerOf,
    content_range: Annotated[str | None, Header(examples=["bytes 0-1048575/5000000"])] = None,
    content_length: Annotated[int | None, Header(ge=0, include_in_schema=False)] = None,
    repr_digest: Annotated[
        str | None,
        Header(description="sha-256=:…: of the whole file, to be held against what came (RFC 9530)."),
    ] = None,
    use: Annotated[FootageUse, Query(description="What a video is for in the edit.")] = "raw_footage",
) -> UploadBody:
    """Upload a file, or go on with one whose connection broke: ask by HEAD how much is here, and send the
    rest with Content-Range. It is probed before it is accepted; the same content is stored once.
    """
    pieces = to_be_read(request)
    await served.database.run(partial(sessions.get, session_id=session_id, tenant=by.tenant), read_only=True)
    span = span_of(content_range, content_length)
    limit_bytes = await room_for_upload(served, by)
    try:
        with arriving(served.session_folder(session_id), checked_name(name)) as file:
            if not await file.receive(span, pieces, limit_bytes):
                response.status_code = 202
                return _told(
                    response, UploadBody(name=name, received_bytes=file.received_bytes, complete=False)
                )
            asset, is_new = await accept(served, session_id, file, use=use, repr_digest=repr_digest)
    except OutputRefused as exc:
        raise DiskFull("disk_full", "No space is left on the disk of the service.", hint=exc.hint) from exc
    response.status_code = 201 if is_new else 200
    body = asset_body(asset)
    return _told(response, UploadBody(name=name, received_bytes=body.size_bytes, complete=True, asset=body))


@router.get("/{name:path}", responses={200: {"description": "How much of the file is here.", **_OFFSET}})
@router.head("/{name:path}", include_in_schema=False)
async def progress(
    session_id: SessionId, name: AssetName, response: Response, served: Served, by: CallerOf
) -> UploadBody:
    """How much of a file is here: where an upload goes on, and once it is complete what was found in it."""
    await served.database.run(partial(sessions.get, session_id=session_id, tenant=by.tenant), read_only=True)
    asset = await accepted(served, session_id, checked_name(name))
    if asset is not None:
        body = asset_body(asset)
        return _told(
            response, UploadBody(name=name, received_bytes=body.size_bytes, complete=True, asset=body)
        )
    so_far = received_bytes(served.session_folder(session_id), name)
    if so_far is None:
        raise NotFound(f"Nothing of {name!r} is here.", hint="Send it from its first byte on.")
    return _told(response, UploadBody(name=name, received_bytes=so_far, complete=False))


def _told(response: Response, body: UploadBody) -> UploadBody:
    response.headers["upload-offset"] = str(body.received_bytes)
    return body
