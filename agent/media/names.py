"""Names that footage gets in a session: those a person would expect, safe as file and as program text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePath

MAX_LETTERS = 100
_KEPT_MARKS = frozenset(" ._-()[]+,&@!#=~")
_FALLBACK = "asset"


def safe_name(raw: str, taken: Collection[str] = ()) -> str:
    """The last part of *raw* without quotes, control characters and separators, unlike any in *taken*.

    Letters of every script and spaces stay; `../../x` becomes `x`; a second `x.mp4` becomes `x-2.mp4`.
    """
    last = unicodedata.normalize("NFC", raw.replace("\\", "/").rstrip("/").rpartition("/")[2])
    kept = "".join(letter for letter in last if _is_kept(letter))
    stem, suffix = _split(" ".join(kept.split()).strip(" ."))
    name = stem + suffix
    number = 1
    while name.casefold() in {other.casefold() for other in taken}:
        number += 1
        name = f"{stem}-{number}{suffix}"
    return name


def numbered(name: str, plain: str) -> bool:
    """Whether *name* is *plain*, or what `safe_name` made of it because that was taken."""
    stem, suffix = _split(plain)
    return re.fullmatch(f"{re.escape(stem)}(-\\d+)?{re.escape(suffix)}", name) is not None


def _is_kept(letter: str) -> bool:
    # Letters, marks and numbers of any script.
    return letter in _KEPT_MARKS or unicodedata.category(letter)[0] in "LMN"


def _split(name: str) -> tuple[str, str]:
    path = PurePath(name or _FALLBACK)
    return path.stem[:MAX_LETTERS].rstrip() or _FALLBACK, path.suffix[:12]
