"""Which names the service answers to and which web pages may call it, where no key is asked for.

A page that makes its own name point to this machine (DNS rebinding) is told by its Host header, a page that
calls across by its Origin header. With keys neither matters: no foreign page has one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from agent.api.problems import Forbidden


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on *host*."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_foreign(headers: Mapping[str, str]) -> None:
    """Raises `Forbidden` unless the request names this machine, and comes from no page but our own."""
    host = headers.get("host", "")
    if not is_loopback(_host_name(host)):
        raise Forbidden(
            "foreign_host",
            "Without keys the service answers to this machine's own names only.",
            expected="127.0.0.1, [::1] or localhost",
            found=host,
            hint="Make a key with `roughcut keys add`, and send it.",
        )
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        raise Forbidden(
            "foreign_origin",
            "Without keys no page of another origin may call the service.",
            expected=f"http://{host}",
            found=origin,
            hint="Make a key with `roughcut keys add`, and send it.",
        )


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
