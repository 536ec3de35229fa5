"""Where in the frame a clip is, how large, and what is cut off."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, near, recipe

BLACK = (0, 0, 0)
CLIP, LOGO = COLOURS["clip.mp4"], COLOURS["logo.png"]


@recipe("canvas", seconds=3)
async def test_a_portrait_canvas_is_filled(shown: Shown) -> None:
    """1080x1920, footage from top to bottom."""
    frame = await shown.at(1)

    assert (shown.summary.width, shown.summary.height) == (1080, 1920)
    assert frame.colour_at(20, 20) == near(CLIP)
    assert frame.colour_at(1060, 1400) == near(CLIP)
    assert frame.colour_at(20, 1900) == near(BLACK)


@recipe("background", seconds=3)
async def test_the_background_is_seen_around_the_clip(shown: Shown) -> None:
    """In its colour."""
    frame = await shown.at(1)

    assert frame.colour_at(1700, 900) == near((0x1D, 0x35, 0x57))
    assert frame.box_of(LOGO) == near((660, 390, 600, 300))
    assert shown.summary.background == "#1d3557"


@recipe("cover", seconds=3)
async def test_covering_footage_leaves_no_bars(shown: Shown) -> None:
    """Its middle is seen at full height: of its number's blocks, the sides are cut off."""
    frame = await shown.at(1)

    box = shown.summary.layers[0].clips[0].box
    assert box and (box.x, box.y, box.width, box.height) == near((-420, 0, 1920, 1080), 1)
    assert frame.colour_at(1060, 20) == near(CLIP)
    assert frame.colour_at(20, 840) == near(CLIP)


@recipe("cover")
async def test_narrower_footage_covers_by_its_width(shown: Shown) -> None:
    """Cut off above and below."""
    upright = await shown.but("clip.mp4", "phone.mp4")

    box = upright.summary.layers[0].clips[0].box
    assert box and (box.x, box.y, box.width, box.height) == near((0, -420, 1080, 1920), 1)


@recipe("letterbox", seconds=3)
async def test_contained_footage_is_whole_between_bars(shown: Shown) -> None:
    """All of its number can be read."""
    frame = await shown.at(1)

    assert frame.frame_number(0, 236, 1080, 608) == 30
    assert frame.colour_at(540, 260) == near(CLIP)
    assert frame.colour_at(540, 220) == near(BLACK)
    assert frame.colour_at(540, 860) == near(BLACK)


@recipe("letterbox")
async def test_narrower_footage_is_whole_by_its_height(shown: Shown) -> None:
    """With bars at its sides."""
    frame = await (await shown.but("clip.mp4", "phone.mp4")).at(1)

    assert frame.frame_number(236, 0, 608, 1080) == 30
    assert frame.colour_at(220, 540) == near(BLACK)
    assert frame.colour_at(860, 540) == near(BLACK)


@recipe("stretch", seconds=3)
async def test_stretched_footage_fills_another_shape(shown: Shown) -> None:
    """Its number can be read over the whole square; without the option only the height counts."""
    frame = await shown.at(1)
    kept = await shown.but(
        "  keepAspectRatio: false,\n  width: '100%',\n  height: '100%',", "  width: 500, height: 270,"
    )

    assert frame.frame_number(0, 0, 1080, 1080) == 30
    assert frame.colour_at(20, 20) == near(CLIP)
    box = kept.summary.layers[0].clips[0].box
    assert box and (box.width, box.height) == near((480, 270), 1)


@recipe("mirror", seconds=3)
async def test_left_is_right(shown: Shown) -> None:
    """The blocks of the number run from right to left."""
    frame = await shown.at(1)

    flipped = int(f"{30:016b}"[::-1], 2)
    assert frame.frame_number() == flipped
    assert frame.colour_at(1900, 200) == near(CLIP)


@recipe("position", seconds=3)
async def test_the_anchor_is_at_the_position(shown: Shown) -> None:
    """The clip's middle is at three quarters and one quarter of the frame."""
    frame = await shown.at(1)

    assert frame.box_of(LOGO) == near((1440 - 200, 270 - 100, 400, 200))


@recipe("rotate", seconds=3)
async def test_a_quarter_turn_clockwise_is_90_degrees(shown: Shown) -> None:
    """It is higher than wide, and what was above is at the right."""
    frame = await shown.at(1)

    assert frame.box_of(LOGO) == near((960 - 150, 540 - 300, 300, 600))
    assert frame.colour_at(870, 540) == near(LOGO)
    assert frame.colour_at(1000, 540)[2] == pytest.approx(128, abs=12)


@recipe("mask", seconds=3)
async def test_a_rounded_rectangle_of_the_clip_is_left(shown: Shown) -> None:
    """Its corners are cut off, the clip behind stays where it is."""
    frame = await shown.at(1)

    box = frame.box_of(CLIP)
    assert (box.x, box.y, box.width) == near((190, 80, 900), 4)
    assert frame.colour_at(200, 90) == near(BLACK)
    assert frame.colour_at(230, 120) == near(CLIP)
    assert frame.colour_at(200, 360) == near(CLIP)
    assert frame.colour_at(100, 360) == near(BLACK)


@recipe("mask-circle", seconds=3)
async def test_a_circle_of_the_clip_is_left(shown: Shown) -> None:
    """As high as wide; outside its radius is nothing."""
    frame = await shown.at(1)

    box = frame.box_of(CLIP)
    assert (box.x, box.y, box.width) == near((390, 110, 500), 4)
    for x, y, colour in [(640, 360, CLIP), (470, 190, CLIP), (450, 170, BLACK), (840, 180, BLACK)]:
        assert frame.colour_at(x, y) == near(colour), (x, y)


@recipe("mask-animation", seconds=3)
async def test_the_circle_opens(shown: Shown) -> None:
    """Nothing at first, a quarter of its width after a quarter of its time, then the whole clip."""
    closed, quarter, opened = await shown.frames(0, 0.5, 2.5)

    assert closed.colour_in(300, 200, 900, 500) == near(BLACK)
    assert quarter.box_of(CLIP) == near((440, 160, 400, 400))
    assert opened.frame_number() == 75
