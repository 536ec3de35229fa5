"""Who calls: the owner of a bearer key, or this machine's own user as long as no key was ever made."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from agent.api.callers import Caller, Quotas
from agent.api.origins import is_loopback, refuse_foreign
from agent.api.parts import Parts, Served
from agent.api.problems import Unauthorised
from agent.errors import BadInput
from agent.store import keys
from agent.store.views import LOCAL_TENANT

_bearer = HTTPBearer(
    auto_error=False,
    description="A key of `roughcut keys add`; none on loopback, before the first key is made.",
)


def require_keys_or_loopback(session: Session, host: str) -> None:
    """Raises `BadInput` if the service would be open to a network without a key."""
    if not is_loopback(host) and not keys.list_keys(session):
        raise BadInput(
            f"Without keys the service is for this machine only, not for {host}.",
            hint="Make a key with `roughcut keys add NAME`, or serve on 127.0.0.1.",
        )


async def caller(
    connection: HTTPConnection,
    served: Served,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    """Whose key it is. Raises `Unauthorised`, or `Forbidden` for a foreign page where no key is asked for."""
    if credentials is None:
        return await _without_key(connection, served)
    lookup = partial(keys.by_secret, secret=credentials.credentials)
    found = await served.database.run(lookup, read_only=True)
    if found is None:
        raise Unauthorised("unknown_key", "That key is not known here, or it was revoked.", hint=_HINT)
    return Caller(found.tenant, Quotas.model_validate(found.quotas))


CallerOf = Annotated[Caller, Depends(caller)]

_HINT = "Send a key as Authorization: Bearer …; `roughcut keys add NAME` makes one."


async def _without_key(connection: HTTPConnection, served: Parts) -> Caller:
    # Revoked ones count too: a service with keys does not become an open one when the last is taken away.
    made = await served.database.run(keys.list_keys, read_only=True)
    if made or not is_loopback(served.settings.serve_host):
        raise Unauthorised("key_missing", "A key is needed.", hint=_HINT)
    refuse_foreign(connection.headers)
    return Caller(LOCAL_TENANT, Quotas())
