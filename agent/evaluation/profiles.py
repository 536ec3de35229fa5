"""What a kind of video is held to."""

from __future__ import annotations

from dataclasses import dataclass

from agent.errors import BadInput


@dataclass(frozen=True)
class Profile:
    """Shot lengths between which nothing is taken off, and how loud the sound is to be.

    No study ties shot length to retention: the bands are what editors of the kind do (notes/evaluation.md).
    """

    name: str
    shortest_shot_s: float
    longest_shot_s: float
    loudness_lufs: float = -14.0
    cut_on_beat: bool = True
    """Whether cuts are held to the beat of the music, where there is any."""


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("social", 1.0, 4.0),
        Profile("trailer", 0.5, 3.0),
        Profile("tutorial", 2.0, 8.0, cut_on_beat=False),
        Profile("talking_head", 4.0, 20.0, cut_on_beat=False),
    )
}
DEFAULT_PROFILE = PROFILES["social"]


def profile_named(name: str) -> Profile:
    """The profile of that name. Raises `BadInput`."""
    if name not in PROFILES:
        raise BadInput(f"Expected a profile of {', '.join(PROFILES)}; found {name!r}.")
    return PROFILES[name]
