"""Names of files that come from outside: one plain component, never a path."""

from __future__ import annotations

import unicodedata

from browser_pool.errors import BadRequest

_MAX_NAME_BYTES = 255


def checked_name(name: str) -> str:
    """*name* in its composed Unicode form.

    Raises `BadRequest` for anything but a single visible file name: separators, control characters, `..`,
    or a leading dot, which is kept for files that are not complete.
    """
    composed = unicodedata.normalize("NFC", name)
    if (
        not composed
        or composed.startswith(".")
        or not composed.isprintable()
        or any(separator in composed for separator in "/\\")
        or len(composed.encode()) > _MAX_NAME_BYTES
    ):
        raise BadRequest(
            "That is no file name.", hint="Give one name without a path or leading dot.", code="bad_file_name"
        )
    return composed
