"""What a clause is about: its nouns, the files it names, and which clip of several."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.domain import AssetKind
from agent.media.caption_styles import DEFAULT_PRESET
from agent.models.offline.edit import Logo, Sound
from agent.models.offline.reading import NotUnderstoodError, Reading, Rule, Subject, rule

_NOUNS: tuple[tuple[re.Pattern[str], Subject], ...] = (
    (re.compile(r"\b(?:logo|watermark|emblem)\b"), "logo"),
    (re.compile(r"\b(?:music|song|soundtrack|tune|score)\b"), "music"),
    (re.compile(r"\b(?:captions|subtitles)\b(?!.*<q)"), "captions"),
    (
        re.compile(r"<q\d+>|\b(?:(?:sub)?titles?|lowerthird|headlines?|headings?|text|words|lettering)\b"),
        "text",
    ),
    (re.compile(r"\b(?:transitions?|dissolves?|between)\b"), "transition"),
    (re.compile(r"\beverything\b"), "everything"),
    (re.compile(r"\b(?:sound|audio|volume|loudness|sound ?track)\b"), "sound"),
    (re.compile(r"\b(?:pictures?|screen|frame)\b"), "picture"),
    (re.compile(r"\b(?:video|clips?|footage|film|movie|shots?)\b"), "footage"),
)
_ABOUT_ALL = re.compile(r"\b(?:trim|cut|shorten|keep(?! it))\b|^fade (?:in|out|in-out)\b(?! (?:it|them)\b)")
_TEXT_NOUN = re.compile(r"\b(?:titles?|lowerthird|headlines?|headings?|text|words|lettering)\b")
_OVER_THE_FOOTAGE = re.compile(r"logo|watermark", re.IGNORECASE)
_ORDINALS = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "last": -1,
}


def speak_of(reading: Reading, clause: str) -> None:
    """Sets what the clause is about; a clause without a noun goes on about the subject before it."""
    subject = next((subject for pattern, subject in _NOUNS if pattern.search(clause)), None)
    reading.noun_in_clause = subject is not None
    if subject == "sound" and reading.subject == "music" and "volume" in clause:
        subject = "music"
    if subject is None:
        if _ABOUT_ALL.search(clause):
            reading.subject = "footage"
        return
    reading.subject = subject
    if subject == "text" and _TEXT_NOUN.search(clause):
        _speak_of_text(reading, clause)


def _speak_of_text(reading: Reading, clause: str) -> None:
    """`the lower third` is the last one of that style; `the second title` counts; else the last text."""
    wanted = "lower-third" if "lowerthird" in clause else "title"
    indices = [index for index, text in enumerate(reading.edit.texts) if text.style == wanted]
    ordinal = re.search(rf"\b({'|'.join(_ORDINALS)}) (?:title|text|lowerthird)\b", clause)
    if ordinal and -len(indices) <= _ORDINALS[ordinal[1]] < len(indices):
        reading.text_index = indices[_ORDINALS[ordinal[1]]]
    elif indices:
        reading.text_index = indices[-1]


def _each_clip(reading: Reading, match: re.Match[str]) -> None:
    reading.target = "*"


def _nth_clip(reading: Reading, match: re.Match[str]) -> None:
    clips = reading.clips()
    index = _ORDINALS[match[1]]
    if index >= len(clips) or not clips:
        raise NotUnderstoodError(f"there is no {match[1]} clip: {len(clips)} given")
    reading.target = clips[index].name


def _nth_text(reading: Reading, match: re.Match[str]) -> bool | None:
    return None if reading.subject == "text" else False


def _file(reading: Reading, match: re.Match[str]) -> bool | None:
    """A file that is not footage decides what the clause is about; footage is left for the footage rules."""
    file = reading.files(match[0])[0]
    if file.kind is AssetKind.AUDIO:
        reading.subject = "music"
        reading.change(music_asset=file.name, music=reading.edit.music or Sound(), music_removed=False)
    elif file.kind is AssetKind.CAPTIONS:
        reading.subject = "captions"
        reading.change(captions=reading.edit.captions or DEFAULT_PRESET)
    elif file.kind is AssetKind.IMAGE and _is_logo(file.name, match.string):
        reading.subject = "logo"
        reading.change(logo=replace(reading.edit.logo or Logo(), asset=file.name))
    elif file.kind is not AssetKind.FONT:
        return False
    reading.noun_in_clause = True
    return None


def _is_logo(name: str, clause: str) -> bool:
    return bool(_OVER_THE_FOOTAGE.search(name) or re.search(r"\b(?:logo|watermark|emblem|corner)\b", clause))


NOUN_RULES: tuple[Rule, ...] = (
    rule(
        r"\b(?:of |in )?(?:each|every|both|all)(?: of)?(?: the)? (?:clips?|videos?|shots?|files?)\b",
        _each_clip,
    ),
    rule(
        rf"\b(?:of |in )?(?:the )?({'|'.join(_ORDINALS)}) (?:clip|video|shot|file|one)\b",
        _nth_clip,
    ),
    rule(rf"\b({'|'.join(_ORDINALS)}) (?=(?:title|text|lowerthird)\b)", _nth_text),
    rule(r"<f\d+>", _file),
)
