"""Queries of the table `api_keys`: who may ask, told by the hash of a secret that is stored nowhere."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from agent.errors import NotFound
from agent.store.columns import JsonObject
from agent.store.models import KeyRow
from agent.store.views import LOCAL_TENANT, KeyView, new_id, now, view_of

PREFIX = "rck_"
"""By which a scanner for leaked secrets knows ours."""


def new_secret() -> str:
    """A secret that nobody guesses: 256 random bits, so that a plain hash of it is enough."""
    return PREFIX + secrets.token_urlsafe(32)


def add(
    session: Session, secret: str, *, name: str, tenant: str = LOCAL_TENANT, quotas: JsonObject | None = None
) -> KeyView:
    """Lets in whoever shows the secret, as *tenant*."""
    row = session.scalars(select(KeyRow).where(KeyRow.sha256 == _hash(secret))).first()
    if row is None:
        row = KeyRow(
            id=new_id(),
            name=name,
            tenant=tenant,
            sha256=_hash(secret),
            quotas=quotas or {},
            created_at=now(),
            revoked_at=None,
        )
        session.add(row)
        session.flush()
    return view_of(KeyView, row)


def by_secret(session: Session, secret: str) -> KeyView | None:
    """The key with this secret; None for one that is not known or was revoked."""
    valid = (KeyRow.sha256 == _hash(secret), KeyRow.revoked_at.is_(None))
    row = session.scalars(select(KeyRow).where(*valid)).first()
    return None if row is None else view_of(KeyView, row)


def revoke(session: Session, reference: str) -> tuple[KeyView, ...]:
    """Lets the key with this id, or all keys of this name, in no more. Raises `NotFound` for none."""
    rows = session.scalars(select(KeyRow).where(or_(KeyRow.id == reference, KeyRow.name == reference))).all()
    if not rows:
        raise NotFound(f"There is no key {reference!r}.", hint="`roughcut keys list` shows those that are.")
    for row in rows:
        row.revoked_at = row.revoked_at or now()
    return tuple(view_of(KeyView, row) for row in rows)


def list_keys(session: Session, tenant: str | None = None) -> tuple[KeyView, ...]:
    """The oldest first, those that were revoked among them."""
    found = select(KeyRow).order_by(KeyRow.created_at, KeyRow.id)
    if tenant is not None:
        found = found.where(KeyRow.tenant == tenant)
    return tuple(view_of(KeyView, row) for row in session.scalars(found))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
