"""Signed tokens for connect URLs: any node with the same secret can check one, without shared state."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Literal

from browser_pool.errors import Forbidden, Unauthorised

Scope = Literal["cdp", "view", "files"]

_COVERS: dict[str, frozenset[Scope]] = {
    # Whoever drives the browser sees it and can read its files anyway.
    "cdp": frozenset({"cdp", "view", "files"}),
    "view": frozenset({"view"}),
    "files": frozenset({"files"}),
}


class Signer:
    """Signs and checks tokens, `base64(session|scope|expiry).base64(HMAC-SHA256)`."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, session_id: str, scope: Scope, expires_at: datetime) -> str:
        """A token for that session and scope, good until *expires_at*."""
        payload = f"{session_id}|{scope}|{int(expires_at.timestamp())}".encode()
        return f"{_encode(payload)}.{_encode(self._seal(payload))}"

    def check(self, token: str, session_id: str, scope: Scope, now: datetime) -> None:
        """Return if *token* covers *scope* of that session now.

        Raises `Unauthorised` if it is wrong, expired or another session's, `Forbidden` if its scope is less.
        """
        signed_session, signed_scope, expires_at = self._opened(token)
        if signed_session != session_id:
            raise Unauthorised("The token is another session's.", code="bad_token")
        if now.timestamp() >= expires_at:
            raise Unauthorised("The token has expired.", code="token_expired")
        if scope not in _COVERS.get(signed_scope, ()):
            raise Forbidden(f"The token is for {signed_scope!r}, not for {scope!r}.", code="scope")

    def _opened(self, token: str) -> tuple[str, str, int]:
        """The parts of a token that we signed."""
        wrong = Unauthorised("The token is not valid.", code="bad_token")
        encoded, _, seal = token.partition(".")
        try:
            payload, sealed = _decode(encoded), _decode(seal)
        except (binascii.Error, ValueError) as exc:
            raise wrong from exc
        if not hmac.compare_digest(self._seal(payload), sealed):
            raise wrong
        session_id, scope, expires_at = payload.decode().split("|")
        return session_id, scope, int(expires_at)

    def _seal(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
