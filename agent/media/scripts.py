"""Words in scripts that the page's own fonts do not have: what draws them, and what to do where nothing does.

The fonts that come with the page hold Latin, Greek and Cyrillic. For other letters Chromium takes a font of
its machine, if there is one; a font of the session is taken only where a program names it. Within a word the
browser joins Arabic letters and orders them from right to left; but core puts one word after the other from
left to right, and tells words apart by plain spaces only.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.domain import Asset, AssetKind
from agent.media.analysis.values import Word
from agent.media.fonts import FontFace, font_face, has_letters

_RIGHT_TO_LEFT_MARK = "\u200f"
"""Keeps a full stop at the left end of its line."""
_UNBREAKABLE = "\u00a0"
_SCRIPTS = {
    "ARABIC": "Arabic", "ARMENIAN": "Armenian", "BENGALI": "Bengali", "CJK": "Chinese characters",
    "DEVANAGARI": "Devanagari", "ETHIOPIC": "Ethiopic", "GEORGIAN": "Georgian", "GUJARATI": "Gujarati",
    "GURMUKHI": "Gurmukhi", "HANGUL": "Korean", "HEBREW": "Hebrew", "HIRAGANA": "Japanese",
    "KANNADA": "Kannada", "KATAKANA": "Japanese", "KHMER": "Khmer", "LAO": "Lao", "MALAYALAM": "Malayalam",
    "MYANMAR": "Burmese", "SINHALA": "Sinhala", "TAMIL": "Tamil", "TELUGU": "Telugu", "THAI": "Thai",
    "TIBETAN": "Tibetan",
}  # fmt: skip
"""By the first word of their letters' Unicode names; those that a speech model writes."""
_FC_LIST_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Lettering:
    """What a text needs beside the page's fonts."""

    face: FontFace | None = None
    """A font of the session that a program has to name for it."""
    warnings: tuple[str, ...] = ()


async def lettering(text: str, assets: Sequence[Asset], *, browser_is_here: bool) -> Lettering:
    """A font of the session for all foreign letters of *text*, else a warning for each script without one."""
    foreign = foreign_letters(text)
    if not foreign:
        return Lettering()
    every = "".join(foreign.values())
    for asset in assets:
        if asset.kind is AssetKind.FONT and has_letters(asset.path, every):
            return Lettering(font_face(asset.path, asset.name))
    missing = [
        script
        for script, letters in foreign.items()
        if not (browser_is_here and await asyncio.to_thread(_on_this_machine, letters))
    ]
    return Lettering(warnings=tuple(map(_warning, missing)))


def foreign_letters(text: str) -> dict[str, str]:
    """The letters that the page's fonts lack, each once, by the name of their script."""
    found: dict[str, str] = {}
    for letter in sorted(set(text)):
        script = _SCRIPTS.get(_first_word(unicodedata.name(letter, "")))
        if script:
            found[script] = found.get(script, "") + letter
    return found


def is_right_to_left(text: str) -> bool:
    """Whether its first letter that has a direction is written from right to left."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((found != "L" for found in directions if found in ("L", "R", "AL")), False)


def words_to_draw(words: Sequence[Word], lines: Sequence[str]) -> tuple[Word, ...]:
    """The words of a caption, which is broken into *lines*, as core has to get them to draw them in order: a
    line that runs from right to left is one word.
    """
    if not is_right_to_left(" ".join(lines)):
        return tuple(words)
    drawn: list[Word] = []
    rest = list(words)
    for line in lines:
        count = len(line.split(" "))
        first, last, rest = rest[0], rest[count - 1], rest[count:]
        text = f"{line.replace(' ', _UNBREAKABLE)}{_RIGHT_TO_LEFT_MARK}"
        drawn.append(Word(text, first.start_s, last.end_s, first.probability))
    return tuple(drawn)


def _first_word(name: str) -> str:
    found = re.match(r"[A-Z]+", name)
    return found[0] if found else ""


def _on_this_machine(letters: Iterable[str]) -> bool:
    """Whether a font that is installed here has them; macOS and Windows come with fonts for all scripts."""
    if sys.platform != "linux":
        return True
    tool = shutil.which("fc-list")
    if tool is None:
        return False
    wanted = " ".join(f"{ord(letter):x}" for letter in letters)
    try:
        command = [tool, f":charset={wanted}", "family"]
        listed = subprocess.run(command, capture_output=True, timeout=_FC_LIST_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return bool(listed.stdout.strip())


def _warning(script: str) -> str:
    return (
        f"The captions have {script} letters, which the page's fonts lack, and no other font with them was "
        f"found: they may be empty boxes. A font file with {script} letters among the assets is taken for "
        "them: ask the user to add one."
    )
