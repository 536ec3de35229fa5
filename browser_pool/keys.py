"""API keys: made here, kept as hashes, each with a quota.

The hash is a plain SHA-256. A slow one such as scrypt protects words that people choose; these keys are 256
random bits, which nobody guesses from a hash, and every request would have to wait for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from browser_pool.errors import PoolError, Unauthorised
from browser_pool.tenants import Tenant

KEY_PREFIX = "rcp_"
_KEY_BYTES = 32


class StoredKey(BaseModel):
    """One entry of the keys file; the key itself is in nobody's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=64)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    max_sessions: int | None = Field(default=None, ge=1)
    admin: bool = False

    @property
    def tenant(self) -> Tenant:
        """Whom the key stands for."""
        return Tenant(self.name, self.max_sessions, self.admin)


_KEYS = TypeAdapter(list[StoredKey])


def new_key(name: str, *, max_sessions: int | None = None, admin: bool = False) -> tuple[str, StoredKey]:
    """A fresh key, to be shown once, and what is kept of it."""
    key = KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    return key, StoredKey(name=name, sha256=_digest(key), max_sessions=max_sessions, admin=admin)


def read_keys(path: Path) -> list[StoredKey]:
    """The keys in the file at *path*; raises `PoolError` if it cannot be read."""
    try:
        return _KEYS.validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise PoolError(
            f"The keys file {path} cannot be read.",
            hint="Make one with `roughcut pool keys`.",
            code="bad_keys_file",
        ) from exc


def write_keys(path: Path, keys: Sequence[StoredKey]) -> None:
    """Replace the file at *path*, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    aside.touch(mode=0o600)
    aside.write_bytes(_KEYS.dump_json(list(keys), indent=2) + b"\n")
    aside.replace(path)


class KeyRing:
    """The keys that a node accepts."""

    def __init__(self, keys: Sequence[StoredKey]) -> None:
        self._keys = tuple(keys)

    def tenant_of(self, key: str) -> Tenant:
        """Whom *key* stands for; raises `Unauthorised`, in the same time whatever is wrong with it."""
        digest = _digest(key)
        matches = [stored for stored in self._keys if hmac.compare_digest(stored.sha256, digest)]
        if not matches:
            raise Unauthorised("That API key is not known here.", code="bad_key")
        return matches[0].tenant


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
