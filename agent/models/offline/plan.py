"""The plan of what the rules understand: a step for each thing that was asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from agent.models.offline.edit import Edit
from agent.models.offline.hearing import NotHeardError
from agent.models.offline.plan_change import COMPOSE, Change, step
from agent.models.offline.plan_footage import FOOTAGE_SECTIONS
from agent.models.offline.plan_overlays import OVERLAY_SECTIONS
from agent.models.offline.plan_sound import SOUND_SECTIONS
from agent.models.offline.program import write_program
from agent.models.offline.task import AssetFacts
from agent.models.offline.timeline import Timeline, lay_out
from agent.models.plan_reply import MOST_STEPS, StepReply

JUDGE = "visual_feedback"
_IN_TURN = ("ffmpeg", "cut_list", "beats", "captions", COMPOSE, JUDGE)
"""Of the work: what has to be made or found out, what is composed of it, whether it is good."""
_SECTIONS: tuple[Callable[[Change], Iterator[StepReply]], ...] = (
    *FOOTAGE_SECTIONS,
    *OVERLAY_SECTIONS,
    *SOUND_SECTIONS,
)


def plan_of(edit: Edit, before: Edit | None, assets: Sequence[AssetFacts]) -> list[StepReply]:
    """What makes `edit` of the assets, or of the edit before it. Raises `NotUnderstoodError` where the
    footage cannot give what was asked for, as far as that is known without the tools.
    """
    change = Change(edit, before, assets, _timeline(edit, assets))
    steps = [found for section in _SECTIONS for found in section(change)]
    if not steps:
        steps = [step("Leave the video as it is: it is what was asked for already.")]
    steps.sort(key=lambda found: _IN_TURN.index(found.tool))
    judged = step("Have the frames judged, and mend what is wrong with them.", tool=JUDGE)
    return [*_within(steps, MOST_STEPS - 1), judged]


def _timeline(edit: Edit, assets: Sequence[AssetFacts]) -> Timeline | None:
    try:
        write_program(edit, assets)
        return lay_out(edit, assets)
    except NotHeardError:
        return None


def _within(steps: Sequence[StepReply], most: int) -> list[StepReply]:
    """The steps; what is over goes into the last of them."""
    if len(steps) <= most:
        return list(steps)
    rest = " ".join(found.task for found in steps[most - 1 :])
    return [*steps[: most - 1], step(rest)]
