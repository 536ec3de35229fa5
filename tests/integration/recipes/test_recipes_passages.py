"""From one clip to the next, and pictures that move: where they are half way."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Frame, Shown, mix, near, recipe

CLIP, SECOND = COLOURS["clip.mp4"], COLOURS["second.mp4"]
WHITE = (255, 255, 255)
BAND_Y = 576
"""Where the number of the footage begins, in a frame of 1280x720 that it fills."""


def scaled(y: float, scale: float) -> float:
    """Where it is when the frame is scaled around its middle."""
    return 360 + (y - 360) * scale


@recipe("zoom-transition", seconds=4)
async def test_both_clips_zoom_at_the_cut(shown: Shown) -> None:
    """The first speeds up to twice its size, the second comes to rest from there."""
    frames = await shown.frames(1.6, 1.9, 2.1, 2.5)

    seen = zip(frames, (CLIP, CLIP, SECOND, SECOND), (1, 1.444, 1.444, 1), strict=True)
    for frame, colour, scale in seen:
        assert frame.box_of(colour) == near((0, 0, 1280, scaled(BAND_Y, scale)), 6)


@recipe("push-transition", seconds=4)
async def test_the_new_clip_pushes_the_old_one_out(shown: Shown) -> None:
    """Half way each is half out: blocks of the old one's number 66, drawn at 720, are at 80."""
    before, half, after = await shown.frames(1.9, 2.2, 2.5)

    assert before.box_of(CLIP) == near((0, 0, 1280, BAND_Y), 6)
    assert half.box_of(CLIP) == near((0, 0, 640, BAND_Y), 6)
    assert half.box_of(SECOND) == near((640, 0, 640, BAND_Y), 6)
    assert half.brightness_in(90, 640, 60, 40) > 220
    assert after.box_of(SECOND) == near((0, 0, 1280, BAND_Y), 6)


@recipe("wipe", seconds=5)
async def test_the_edge_between_the_clips_moves(shown: Shown) -> None:
    """From the left to the right in a second."""
    before, early, half, after = await shown.frames(1.9, 2.3, 2.5, 3.2)

    assert before.box_of(CLIP) == near((0, 0, 1280, BAND_Y), 6)
    for frame, edge in ((early, 384), (half, 640)):
        assert frame.box_of(SECOND) == near((0, 0, edge, BAND_Y), 6)
        assert frame.box_of(CLIP) == near((edge, 0, 1280 - edge, BAND_Y), 6)
    assert after.box_of(SECOND) == near((0, 0, 1280, BAND_Y), 6)


@recipe("flash", seconds=4)
async def test_the_cut_is_white(shown: Shown) -> None:
    """The light comes quickly and goes slowly."""
    frames = await shown.frames(1.85, 2, 2.2, 2.45)

    seen = (CLIP, WHITE, mix(WHITE, SECOND, 50), SECOND)
    assert [frame.colour_at(640, 200) for frame in frames] == [near(colour, 12) for colour in seen]


@recipe("shake", seconds=3)
async def test_the_picture_jumps_and_calms_down(shown: Shown) -> None:
    """Up and down by less and less, and no edge comes into sight."""
    frames = await shown.frames(0.5, 1 + 1 / 15, 1 + 2 / 15, 1 + 3 / 15, 1.9)

    rest = scaled(BAND_Y, 1.08)
    bottoms = [frame.box_of(CLIP).height for frame in frames]
    assert bottoms == near((rest, rest + 22, rest - 20, rest + 18, rest), 5)
    assert all(corners_are_covered(frame) for frame in frames)


def corners_are_covered(frame: Frame) -> bool:
    """By footage, at the top."""
    return all(frame.colour_at(x, 6, size=8) == near(CLIP, 14) for x in (6, 1274))


@recipe("pop-in", seconds=4)
async def test_the_sticker_pops_up_and_turns(shown: Shown) -> None:
    """Nothing, a fifth too large, its size, a quarter turned, upright again."""
    frames = await shown.frames(0.5, 1.3, 1.45, 2, 3, width=1280)

    logo = COLOURS["logo.png"]
    assert frames[0].share_of(logo) == 0
    boxes = [frame.box_of(logo) for frame in frames[1:]]
    assert [(box.width, box.height) for box in boxes] == [
        near((360, 180), 8), near((300, 150), 8), near((150, 300), 8), near((300, 150), 8),
    ]  # fmt: skip
    centres = [(box.x + box.width / 2, box.y + box.height / 2) for box in boxes]
    assert centres == [pytest.approx((640, 360), abs=6)] * 4


@recipe("pip-to-full", seconds=4)
async def test_the_small_picture_fills_the_frame_in_the_end(shown: Shown) -> None:
    """It grows out of its corner; half way it is as large as half way between."""
    small, half, full = await shown.frames(0.9, 1.5, 2.1)

    assert small.box_of(SECOND) == near((920, 500, 320, 180 * 0.8), 6)
    assert half.box_of(SECOND) == near((460, 250, 800, 450 * 0.8), 8)
    assert full.box_of(SECOND) == near((0, 0, 1280, BAND_Y), 6)
