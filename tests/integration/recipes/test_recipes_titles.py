"""Texts and marks over footage that are not speech: when they are there, and where."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, mix, near, recipe

CLIP = COLOURS["clip.mp4"]
BLACK, WHITE, BLUE, RED = (0, 0, 0), (255, 255, 255), (29, 53, 87), (255, 59, 48)


@recipe("lower-third", seconds=5)
async def test_the_name_slides_in_and_out(shown: Shown) -> None:
    """From the left, at second 1, for three seconds: a plate with a name and a role."""
    before, sliding, there, gone = await shown.frames(0.9, 1.2, 2, 4.1, width=1280)

    assert before.share_of(BLUE) == gone.share_of(BLUE) == 0
    plate = there.box_of(BLUE, tolerance=16)
    assert (plate.x, plate.y) == near((60, 524), 6)
    assert sliding.box_of(BLUE, tolerance=16).width == near(plate.x + plate.width - 200, 8)
    yellow = there.box_of((255, 214, 10), tolerance=40)
    assert 90 <= yellow.x < yellow.x + yellow.width < plate.x + plate.width
    assert yellow.y > 580
    assert there.brightness_in(90, 546, 180, 40) > 90, "white letters on blue"


@recipe("hook", seconds=4)
async def test_the_hook_is_there_for_three_seconds(shown: Shown) -> None:
    """It grows onto the picture, in two lines of white on red, around 30 percent of the height."""
    first, there, gone = await shown.frames(0.04, 1, 3.2)
    red = (230, 57, 70)

    plate = there.box_of(red)
    assert (plate.x + plate.width / 2, plate.y + plate.height / 2) == near((540, 576), 20)
    assert 400 < plate.width < 980
    assert plate.height > 2 * 132
    assert first.box_of(red).width < 0.85 * plate.width
    assert there.share_of(WHITE) > 0.02
    assert gone.share_of(red) == 0


@recipe("credits", seconds=6)
async def test_the_credits_roll_from_bottom_to_top(shown: Shown) -> None:
    """Nothing at the start and at the end."""
    first, early, middle, late, last = await shown.frames(0, 1.5, 3, 4.5, 5.97)

    assert first.share_of(BLACK) == last.share_of(BLACK) == 1
    tops = [frame.box_of(WHITE, tolerance=80).y for frame in (early, middle)]
    assert tops[0] - tops[1] == pytest.approx(350, abs=8)
    bottoms = [
        place.y + place.height for place in (frame.box_of(WHITE, tolerance=80) for frame in (middle, late))
    ]
    assert bottoms[0] - bottoms[1] == pytest.approx(350, abs=8)


@recipe("callout", seconds=4)
async def test_a_box_and_an_arrow_point_at_something(shown: Shown) -> None:
    """The box is empty, its line 8 pixels wide; the arrow's tip is at its right."""
    before, there, after = await shown.frames(0.9, 2, 3.1, width=1280)

    assert before.share_of(RED) == after.share_of(RED) == 0
    assert there.box_of(RED, tolerance=60) == near((480, 196, 524, 168), 6)
    assert there.colour_in(720, 220, 260, 120) == near(CLIP)
    assert there.colour_in(800, 198, 100, 4) == near(RED, 24)
    assert there.colour_in(800, 210, 100, 4) == near(CLIP, 16)
    assert there.colour_at(640, 264, size=4) == near(RED, 24)
    assert there.colour_at(672, 264, size=4) == near(CLIP, 16)
    assert there.colour_at(672, 280, size=4) == near(RED, 24)


@recipe("timer", seconds=4)
async def test_the_time_runs(shown: Shown) -> None:
    """A text for each second, on a plate."""
    clock = shown.summary.layers[0].clips
    frame = await shown.at(2.5)

    assert [clip.text for clip in clock] == ["00:00", "00:01", "00:02", "00:03"]
    assert [clip.start_seconds for clip in clock] == [0, 1, 2, 3]
    assert frame.colour_at(1062, 80, size=8) == near(mix(BLACK, CLIP, 60), 14)
    assert frame.share_of(WHITE) > 0.001


@recipe("end-screen", seconds=6)
async def test_the_card_comes_after_the_footage(shown: Shown) -> None:
    """Logo above, words below."""
    during, card = await shown.frames(2.9, 4.5)

    assert during.colour_at(200, 200) == near(CLIP)
    assert [card.colour_at(x, y) for x, y in ((20, 20), (1260, 700))] == [near(BLUE)] * 2
    assert card.box_of(COLOURS["logo.png"]) == near((490, 165, 300, 150), 8)
    words = card.box_of(WHITE)
    assert words.x + words.width / 2 == pytest.approx(640, abs=12)
    assert 430 < words.y < words.y + words.height < 530


@recipe("count-up", seconds=3)
async def test_the_number_rises_to_its_last(shown: Shown) -> None:
    """In thirty steps of two frames; the last one stays."""
    steps = shown.summary.layers[0].clips
    first, last = await shown.frames(0, 2.9)

    numbers = [int(step.text or "") for step in steps]
    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[15], numbers[-1], len(numbers)) == (0, 750, 1500, 31)
    assert steps[-1].end_seconds - steps[-1].start_seconds == pytest.approx(1)
    assert last.box_of(WHITE).width > 3 * first.box_of(WHITE).width


@recipe("chapter-titles", seconds=5)
async def test_each_title_is_there_at_its_time(shown: Shown) -> None:
    """At the upper right, on blue; between there is none."""
    frames = await shown.frames(0.4, 1, 1.8, 2.5, 4, width=1280)

    shares = [frame.share_of(BLUE, tolerance=16) for frame in frames]
    assert [share > 0 for share in shares] == [False, True, False, True, True]
    plate = frames[1].box_of(BLUE, tolerance=16)
    assert (plate.x + plate.width, plate.y) == near((1250, 40), 8)
    assert [clip.start_seconds for clip in shown.summary.layers[0].clips] == [0.5, 2, 3.5]
