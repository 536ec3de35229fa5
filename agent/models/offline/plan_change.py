"""What a plan is to bring about: an edit, held against the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from agent.domain import AssetKind
from agent.models.offline.edit import Edit
from agent.models.offline.task import AssetFacts
from agent.models.offline.timeline import Timeline, footage_of, logo_of, music_of, transcript_of
from agent.models.plan_reply import MOST_TASK_CHARS, StepReply

COMPOSE = "video_editor"
_MOST_NAMES = 6


@dataclass(frozen=True)
class Change:
    """`edit` over `assets`, and what there was before it; None: nothing yet.

    `timeline` is None where it takes the tools to know it.
    """

    edit: Edit
    before: Edit | None
    assets: Sequence[AssetFacts]
    timeline: Timeline | None

    @property
    def known(self) -> Edit:
        """The edit before, of which nothing is planned again."""
        return self.before or Edit()

    def of(self, *fields: str) -> bool:
        """Whether one of these fields of the edit is another than before."""
        return any(getattr(self.edit, field) != getattr(self.known, field) for field in fields)

    @property
    def footage(self) -> list[AssetFacts]:
        return footage_of(self.edit, self.assets)

    @property
    def videos(self) -> list[AssetFacts]:
        return [asset for asset in self.footage if asset.kind is AssetKind.VIDEO]

    @property
    def heard(self) -> list[AssetFacts]:
        return [asset for asset in self.videos if asset.has_audio]

    @property
    def music(self) -> Sequence[AssetFacts]:
        return music_of(self.edit, self.assets)

    @property
    def logo(self) -> AssetFacts | None:
        return logo_of(self.edit, self.assets)

    @property
    def transcript(self) -> AssetFacts | None:
        return transcript_of(self.edit, self.assets)


def step(
    task: str,
    assets: Sequence[AssetFacts] = (),
    *,
    tool: str = COMPOSE,
    part: tuple[float, float] | None = None,
) -> StepReply:
    """A step as a model gives it."""
    start_s, end_s = part or (None, None)
    return StepReply(
        task=shorten(task, MOST_TASK_CHARS, placeholder=" …"),
        tool=tool,
        assets=[asset.name for asset in assets],
        start_s=start_s,
        end_s=end_s,
    )


def names(assets: Sequence[AssetFacts]) -> str:
    """The names as a sentence has them; of many files the first."""
    told = [asset.name for asset in assets]
    if len(told) > _MOST_NAMES:
        told = [*told[: _MOST_NAMES - 1], f"{len(told) - _MOST_NAMES + 1} more"]
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))
