"""What goes wrong with what is heard."""

from __future__ import annotations

from dataclasses import replace

from agent.evaluation.critic_suite.defect import Kind, asks, every
from agent.evaluation.critic_suite.good import Good
from agent.evaluation.critic_suite.program import Clip, Program


def _muted(clip: Clip) -> Clip:
    return clip.having(muted=True) if clip.kind in ("VideoClip", "AudioClip") else clip


def _silent(good: Good) -> Program | None:
    heard = [*good.program.of("footage"), *good.program.of("sound")]
    if all(clip.kind == "ImageClip" or clip.options.get("muted") for clip in heard) or asks(good, "without"):
        return None
    parts = (replace(part, clips=tuple(_muted(clip) for clip in part.clips)) for part in good.program.layers)
    return replace(good.program, layers=tuple(parts))


def _soon_over(clip: Clip, good: Good) -> Clip:
    return clip.lasting(good.program.duration_s * 0.4)


SOUND_KINDS = (
    Kind("silent", "nothing is heard at all", _silent),
    Kind("missing music", "no music", every("sound", lambda clip, _: None)),
    Kind(
        "wrong music level",
        "full level instead of the percentage asked for",
        every("sound", lambda clip, _: clip.having(volume=1.0, baseVolume=None), where=r"\d ?%"),
    ),
    Kind(
        "music at no level",
        "music that nobody hears",
        every("sound", lambda clip, _: clip.having(volume=0.0, baseVolume=None, fadeOutDurationSeconds=None)),
    ),
    Kind("music soon over", "the music ends after 40 %", every("sound", _soon_over)),
    Kind(
        "sound not muted",
        "the footage is still heard",
        every("footage", lambda clip, _: clip.having(muted=None), where="mute"),
    ),
    Kind(
        "music out of tune with the picture",
        "another place of the song than the mood wants",
        every("sound", lambda clip, _: replace(clip, source_s=3.3)),
        visible_to_checks=False,
    ),
)
