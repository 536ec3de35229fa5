"""Rules for sound: mute, volume, and music from a file."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from agent.domain import AssetKind
from agent.media.loudness import LOUDEST_LUFS, PROFILES, QUIETEST_LUFS
from agent.models.offline.edit import Level, Sound
from agent.models.offline.reading import NotUnderstoodError, Reading, Rule, rule

_QUIETER = 0.5
_LOUDER = 1.5
_TOO_LOUD = "of footage and music, neither can be louder than it is recorded: turn the other one down"


def _mute(reading: Reading, match: re.Match[str]) -> None:
    if reading.subject == "music" and reading.noun_in_clause:
        _drop_music(reading)
        return
    reading.subject = "sound"
    reading.change(sound=replace(reading.edit.sound, muted=True))


def _unmute(reading: Reading, match: re.Match[str]) -> None:
    reading.change(sound=replace(reading.edit.sound, muted=False))


def _remove_music(reading: Reading, match: re.Match[str]) -> None:
    _drop_music(reading)


def _drop_music(reading: Reading) -> None:
    reading.change(music=None, music_asset=None, music_removed=True)


def _volume(reading: Reading, match: re.Match[str]) -> None:
    volume = float(match["percent"]) / 100
    if re.search(r"\bby <p", match[0]):
        raised = re.search(r"\b(?:raise|increase|boost|up)\b", match[0])
        volume = round(_current_volume(reading) * (1 + volume if raised else 1 - volume), 3)
    _set_volume(reading, volume)


def _half_volume(reading: Reading, match: re.Match[str]) -> None:
    _set_volume(reading, 0.5)


def _quieter(reading: Reading, match: re.Match[str]) -> None:
    _set_volume(reading, round(_current_volume(reading) * _QUIETER, 3))


def _louder(reading: Reading, match: re.Match[str]) -> None:
    factor = 2.0 if re.search(r"\b(?:double|twice)\b", match[0]) else _LOUDER
    _set_volume(reading, round(_current_volume(reading) * factor, 3))


def _loudness(reading: Reading, match: re.Match[str]) -> None:
    """In LUFS, or of a profile that deliveries know."""
    lufs = float(match["lufs"]) if match["lufs"] else PROFILES[match["profile"]].integrated_lufs
    if not QUIETEST_LUFS <= lufs <= LOUDEST_LUFS:
        raise NotUnderstoodError(f"loudness goes from {QUIETEST_LUFS:g} to {LOUDEST_LUFS:g} LUFS")
    reading.change(level=Level(lufs))
    reading.subject = "sound"


def _current_volume(reading: Reading) -> float:
    if reading.subject == "music":
        return _volume_of(reading.edit.music)
    return _volume_of(reading.edit.sound) * 10 ** (reading.edit.level.raised_lu / 20)


def _volume_of(sound: Sound | None) -> float:
    return 1.0 if sound is None or sound.volume is None else sound.volume


def _set_volume(reading: Reading, volume: float) -> None:
    """Core plays nothing louder than it is recorded: over 1 the delivery makes all of it louder."""
    if volume > 1 and not _is_all_that_is_heard(reading):
        raise NotUnderstoodError(_TOO_LOUD)
    if reading.subject == "music":
        reading.change(music=replace(reading.edit.music or Sound(), volume=volume))
        return
    reading.subject = "sound"
    level = replace(reading.edit.level, raised_lu=round(20 * math.log10(max(volume, 1.0)), 1))
    reading.change(sound=replace(reading.edit.sound, volume=min(volume, 1.0), muted=volume == 0), level=level)


def _is_all_that_is_heard(reading: Reading) -> bool:
    has_music = any(asset.kind is AssetKind.AUDIO for asset in reading.assets)
    if not has_music or reading.edit.music_removed:
        return True
    return reading.subject != "music" and not (reading.subject == "sound" and reading.noun_in_clause)


def _music(reading: Reading, match: re.Match[str]) -> None:
    """Names music: it is wanted, and there must be a file."""
    if reading.edit.music is None:
        if not any(asset.kind is AssetKind.AUDIO for asset in reading.assets):
            raise NotUnderstoodError("there is no audio file among the assets to use as music")
        reading.change(music=Sound(), music_removed=False)


_PROFILES = "|".join(sorted(PROFILES, key=len, reverse=True))

SOUND_RULES: tuple[Rule, ...] = (
    rule(
        r"(?:\b(?:normali[sz]e|level|bring|set)\b )?(?:(?:it|(?:the )?(?:sound|audio|loudness)) )?"
        r"(?:(?:to|at|of|for) )?"
        rf"(?:(?P<lufs>-?\d+(?:\.\d+)?) ?lufs\b|(?:the )?\b(?P<profile>{_PROFILES}) loudness)",
        _loudness,
    ),
    rule(r"\bunmute\b|\bsound (?:back )?on\b", _unmute),
    rule(
        r"\b(?:mute|muted|silence|silenced|silent)\b(?: the)?(?: original)?"
        r"(?: (?:clips?|videos?|sound|audio|footage))?"
        r"|\b(?:remove|without|no|strip|drop|delete|turn off|kill)(?: the| any| its)?(?: original)?"
        r" (?:sound|audio)(?: ?track)?\b",
        _mute,
    ),
    rule(
        r"\b(?:remove|without|no|drop|delete|stop)(?: the| any)?(?: background)? (?:music|song|soundtrack)\b",
        _remove_music,
        about=("music",),
    ),
    rule(
        r"\b(?:(?:lower|reduce|decrease|raise|increase|boost|set|turn|bring|duck)(?: down| up)?\b[^<]*?"
        r"|volume[^<]*?|at |to )?"
        r"<p(?P<percent>[\d.]+)>"
        r"(?: (?:of )?(?:the )?(?:volume|loudness|loud))?",
        _volume,
        about=("sound", "music", "footage", "everything"),
    ),
    rule(
        r"\b(?:at )?half(?: of)?(?: the| its)?(?: original)? volume\b"
        r"|\bhalve(?: the)? volume\b|\bhalf as loud\b",
        _half_volume,
    ),
    rule(
        r"\b(?:quieter|softer)\b|\b(?:lower|reduce|turn down|decrease)(?: the)?(?: \w+)? volume\b"
        r"|\bvolume (?:of \w+ )?(?:lower|down)\b|\bturn (?:it|the (?:sound|music|volume|audio)) down\b",
        _quieter,
    ),
    rule(
        r"\blouder\b|\b(?:double|twice|raise|increase|boost)(?: the)?(?: \w+)? (?:volume|as loud)\b"
        r"|\btwice as loud\b"
        r"|\bturn (?:it|the (?:sound|music|volume|audio)) up\b",
        _louder,
    ),
    rule(r"\b(?:background )?(?:music|song|soundtrack|tune|score)\b", _music, about=("music",)),
)
