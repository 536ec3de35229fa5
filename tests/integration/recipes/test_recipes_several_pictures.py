"""Several pictures at a time: which is where, and what is heard of them."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import BORDER_PX, COLOURS, SPEECH_HZ
from tests.integration.recipes.shown import Shown, mix, near, recipe

CLIP, SECOND = COLOURS["clip.mp4"], COLOURS["second.mp4"]
BLACK = (0, 0, 0)


@recipe("split-screen", seconds=3)
async def test_two_videos_share_the_frame(shown: Shown) -> None:
    """Each fills its half; 8 pixels of the background are between, and one of the two is heard."""
    frame = await shown.at(1, width=1280)

    assert frame.colour_in(0, 0, 632, 500) == near(CLIP)
    assert frame.colour_in(648, 0, 632, 500) == near(SECOND)
    assert frame.colour_in(638, 100, 4, 400) == near(BLACK, 40)
    assert [layer.clips[0].muted for layer in shown.summary.layers] == [True, False]


@recipe("stacked", seconds=3)
async def test_two_videos_are_one_above_the_other(shown: Shown) -> None:
    """Each fills the width of the vertical frame and half of its height."""
    frame = await shown.at(1)

    assert frame.colour_in(0, 0, 1080, 760) == near(CLIP)
    assert frame.colour_in(0, 964, 1080, 750) == near(SECOND)
    assert (shown.summary.width, shown.summary.height) == (1080, 1920)
    assert [layer.clips[0].muted for layer in shown.summary.layers] == [True, False]


@recipe("grid", seconds=3)
async def test_four_videos_are_whole_in_their_quarters(shown: Shown) -> None:
    """All run at the same time."""
    frame = await shown.at(1, width=1280)

    cells = {(0, 0): CLIP, (640, 0): SECOND, (0, 360): SECOND, (640, 360): CLIP}
    for place, colour in cells.items():
        assert frame.colour_at(place[0] + 320, place[1] + 100) == near(colour)
        assert frame.frame_number(*place, 640, 360) == 30


@recipe("logo-bug", seconds=3)
async def test_the_logo_is_in_its_corner_until_the_end(shown: Shown) -> None:
    """60 percent of it, 40 pixels from the top and the right."""
    for frame in await shown.frames(0.5, 2.9, width=1280):
        bug = mix(COLOURS["logo.png"], CLIP, 60)
        assert frame.colour_in(1084, 44, 152, 14) == near(bug)
        assert frame.colour_at(1248, 80, size=8) == near(CLIP)
        assert frame.colour_at(1160, 30, size=8) == near(CLIP)


@recipe("png-overlay", seconds=3)
async def test_footage_shows_where_the_picture_is_transparent(shown: Shown) -> None:
    """And nowhere else."""
    frame = await shown.at(2.9, width=1280)

    assert frame.colour_in(0, 0, 1280, BORDER_PX - 4) == near(COLOURS["border.png"])
    assert frame.colour_in(0, 0, BORDER_PX - 4, 720) == near(COLOURS["border.png"])
    assert frame.colour_in(BORDER_PX + 4, BORDER_PX + 4, 1280 - 2 * BORDER_PX - 8, 500) == near(CLIP)


@recipe("b-roll", seconds=5)
async def test_the_speaker_is_heard_under_other_pictures(shown: Shown) -> None:
    """Footage from its second 1 on, then a still, then the speaker again."""
    frames = await shown.frames(0.5, 2, 3.5, 4.5)

    seen = [COLOURS[name] for name in ("interview.mp4", "second.mp4", "one.png", "interview.mp4")]
    assert [frame.colour_at(200, 300) for frame in frames] == [near(colour) for colour in seen]
    assert frames[1].frame_number() == pytest.approx(60, abs=1)
    sound = await shown.sound()
    assert sound.volume_of(SPEECH_HZ, 2, 2.5) > 0.5
    assert sound.volume_of(880, 1, 2.5) < 0.01
