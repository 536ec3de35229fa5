"""The HTTP at the beginning of a client's WebSocket: is it one, and what we answer."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from websockets.utils import accept_key

from browser_pool.relay.route import Refusal

_VERSION = "13"
_KEY_BYTES = 16

UPGRADE_REQUIRED = Refusal(
    426,
    {"error": "upgrade_required", "message": "This address is a WebSocket."},
    # `close`: some clients go on with what they wanted to upgrade to.
    {"upgrade": "websocket", "connection": "upgrade, close"},
)


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
            body = {"error": "upgrade_required", "message": f"Only WebSocket version {_VERSION} is spoken."}
            return Refusal(426, body, {"sec-websocket-version": _VERSION})
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
        **({"retry-after": str(wait_s)} if (wait_s := refusal.json_body.get("retry_after_s")) else {}),
        **refusal.headers,
    }
    lines = [f"HTTP/1.1 {refusal.status} {_phrase(refusal.status)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _bad(why: str) -> Refusal:
    return Refusal(400, {"error": "bad_upgrade", "message": f"Bad WebSocket handshake: {why}."})


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
