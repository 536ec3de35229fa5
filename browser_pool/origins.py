"""Which names a node answers to, and which web pages may call it.

A page that makes its own name point to this machine (DNS rebinding) is told by its Host header, a page that
calls across by its Origin header. Programs send no Origin, and nobody can rebind an address.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from browser_pool.errors import Forbidden
from browser_pool.settings import PoolSettings

_ANY = "*"


class Origins:
    """The hosts and origins that are let in."""

    def __init__(self, settings: PoolSettings) -> None:
        own = urlsplit(settings.public_url or "").hostname
        self._hosts = {"localhost", *settings.allowed_hosts, *([own] if own else [])}
        self._origins = set(settings.allowed_origins)

    def check(self, headers: Mapping[str, str]) -> None:
        """Return if a request with these headers is let in; raises `Forbidden`."""
        host = headers.get("host")
        if host is not None and not self._is_ours(host):
            raise Forbidden(
                "This node does not answer to that name.",
                hint="Name it in ROUGHCUT_POOL_ALLOWED_HOSTS.",
                code="foreign_host",
            )
        origin = headers.get("origin")
        if origin is not None and not self._may_call(origin, host):
            raise Forbidden(
                "Pages of that origin may not call this node.",
                hint="Name it in ROUGHCUT_POOL_ALLOWED_ORIGINS.",
                code="foreign_origin",
            )

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        if name is None:
            return False
        return _ANY in self._hosts or name in self._hosts or _is_address(name) or self._is_below(name)

    def _is_below(self, name: str) -> bool:
        return any(host.startswith(".") and name.endswith(host) for host in self._hosts)

    def _may_call(self, origin: str, host: str | None) -> bool:
        return origin in self._origins or origin.partition("://")[2] == host


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
