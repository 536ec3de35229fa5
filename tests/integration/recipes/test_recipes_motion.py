"""What changes over time: keyframes, transitions, fades."""

from __future__ import annotations

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, mix, near, recipe

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
CLIP, SECOND = COLOURS["clip.mp4"], COLOURS["second.mp4"]
LOGO, ONE = COLOURS["logo.png"], COLOURS["one.png"]
BAR = (255, 59, 48)
STROKE_PX = 3 * 8


@recipe("keyframes", seconds=3)
async def test_keyframes_zoom_and_turn(shown: Shown) -> None:
    """From 400x300 to twice that and a quarter turn, and no further after the last keyframe."""
    first, last, after = await shown.frames(0, 2, 2.9)

    assert first.box_of(ONE) == near((960 - 200, 540 - 150, 400, 300))
    assert last.box_of(ONE) == near((960 - 300, 540 - 400, 600, 800))
    assert after.box_of(ONE) == last.box_of(ONE)


@recipe("easing", seconds=4)
async def test_eased_keyframes_start_slowly_and_end_slowly(shown: Shown) -> None:
    """A quarter of the way at half the time when easing in, three quarters when easing out."""
    frames = await shown.frames(0, 1, 2, 3)

    assert [frame.box_of(ONE).x for frame in frames] == near((100, 400, 1300, 400), 6)


@recipe("fade-clip", seconds=5)
async def test_an_overlay_fades_in_its_own_time(shown: Shown) -> None:
    """Gone, half, whole, half, gone, while the footage goes on."""
    frames = await shown.frames(1, 1.5, 2.5, 3.5, 4.2)

    for frame, opacity in zip(frames, (0, 50, 100, 50, 0), strict=True):
        assert frame.colour_at(960, 660) == near(mix(LOGO, CLIP, opacity))
    assert [frame.frame_number() for frame in frames] == [30, 45, 75, 105, 126]


@recipe("slide-in", seconds=4)
async def test_the_title_comes_from_the_left_and_leaves_to_the_right(shown: Shown) -> None:
    """Outside at first, three quarters of the way after half a second, then in its place."""
    outside, coming, there, leaving = await shown.frames(0, 0.5, 2, 3.2)

    assert outside.share_of(WHITE) == 0
    place = there.box_of(WHITE)
    assert place.x + place.width / 2 == near(960, 6)
    right_edge = place.x + place.width
    come = coming.box_of(WHITE)
    assert come.x + come.width == near(right_edge - 1920 / 4, 6)
    assert leaving.box_of(WHITE).x > place.x + 300


@recipe("colour-change", seconds=3)
async def test_red_turns_to_blue_through_magenta(shown: Shown) -> None:
    """The whole frame."""
    frames = await shown.frames(0, 1, 2.5)

    for frame, colour in zip(frames, ((255, 0, 0), (255, 0, 255), (0, 0, 255)), strict=True):
        assert frame.colour_at(960, 540) == near(colour, 6)
        assert frame.colour_at(1900, 1060) == near(colour, 6)


@recipe("crossfade", seconds=4)
async def test_a_dissolve_mixes_both_clips_around_the_cut(shown: Shown) -> None:
    """It begins half its length before the cut; the mix grows with time, and both go on moving."""
    place = (1500, 300)
    before, early, middle, late, after = await shown.frames(1.4, 1.75, 2, 2.25, 2.6)

    assert before.frame_number() == 42
    for frame, opacity in [(early, 25), (middle, 50), (late, 75)]:
        assert frame.colour_at(*place) == near(mix(SECOND, CLIP, opacity))
    assert after.colour_at(*place) == near(SECOND)
    assert after.frame_number() == 15 + 18


@recipe("dip-to-black", seconds=4)
async def test_the_picture_goes_to_black_at_the_cut(shown: Shown) -> None:
    """Half as bright a quarter of its length before and after."""
    place = (1500, 300)
    before, middle, after, later = await shown.frames(1.75, 2, 2.25, 2.6)

    assert before.colour_at(*place) == near(mix(CLIP, BLACK, 50))
    assert middle.colour_in(400, 200, 1400, 600) == near(BLACK)
    assert after.colour_at(*place) == near(mix(SECOND, BLACK, 50))
    assert later.frame_number() == 15 + 18


@recipe("slide-transition", seconds=4)
async def test_the_next_clip_comes_in_from_the_right(shown: Shown) -> None:
    """It slows down: at half its time three quarters of the frame are its."""
    before, middle, after = await shown.frames(1.4, 2, 2.6)

    assert before.colour_at(1900, 300) == near(CLIP)
    assert middle.colour_at(1920 / 4 - 40, 300) == near(CLIP)
    assert middle.colour_at(1920 / 4 + 40, 300) == near(SECOND)
    assert after.colour_at(20, 300) == near(SECOND)
    assert after.frame_number() == 15 + 18


@recipe("fade-picture", seconds=4)
async def test_the_picture_comes_out_of_black_and_goes_back(shown: Shown) -> None:
    """Black, half, whole, half, black."""
    place = (960, 300)
    frames = await shown.frames(0, 0.5, 2, 3.5, 3.97)

    for frame, opacity in zip(frames, (0, 50, 100, 50, 3), strict=True):
        assert frame.colour_at(*place) == near(mix(CLIP, BLACK, opacity))
    assert frames[0].luma.max() < 4
    assert frames[2].frame_number() == 60


@recipe("progress-bar", seconds=4)
async def test_the_bar_is_as_long_as_the_part_that_is_over(shown: Shown) -> None:
    """At the bottom, from the left."""
    for time_s, frame in zip((1, 2, 3), await shown.frames(1, 2, 3), strict=True):
        assert frame.box_of(BAR) == near((0, 700, 1280 * time_s / 4, 20), 6)
        assert frame.frame_number() == 30 * time_s


@recipe("shapes", seconds=3)
async def test_each_shape_has_its_outline(shown: Shown) -> None:
    """A rectangle with round corners, a circle, a hexagon with its stroke."""
    frame = await shown.at(1)
    orange, white, red, stroke = (252, 163, 17), (255, 255, 255), (230, 57, 70), (69, 123, 157)

    assert frame.box_of(orange) == near((200, 340, 400, 400))
    assert frame.colour_at(212, 352, size=6) == near(BLACK)
    assert frame.colour_at(230, 370, size=6) == near(orange, 16)
    assert frame.box_of(white) == near((760, 340, 400, 400))
    assert frame.colour_at(790, 370) == near(BLACK)
    assert frame.colour_at(1520, 540) == near(red)
    outer_width = 400 * 3**0.5 / 2 + STROKE_PX
    assert frame.box_of(stroke) == near((1520 - outer_width / 2, 328, outer_width, 400 + STROKE_PX), 12)


@recipe("effects", seconds=3)
async def test_effects_add_up(shown: Shown) -> None:
    """Half as bright, and grey by the weights of the filter effects specification."""
    frame = await shown.at(1)

    red, green, blue = (level / 2 for level in CLIP)
    grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert frame.colour_at(960, 300) == near((grey, grey, grey), 5)
