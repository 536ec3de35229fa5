"""Rules for fades of whatever is spoken of: picture, sound, both, a text or the music."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.models.offline.edit import Sound
from agent.models.offline.reading import Reading, Rule, rule
from agent.models.offline.words import TIME

FADE_S = 1.0
TEXT_FADE_S = 0.6


def _fade(reading: Reading, match: re.Match[str]) -> None:
    reading.fade_ways = tuple(match["ways"].split("-"))
    before = re.match(TIME, match[0])
    default_s = TEXT_FADE_S if reading.subject == "text" else FADE_S
    _set_fade(reading, float(before[1]) if before else default_s)


def _other_way(reading: Reading, match: re.Match[str]) -> bool | None:
    """The second half of `fade in at the start and out at the end`."""
    if not reading.fade_ways:
        return False
    _fade(reading, match)
    return None


def _picture_fade(reading: Reading, match: re.Match[str]) -> None:
    reading.subject = "picture"
    reading.fade_ways = ("in",) if " from " in match[0] else ("out",)
    _set_fade(reading, FADE_S)


def _fade_length(reading: Reading, match: re.Match[str]) -> bool | None:
    if not reading.fade_ways:
        return False
    _set_fade(reading, float(match[1]))
    return None


def _fade_place(reading: Reading, match: re.Match[str]) -> bool | None:
    """A fade in is at the start and a fade out at the end anyway."""
    return None if reading.fade_ways else False


def _set_fade(reading: Reading, fade_s: float) -> None:
    changes = {f"fade_{way}_s": fade_s for way in reading.fade_ways}
    if reading.subject == "text":
        reading.change_text(**changes)
    if reading.subject == "music":
        reading.change(music=_faded(reading.edit.music or Sound(), changes))
    if reading.subject in ("sound", "everything", "footage", "transition"):
        reading.change(sound=_faded(reading.edit.sound, changes))
    if reading.subject in ("picture", "everything", "footage", "transition"):
        reading.change(**{f"picture_{name}": value for name, value in changes.items()})


def _faded(sound: Sound, changes: dict[str, float]) -> Sound:
    return replace(sound, **changes)  # type: ignore[arg-type]  # the names of its fades


def _no_fade(reading: Reading, match: re.Match[str]) -> None:
    reading.fade_ways = ("in", "out")
    _set_fade(reading, 0.0)
    reading.fade_ways = ()


_NOUN = r"(?: (?:the|its|this))?(?: (?:title|text|lowerthird|picture|sound|audio|video|music|clip|film|it))?"

FADE_RULES: tuple[Rule, ...] = (
    rule(r"\b(?:remove|delete|without|no|drop) (?:the |any )?fades?(?: in| out| in-out)?s?\b", _no_fade),
    rule(r"(?:<t[\d.]+> )?\bfad(?:e|ing)(?: in| out)?(?: up)? (?:to|from) black\b", _picture_fade),
    rule(rf"(?:<t[\d.]+> (?:long )?)?\bfad(?:e|ing) (?P<ways>in-out|in|out)\b{_NOUN}", _fade),
    rule(r"^\s*(?P<ways>in|out)\b", _other_way),
    rule(
        r"(?:\b(?:at|from) the )(?:very )?(?:start|beginning|end)\b(?: of the (?:video|clip|film|movie))?",
        _fade_place,
    ),
    rule(rf"\b(?:over|for|in|within|of|lasting|during)(?: the)?(?: first| last)? {TIME}", _fade_length),
    rule(rf"^\s*{TIME}", _fade_length),
)
