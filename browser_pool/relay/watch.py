r"""Finds the names of watched commands in the text of a message, without parsing it.

Text in which `names_a_command` finds nothing cannot be a watched command: JSON offers no way to write such a
name other than its letters and `\u00XX` escapes (Chromium knows no others, and other encodings of the same
characters are not UTF-8).
"""

from __future__ import annotations

import re

from browser_pool.relay.policy import WATCHED


def _pattern(names: frozenset[str]) -> re.Pattern[bytes]:
    # The dot comes first, as a pattern that begins with one letter is searched fastest.
    after_dot = (
        rf"(?<=\b{domain}\.){command}" for domain, command in (name.split(".") for name in sorted(names))
    )
    return re.compile(rf"\.(?:{'|'.join(after_dot)})".encode())


_NAMES = _pattern(WATCHED)
# An escape that stands for a letter, a digit or the dot, which no JSON writer makes of them.
_ESCAPES = re.compile(rb"\\u00(?:2[eE]|3\d|4[1-9a-fA-F]|5[\daA]|6[1-9a-fA-F]|7[\daA])")
_BEGINNINGS = frozenset(name.split(".")[1][:4].encode() for name in WATCHED)
_SHORT_BYTES = 512
_BACKSLASH = ord("\\")

OVERLAP_BYTES = 64
"""So much of the text before has to be looked at again, as a name or an escape may be cut in two."""


def names_a_command(text: bytes, known_bytes: int = 0) -> bool:
    """Whether *text* may be a watched command, or hold one. Cheap, and wrong on the safe side only.

    Cheapest for base64, which large messages mostly are: it has neither dot nor backslash.
    Its first *known_bytes* were looked at before.
    """
    may_name = b"." in text if len(text) > _SHORT_BYTES else _begins_a_name(text)
    if may_name and _NAMES.search(text):
        return True
    return b"\\" in text and _has_escapes(text, known_bytes)


def _begins_a_name(text: bytes) -> bool:
    # On the way of every command. The regular expression is right as well, but its machinery has left the
    # processor's caches from one command to the next, and costs 6 of 66 µs of a round trip.
    for behind_dot in text.split(b".")[1:]:  # noqa: SIM110 - a generator takes longer than the rest of this
        if behind_dot[:4] in _BEGINNINGS:
            return True
    return False


def _has_escapes(text: bytes, known_bytes: int) -> bool:
    return any(at.end() > known_bytes and _is_escape(text, at.start()) for at in _ESCAPES.finditer(text))


def _is_escape(text: bytes, at: int) -> bool:
    """Whether the backslash at *at* is not itself escaped; so it is if the answer lies before *text*."""
    before = at
    while before and text[before - 1] == _BACKSLASH:
        before -= 1
    return before == 0 or (at - before) % 2 == 0
