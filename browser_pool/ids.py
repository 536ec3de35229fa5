"""Session ids, `<node>-<22 base62 characters>`: they name their node and cannot be guessed."""

from __future__ import annotations

import re
import secrets
import string

from browser_pool.errors import BadRequest

_ALPHABET = string.digits + string.ascii_letters
_RANDOM_CHARS = 22  # 131 bits
_SESSION_ID = re.compile(r"([a-z0-9]{1,16})-[0-9A-Za-z]{22}")


def new_session_id(node: str) -> str:
    """A fresh id on *node*."""
    return f"{node}-{''.join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARS))}"


def node_of(session_id: str) -> str:
    """The node that *session_id* names.

    Raises `BadRequest` if it is no session id.
    """
    if match := _SESSION_ID.fullmatch(session_id):
        return match[1]
    raise BadRequest("That is no session id.", code="bad_session_id")
