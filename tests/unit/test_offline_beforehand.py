"""What the offline model is sure to refuse is refused before footage is taken in for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.domain import AssetKind, MediaInfo
from agent.errors import NotUnderstood
from agent.media.ingest import Usable
from agent.models.offline.beforehand import refuse_beforehand
from agent.models.offline.model import plan_for
from agent.models.offline.task import EditTask
from tests.unit.offline_assets import CLIP


def video(name: str = CLIP.name) -> Usable:
    """A file whose facts are those of `CLIP`."""
    media = MediaInfo(
        container="mp4",
        duration_s=CLIP.duration_s or 0.0,
        width=CLIP.width,
        height=CLIP.height,
        frame_rate=CLIP.frame_rate,
        video_codec="h264",
        audio_codec="aac",
    )
    return Usable(Path("footage") / name, AssetKind.VIDEO, media)


@pytest.mark.parametrize("request_", ["add an explosion", "keep 0:04-0:02", "trim to 20 seconds"])
def test_a_request_is_refused_as_its_plan_would_be(request_: str):
    """In the same words."""
    with pytest.raises(NotUnderstood) as caught:
        refuse_beforehand(request_, [video()])

    assert str(caught.value) == plan_for(EditTask(request_, (CLIP,))).cannot


@pytest.mark.parametrize("request_", ["trim to 2 seconds", "remove the pauses", f"mute {CLIP.name}"])
def test_what_can_be_planned_goes_on(request_: str):
    """Also where the edit depends on what is heard in the footage."""
    refuse_beforehand(request_, [video()])


def test_files_of_one_name_are_left_to_the_plan():
    """Two copies of one file are one asset: what there is to cut is not known yet."""
    refuse_beforehand("trim to 20 seconds", [video(), video()])
