"""Rules for a logo over the footage."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.models.offline.edit import Logo
from agent.models.offline.reading import Reading, Rule, rule
from agent.models.offline.rules_text import PLACE_PATTERNS, place_of

_SIZES = {"tiny": 5.0, "small": 9.0, "large": 22.0, "big": 22.0, "huge": 32.0}


def _logo(reading: Reading, match: re.Match[str]) -> None:
    if re.search(r"\b(?:remove|delete|without|no|drop|hide|get rid of)\b", match[0]):
        reading.change(logo=None)
    else:
        _change_logo(reading)


def _change_logo(reading: Reading, **fields: object) -> None:
    logo = replace(reading.edit.logo or Logo(), **fields)  # type: ignore[arg-type]  # names are Logo's own
    reading.change(logo=logo)


def _place(reading: Reading, match: re.Match[str]) -> None:
    _change_logo(reading, place=place_of(match["row"] or "", match["side"] or ""))


def _opacity(reading: Reading, match: re.Match[str]) -> None:
    percent = float(match["percent"])
    _change_logo(reading, opacity=100 - percent if "transparent" in match[0] else percent)


def _half_transparent(reading: Reading, match: re.Match[str]) -> None:
    _change_logo(reading, opacity=50.0)


def _width(reading: Reading, match: re.Match[str]) -> None:
    _change_logo(reading, width_percent=float(match["percent"]))


def _size(reading: Reading, match: re.Match[str]) -> None:
    _change_logo(reading, width_percent=_SIZES[match[1]])


def _resize(reading: Reading, match: re.Match[str]) -> bool | None:
    if reading.subject != "logo" or reading.edit.logo is None:
        return False
    factor = 1 / 1.3 if match[1] == "smaller" else 1.3
    _change_logo(reading, width_percent=round(reading.edit.logo.width_percent * factor, 1))
    return None


_REMOVE = r"(?:\b(?:remove|delete|without|no|drop|hide|get rid of)(?: the| any)? )?"

OVERLAY_RULES: tuple[Rule, ...] = (
    rule(rf"{_REMOVE}\b(?:logo|watermark|emblem)\b", _logo),
    rule(
        r"(?:\bat |\bwith )?<p(?P<percent>[\d.]+)>(?: (?:of (?:the )?)?(?:frame )?(?:width|wide|size))",
        _width,
        about=("logo",),
    ),
    rule(
        r"(?:\bat |\bto |\bof )?<p(?P<percent>[\d.]+)>(?: (?:opacity|opaque|transparent|transparency))?",
        _opacity,
        about=("logo",),
    ),
    rule(r"\bopacity(?: of| to| at)? <p(?P<percent>[\d.]+)>", _opacity, about=("logo",)),
    rule(r"\b(?:half|semi)[ -]?transparent\b|\btranslucent\b", _half_transparent, about=("logo",)),
    rule(rf"\b({'|'.join(_SIZES)})\b", _size, about=("logo",)),
    rule(r"\b(bigger|larger|smaller)\b", _resize),
    *(rule(pattern, _place, about=("logo",)) for pattern in PLACE_PATTERNS),
)
