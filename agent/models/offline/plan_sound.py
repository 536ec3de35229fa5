"""Steps about what is heard: speech, the footage's sound, music, loudness."""

from __future__ import annotations

from collections.abc import Iterator

from agent.models.offline.edit import Level, Sound, Speech
from agent.models.offline.plan_change import Change, names, step
from agent.models.plan_reply import StepReply


def _speech(change: Change) -> Iterator[StepReply]:
    speech = change.edit.speech
    if not change.of("speech"):
        return
    if speech == Speech():
        yield step("Leave pauses and filler words in again.")
        return
    pauses = f"pauses over {speech.longest_pause_s:g} s" if speech.longest_pause_s is not None else ""
    taken = " and ".join(filter(None, (pauses, "filler words" if speech.fillers_removed else "")))
    heard = change.heard
    where = f" in {names(heard)}" if heard else ""
    yield step(f"Find the {taken}{where}.", heard, tool="cut_list")
    yield step(f"Take the {taken} out.", heard)


def _sound(change: Change) -> Iterator[StepReply]:
    for words in _sound_words(change.edit.sound, change.known.sound):
        yield step(words.format("the footage's sound"), change.heard)


def _music(change: Change) -> Iterator[StepReply]:
    music = change.music
    if not music:
        if change.of("music_removed"):
            yield step("Take the music away.")
        return
    if change.before is None or change.of("music_asset", "music_removed"):
        yield step(f"Play {names(music)} under the video.", music)
    for words in _sound_words(change.edit.music or Sound(), change.known.music or Sound()):
        yield step(words.format("the music"), music)


def _sound_words(sound: Sound, before: Sound) -> Iterator[str]:
    """A sentence for each thing that is another than before, with room for what it is about."""
    if sound.muted != before.muted:
        yield "Mute {}." if sound.muted else "Let {} be heard."
    if _level(sound) != _level(before) and not sound.muted:
        yield f"Bring {{}} to {100 * _level(sound):g}% of its volume."
    for way, fade_s, before_s in (
        ("in", sound.fade_in_s, before.fade_in_s),
        ("out", sound.fade_out_s, before.fade_out_s),
    ):
        if fade_s != before_s:
            yield f"Fade {{}} {way} over {fade_s:g} s." if fade_s else f"Do not fade {{}} {way}."


def _level(sound: Sound) -> float:
    return 1.0 if sound.volume is None else sound.volume


def _loudness(change: Change) -> Iterator[StepReply]:
    level = change.edit.level
    if change.of("level"):
        yield step(f"Have the finished file delivered {_level_words(level)}.")


def _level_words(level: Level) -> str:
    if level.lufs is not None:
        return f"at {level.lufs + level.raised_lu:g} LUFS"
    if not level.raised_lu:
        return "at the usual loudness"
    return f"{abs(level.raised_lu):g} LU {'louder' if level.raised_lu > 0 else 'quieter'} than usual"


SOUND_SECTIONS = (_speech, _sound, _music, _loudness)
