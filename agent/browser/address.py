"""Addresses of browsers, which may hold a token: checked before use, and told without it."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from agent.errors import BadInput

_SCHEMES = ("http", "https", "ws", "wss")
_EXPECTED = "Give one such as http://127.0.0.1:9222 or wss://pool.example/session?token=…"


def scheme_of(url: str) -> str:
    """`http`, `https`, `ws` or `wss`.

    Raises `BadInput` if *url* is no address that a browser can have.
    """
    parts = _parts(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.fragment:
        raise _no_address()
    return parts.scheme


def is_loopback(url: str) -> bool:
    """Whether *url* names this machine."""
    return _parts(url).hostname in {"127.0.0.1", "::1", "localhost"}


def without_secrets(url: str) -> str:
    """*url* fit for a message: without its query, fragment, user and password."""
    parts = _parts(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{'' if parts.port is None else f':{parts.port}'}{parts.path}"


def _parts(url: str) -> SplitResult:
    if not url.isprintable() or " " in url:
        raise _no_address()
    try:
        parts = urlsplit(url)
        _ = parts.port  # looked at only when it is asked for
    except ValueError:
        # What it says, it says with the address in it.
        raise _no_address() from None
    return parts


def _no_address() -> BadInput:
    return BadInput("That is no address of a browser.", hint=_EXPECTED)
