"""Lets callers in: by an API key, or by the token of one session."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from browser_pool.errors import Forbidden, PoolError, Unauthorised
from browser_pool.ids import node_of
from browser_pool.keys import KEY_PREFIX, KeyRing, read_keys
from browser_pool.lease import Lease
from browser_pool.node import Node
from browser_pool.origins import Origins
from browser_pool.settings import PoolSettings
from browser_pool.tenants import Tenant
from browser_pool.tokens import Scope, Signer

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NOBODY_ELSE = Tenant("local", admin=True)
_SECRET_BYTES = 32


class Access:
    """What a caller with these headers and this query may do. Both are looked up by lower-case names."""

    def __init__(self, settings: PoolSettings, node: Node) -> None:
        if settings.keys_file is None and settings.host not in _LOOPBACK:
            raise PoolError(
                f"Without API keys the node serves this machine only, not {settings.host}.",
                hint="Make keys with `roughcut pool keys`, and name the file in ROUGHCUT_POOL_KEYS_FILE.",
                code="keys_missing",
            )
        self._keys = KeyRing(read_keys(settings.keys_file)) if settings.keys_file else None
        self._origins = Origins(settings)
        self._node = node
        self._token_life = timedelta(seconds=settings.max_wait_s + settings.max_lifetime_s)
        secret = settings.secret.get_secret_value().encode() if settings.secret else None
        self._signer = Signer(secret or secrets.token_bytes(_SECRET_BYTES))

    def check_origin(self, headers: Mapping[str, str]) -> None:
        """Raise `Forbidden` for a foreign web page or host name."""
        self._origins.check(headers)

    def tenant(self, headers: Mapping[str, str], query: Mapping[str, str] | None = None) -> Tenant:
        """Whose API key it is, also one in *query* where that is given; raises `Unauthorised`."""
        if self._keys is None:
            return _NOBODY_ELSE
        key = _credential(headers) or (query or {}).get("token")
        if not key:
            raise Unauthorised(
                "An API key is needed.", hint="Send it as Authorization: Bearer …", code="key_missing"
            )
        return self._keys.tenant_of(key)

    def admin(self, headers: Mapping[str, str]) -> Tenant:
        """As `tenant`, for what only an administrator may do; raises `Forbidden` for others."""
        tenant = self.tenant(headers)
        if not tenant.admin:
            raise Forbidden("Only a key with the scope `admin` may do that.", code="admin_only")
        return tenant

    def session(
        self, session_id: str, scope: Scope, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> Lease:
        """The session, for *scope*: for its owner's key, or for its own token in header or query.

        Raises `Unauthorised` or `Forbidden`, and what `Node.get` raises.
        """
        node_of(session_id)
        token = query.get("token") or _credential(headers)
        if token and not token.startswith(KEY_PREFIX):
            self._signer.check(token, session_id, scope, self._node.clock.now())
            return self._node.get(session_id)
        return self._node.get(session_id, self.tenant(headers))

    def token(self, lease: Lease, scope: Scope) -> str:
        """A token for the session, good for as long as the session could be extended."""
        return self._signer.sign(lease.id, scope, self._token_end(lease.created_at))

    def _token_end(self, created_at: datetime) -> datetime:
        return created_at + self._token_life


def _credential(headers: Mapping[str, str]) -> str | None:
    scheme, _, credential = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credential:
        return credential.strip()
    return headers.get("x-api-key")
