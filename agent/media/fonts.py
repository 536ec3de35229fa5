"""What a font file calls itself, so that a program can name it as everybody does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

_WEIGHT_WORDS = (
    (r"thin|hairline", 100),
    (r"(extra|ultra) ?light", 200),
    (r"light", 300),
    (r"medium", 500),
    (r"(semi|demi) ?bold", 600),
    (r"(extra|ultra) ?bold", 800),
    (r"bold", 700),
    (r"black|heavy", 900),
)
"""As in CSS Fonts 4; words that hold another stand before it."""
_NORMAL_WEIGHT = 400
_UNASSIGNED = "\U0010fffe"
_ITALIC = re.compile(r"italic|oblique", re.IGNORECASE)


@dataclass(frozen=True)
class FontFace:
    """A font as CSS asks for it."""

    family: str
    weight: str = str(_NORMAL_WEIGHT)
    """One weight, or `100 900`: all between the two."""
    style: str = "normal"


def font_face(path: Path, name: str) -> FontFace:
    """The face in *path*; a file that does not say is called by *name* without its suffix."""
    try:
        font = ImageFont.truetype(str(path))
    except OSError:
        return FontFace(Path(name).stem)
    family, style = font.getname()
    return FontFace(
        family or Path(name).stem,
        _weight_range(font) or str(_weight(style or "")),
        "italic" if _ITALIC.search(style or "") else "normal",
    )


def has_letters(path: Path, letters: str) -> bool:
    """Whether the font in *path* draws each of them as something else than what it draws for none."""
    try:
        font = ImageFont.truetype(str(path), 24)
        nothing = bytes(font.getmask(_UNASSIGNED))
        return all(bytes(font.getmask(letter)) != nothing for letter in letters)
    except OSError:
        return False


def _weight(style: str) -> int:
    found = (weight for words, weight in _WEIGHT_WORDS if re.search(words, style, re.IGNORECASE))
    return next(found, _NORMAL_WEIGHT)


def _weight_range(font: ImageFont.FreeTypeFont) -> str | None:
    """Of a variable font."""
    try:
        axes = font.get_variation_axes()
    except (OSError, NotImplementedError):
        return None
    weights = (axis for axis in axes if axis["name"] == b"Weight")
    return next((f"{axis['minimum']} {axis['maximum']}" for axis in weights), None)
