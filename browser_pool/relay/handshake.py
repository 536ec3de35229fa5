"""The HTTP at the beginning of a client's WebSocket: is it one, and what we answer."""

from __future__ import annotations

import binascii
import json
import secrets
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil

from starlette.datastructures import Headers
from websockets.utils import accept_key

from browser_pool.errors import BadRequest, PoolError, UpgradeRequired
from browser_pool.problems import problem
from browser_pool.relay.route import Refusal

_VERSION = "13"
_KEY_BYTES = 16


def refusal_of(
    error: PoolError, session_id: str | None = None, headers: Mapping[str, str] | None = None
) -> Refusal:
    """*error* as every answer of the node tells it."""
    body = problem(error, secrets.token_hex(8), session_id)
    return Refusal(error.status, body.model_dump(mode="json", exclude_none=True), headers or {})


def upgrade_required() -> Refusal:
    """For a request that does not ask for a WebSocket where there is nothing else."""
    # `close`: some clients go on with what they wanted to upgrade to.
    headers = {"upgrade": "websocket", "connection": "upgrade, close"}
    return refusal_of(UpgradeRequired("This address is a WebSocket."), headers=headers)


@dataclass(frozen=True)
class Handshake:
    """A request that says it wants to be a WebSocket."""

    method: str
    http_version: str
    headers: Headers

    def refusal(self) -> Refusal | None:
        """Why it cannot become one."""
        if self.method != "GET" or self.http_version != "1.1":
            return _bad("a WebSocket begins with GET and HTTP/1.1")
        if self.headers.get("sec-websocket-version") != _VERSION:
            error = UpgradeRequired(f"Only WebSocket version {_VERSION} is spoken.")
            return refusal_of(error, headers={"sec-websocket-version": _VERSION})
        if "transfer-encoding" in self.headers or self.headers.get("content-length", "0") != "0":
            return _bad("the request may have no body")
        if not _is_key(self._key):
            return _bad("Sec-WebSocket-Key must be 16 bytes in base64")
        return None

    def accepted(self) -> bytes:
        """The answer that makes it one."""
        return (
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\n"
            "Connection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(self._key)}\r\n"
            "\r\n"
        ).encode()

    @property
    def _key(self) -> str:
        return self.headers.get("sec-websocket-key", "")


def refused(refusal: Refusal) -> bytes:
    """The HTTP answer, after which the connection is closed."""
    body = json.dumps(refusal.json_body).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    }
    wait_s = refusal.json_body.get("retry_after_s")
    if isinstance(wait_s, int | float):
        headers["retry-after"] = str(ceil(wait_s))
    headers |= refusal.headers
    lines = [f"HTTP/1.1 {refusal.status} {_phrase(refusal.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _bad(why: str) -> Refusal:
    return refusal_of(BadRequest(f"Bad WebSocket handshake: {why}.", code="bad_upgrade"))


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
