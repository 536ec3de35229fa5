"""Which words the request puts in quotes to be shown."""

from __future__ import annotations

import re
from collections.abc import Collection

QUOTED = re.compile(
    # An apostrophe between letters does not end a single-quoted text.
    r"""(?<!\w)'((?:[^'\n]|(?<=\w)'(?=\w))+)'(?!\w)"""
    r"""|"([^"\n]+)"|“([^”\n]+)”|‘([^’\n]+)’(?!\w)|«([^»\n]+)»|„([^“”\n]+)[“”]"""
)
_TEXT_WORDS = (
    r"(?:titles?|sub ?titles?|text|captions?|says?|saying|lower third|heading|headline|label|write|reads?"
    r"|reading|words?|credit|show(?:ing)?|display(?:ing)?)"
)
_SHOWS = re.compile(rf"\b{_TEXT_WORDS}\b[^.!?]{{0,40}}$", re.IGNORECASE)
_SHOWN_AFTER = re.compile(
    rf"^\s*(?:(?:as|for) (?:a |the |an )?{_TEXT_WORDS}|(?:is |be )?(?:written|appears?|pops? up))\b",
    re.IGNORECASE,
)
_NOT_SHOWN = re.compile(
    r"\b(?:remove|delete|drop|hide|without|no|not|don't|instead of|replace|change|rename|font|colou?r|style"
    r"|preset|file|asset|clip|called|named)\b[^,.;]{0,20}$",
    re.IGNORECASE,
)
_REPLACED_BY = re.compile(r"\b(?:to|with|by|into)\s*$", re.IGNORECASE)
_IN = re.compile(r"\bin\s*$", re.IGNORECASE)
_NAMES_A_STYLE = re.compile(r"^\s*(?:font|typeface|style|colou?r|preset|effect|animation)\b", re.IGNORECASE)
_FILE_NAME = re.compile(r"\.\w{2,5}$")


def stated_texts(prompt: str, asset_names: Collection[str]) -> tuple[str, ...]:
    """The quoted words that stand by a word for text; file names, fonts and what is to go are left out."""
    names = {name.casefold() for name in asset_names}
    found: list[str] = []
    for match in QUOTED.finditer(prompt):
        text = next(group for group in match.groups() if group).strip()
        before, after = prompt[: match.start()], prompt[match.end() :]
        named = text.casefold() in names or _FILE_NAME.search(text) or _NAMES_A_STYLE.search(after)
        if text and not named and text not in found and _is_shown(before, after):
            found.append(text)
    return tuple(found)


def without_quotes(prompt: str) -> str:
    """*prompt* without its quoted words, which may say anything."""
    return QUOTED.sub(" ", prompt)


def _is_shown(before: str, after: str) -> bool:
    removed = _NOT_SHOWN.search(before) and not _REPLACED_BY.search(before)
    if removed or _IN.search(before):
        return False
    return bool(_SHOWS.search(before) or _SHOWN_AFTER.search(after))
