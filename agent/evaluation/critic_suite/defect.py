"""What a kind of defect is: a change of a good composition after which a person would send it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agent.evaluation.critic_suite.good import Good
from agent.evaluation.critic_suite.program import Clip, Program

Seed = Callable[[Good], Program | None]
"""The composition with the defect; None where it has no place for it, or the request leaves that open."""


@dataclass(frozen=True)
class Kind:
    """`visible_to_checks`: it shows in the figures, or in frames without knowing what they mean."""

    name: str
    shows: str
    seed: Seed
    visible_to_checks: bool = True


def asks(good: Good, words: str) -> bool:
    """Whether the request has those words, a regular expression."""
    return re.search(words, good.request, re.IGNORECASE) is not None


def first(role: str, change: Callable[[Clip, Good], Clip | None], *, where: str = "") -> Seed:
    """Changes the first clip of a role, or takes it away, where the request has the words *where*."""

    def seed(good: Good) -> Program | None:
        if not good.program.of(role) or not asks(good, where):
            return None
        return good.program.changed(lambda clip: change(clip, good), role)

    return seed


def every(role: str, change: Callable[[Clip, Good], Clip | None], *, where: str = "") -> Seed:
    """Changes all clips of a role."""

    def seed(good: Good) -> Program | None:
        if not good.program.of(role) or not asks(good, where):
            return None
        return good.program.changed_all(lambda clip: change(clip, good), role)

    return seed


def frame_of(good: Good) -> tuple[int, int]:
    """Width and height of the composition."""
    return good.program.width, good.program.height


def apart(good: Good) -> bool:
    """Whether the footage is two clips or more that say themselves when they are shown."""
    parts = [part for part in good.program.layers if part.role == "footage"]
    return len(good.program.of("footage")) > 1 and not any(part.sequential for part in parts)
