"""Rules for what is taken out of speech, and for captions of what is said."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.domain import AssetKind
from agent.media.caption_styles import DEFAULT_PRESET, PRESETS, CaptionPreset
from agent.media.cut_list import LONGEST_PAUSE_S
from agent.models.offline.reading import NotUnderstoodError, Reading, Rule, rule
from agent.models.offline.words import FILLERS, PAUSES, TIME

_SHORTEST_PAUSE_S = 0.3


def _take_out(reading: Reading, match: re.Match[str]) -> None:
    _require_sound(reading, "pauses and filler words are found by ear", AssetKind.VIDEO)
    speech = reading.edit.speech
    if PAUSES in match["what"]:
        longest_s = float(match["over"] or LONGEST_PAUSE_S)
        if longest_s < _SHORTEST_PAUSE_S:
            raise NotUnderstoodError(f"pauses under {_SHORTEST_PAUSE_S:g} s are part of speech")
        speech = replace(speech, longest_pause_s=longest_s)
    if FILLERS in match["what"]:
        speech = replace(speech, fillers_removed=True)
    reading.change(speech=speech)


def _put_back(reading: Reading, match: re.Match[str]) -> None:
    speech = reading.edit.speech
    if PAUSES in match["what"]:
        speech = replace(speech, longest_pause_s=None)
    if FILLERS in match["what"]:
        speech = replace(speech, fillers_removed=False)
    reading.change(speech=speech)


def _captions(reading: Reading, match: re.Match[str]) -> None:
    if re.search(r"\b(?:remove|delete|without|no|drop|hide)\b", match[0]):
        reading.change(captions=None)
        return
    if not any(asset.kind is AssetKind.CAPTIONS for asset in reading.assets):
        why = "captions need speech, or a transcript (JSON, SRT or VTT) among the assets"
        _require_sound(reading, why, AssetKind.VIDEO, AssetKind.AUDIO)
    reading.change(captions=reading.edit.captions or DEFAULT_PRESET)


def _style(reading: Reading, match: re.Match[str]) -> None:
    known: dict[str, CaptionPreset] = {preset.lower(): preset for preset in PRESETS}
    asked = next(name for name in match.groups() if name)
    if asked not in known:
        raise NotUnderstoodError(
            f"there is no caption style “{reading.tokens.readable(asked)}”; there is {', '.join(known)}"
        )
    reading.change(captions=known[asked])


def _require_sound(reading: Reading, why: str, *kinds: AssetKind) -> None:
    if not any(asset.has_audio and asset.kind in kinds for asset in reading.assets):
        raise NotUnderstoodError(f"{why}, and no {' or '.join(kinds)} here has sound")


_WHAT = rf"(?P<what>(?:{PAUSES}|{FILLERS})(?:\+(?:{PAUSES}|{FILLERS}))?)"
_ALL = r"(?: (?:all|any|the|of|its|his|her|my|our))*"
_OVER = rf"(?: (?:that are )?(?:longer than|over|of over|of more than) {TIME.replace('(', '(?P<over>', 1)})?"
_REMOVE = (
    r"(?:remove|cut|take|delete|drop|trim|lose|skip|strip|edit|get rid of|clean|no|without|kill|tighten)"
)
_RESTORE = r"(?:put|bring|get|restore|keep|leave|with|want|undo)"
_NAMES = "|".join(preset.lower() for preset in PRESETS)

SPEECH_RULES: tuple[Rule, ...] = (
    rule(rf"\b{_RESTORE}(?: back)?{_ALL} {_WHAT}(?: back| in)*(?: again)?", _put_back),
    rule(rf"\b{_REMOVE}(?: (?:out|away|up))?{_ALL} {_WHAT}{_OVER}(?: out| away)?", _take_out),
)
CAPTION_RULES: tuple[Rule, ...] = (
    rule(
        r"(?:\b(?:remove|delete|without|no|drop|hide|get rid of)(?: the| any)? )?\b(?:captions|subtitles)\b",
        _captions,
        about=("captions",),
    ),
    rule(rf"\b({_NAMES})\b(?: (?:style|preset|look))?", _style, about=("captions",)),
    rule(
        r"\b(?:in|with|use|to|as) (?:the |a |an )?([\w-]+) (?:style|preset|look)\b"
        r"|\b(?:style|preset|look):?(?: to| of)? (?!(?:to|of|for|in|at|on|with|from|like|as)\b)([\w-]+)",
        _style,
        about=("captions",),
    ),
)
