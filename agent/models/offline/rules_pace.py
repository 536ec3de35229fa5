"""Rules for pace: the speed of the footage, and cuts on the beat of the music."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from agent.domain import AssetKind
from agent.models.offline.edit import BeatCut, Sound
from agent.models.offline.reading import Apply, NotUnderstoodError, Reading, Rule, rule

SLOWEST, FASTEST = 0.2, 10.0
_USUAL = {"up": 2.0, "down": 0.5}
_FACTORS = {"twice": 2.0, "double": 2.0, "triple": 3.0, "half": 0.5, "halve": 0.5}
_BEATS = {"": 1, "other": 2, "second": 2, "third": 3, "fourth": 4}


def _of_all(change: Callable[[Reading, re.Match[str]], None]) -> Apply:
    """A rule's effect on all of the footage; a time in its clause would mean a part of it."""

    def apply(reading: Reading, match: re.Match[str]) -> None:
        if reading.target not in (None, "*") or "<t" in match.string:
            raise NotUnderstoodError(
                "without a model the speed is changed for all of the footage, or for none"
            )
        change(reading, match)

    return apply


def _change_speed(reading: Reading, match: re.Match[str]) -> None:
    """`speed it up by 50%`, `slow down to half speed`, `slow down 2x`."""
    up = match["way"] == "up"
    amount = match["amount"]
    _set_speed(reading, _changed(amount, match["how"], up=up) if amount else _USUAL[match["way"]])


def _changed(amount: str, how: str | None, *, up: bool) -> float:
    """`by 50%` counts from the usual speed, `to 50%` is the speed itself; to slow down 2x is to halve."""
    factor = _factor(amount)
    if how in ("to", "at"):
        return factor
    if amount.startswith("<p"):
        return (1 + factor if factor <= 1 else factor) if up else 1 - factor
    return factor if (factor > 1) == up else 1 / factor


def _speed(reading: Reading, match: re.Match[str]) -> None:
    """`at 2x speed`, `double the speed`, `50% speed`."""
    _set_speed(reading, _factor(match["amount"]))


def _times_as_fast(reading: Reading, match: re.Match[str]) -> None:
    """`twice as fast`, `2x slower`, `20% faster`, `half as fast`."""
    factor, way = _factor(match["amount"]), match["way"]
    if match["amount"].startswith("<p") and way.endswith("er"):
        factor = 1 + factor if way != "slower" else 1 - factor
    elif way.startswith("slow"):
        factor = 1 / factor
    _set_speed(reading, factor)


def _slow_motion(reading: Reading, match: re.Match[str]) -> None:
    _set_speed(reading, _USUAL["down"])


def _normal_speed(reading: Reading, match: re.Match[str]) -> None:
    reading.change(speed=1.0)


def _how_much(reading: Reading, match: re.Match[str]) -> None:
    raise NotUnderstoodError(f"say how much {match[1]}, as in: twice as fast, or: at 80% speed")


def _set_speed(reading: Reading, factor: float) -> None:
    if reading.subject == "music" and reading.noun_in_clause:
        raise NotUnderstoodError("the speed of music is not changed without a model, only that of footage")
    if not SLOWEST <= factor <= FASTEST:
        raise NotUnderstoodError(f"the speed goes from {SLOWEST:g} to {FASTEST:g} times, not {factor:g}")
    if not any(asset.kind is AssetKind.VIDEO for asset in reading.assets):
        raise NotUnderstoodError("there is no video whose speed could be changed")
    reading.subject = "footage"
    reading.change(speed=round(factor, 3))


def _factor(amount: str) -> float:
    if amount in _FACTORS:
        return _FACTORS[amount]
    figure = float(re.findall(r"[\d.]+", amount)[0])
    return figure / 100 if amount.startswith("<p") else figure


def _cut_on_beat(reading: Reading, match: re.Match[str]) -> None:
    """The music leads: it is heard from its beginning, and the footage is silent unless told otherwise."""
    if not any(asset.kind is AssetKind.AUDIO for asset in reading.assets):
        raise NotUnderstoodError("there is no audio file among the assets whose beat could be cut on")
    known = reading.edit.beat_cut or BeatCut()
    every = match.groupdict().get("every")
    reading.change(
        beat_cut=known if every is None else BeatCut(_BEATS.get(every) or int(every)),
        music=reading.edit.music or Sound(),
        music_removed=False,
        sound=replace(reading.edit.sound, muted=True),
    )
    reading.subject = "music"


def _cut_files(reading: Reading, match: re.Match[str]) -> None:
    """`cut a.mp4 and b.mp4 on the beat`: how they are cut is said after their names."""


def _not_on_beat(reading: Reading, match: re.Match[str]) -> None:
    reading.change(beat_cut=None)


_FOOTAGE = r"(?:the |this |all )?(?:whole )?(?:videos?|clips?|footage|film|movie)"
_THING = rf"(?: (?:it|them|this|that|everything|{_FOOTAGE}))"
_AMOUNT = r"(?P<amount><p[\d.]+>|\d+(?:\.\d+)? ?(?:x|times)\b|twice|double|triple|half|halve)"
_SPEED = r"(?: (?:of )?(?:the |its )?(?:original |normal |playback )?(?:speed|pace)\b)"
_CUT = (
    rf"\b(?:cut|cuts|cutting|edit|edited|sync|synced|match|change)\b{_THING}?"
    r"(?: (?:the )?(?:cuts?|shots?|images?))?"
)
_EVERY = r"every ?(?P<every>\d|other|second|third|fourth|)(?:nd|rd|th)?"

PACE_RULES: tuple[Rule, ...] = (
    rule(r"\b(?:cut|edit)\b(?= <f\d.*\b(?:beats?|rhythm)\b)", _cut_files),
    rule(
        r"\b(?:do not|don't|not|stop|no longer|no)(?: cut(?:ting|s)?)?(?: (?:on|to|with) the)? beats?\b",
        _not_on_beat,
    ),
    rule(
        rf"(?:{_CUT} )?\b(?:on|to|with|at|in time with)(?: the)?"
        rf"(?: {_EVERY})? (?:beats?|rhythm)\b(?: of)?",
        _cut_on_beat,
    ),
    rule(rf"{_EVERY} beats?\b(?: of)?", _cut_on_beat),
    rule(rf"{_CUT} (?:to|in time with) (?:the |this )?(?:music|song)\b", _cut_on_beat),
    rule(
        r"\b(?:back )?(?:at|to|in) (?:the |its )?(?:normal|original|real|usual|full) speed\b", _normal_speed
    ),
    rule(
        rf"\b(?:speed|slow)(?:ed|ing|s)?{_THING}? (?P<way>up|down)\b{_THING}?"
        rf"(?: (?P<how>to|by|at))?(?: a factor of)?(?: {_AMOUNT}{_SPEED}?)?",
        _of_all(_change_speed),
    ),
    rule(rf"(?:\b(?:at|to|in|with|by) )?{_AMOUNT}{_SPEED}", _of_all(_speed)),
    rule(rf"{_AMOUNT}(?: as)? (?P<way>fast(?:er)?|slow(?:er)?|quick(?:er)?)\b", _of_all(_times_as_fast)),
    rule(r"(?:\bin )?\bslow[ -]?mo(?:tion)?\b", _of_all(_slow_motion)),
    rule(r"\b(faster|slower|quicker)\b", _how_much),
)
