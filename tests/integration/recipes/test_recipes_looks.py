"""Colour, blur and shade: what a picture looks like, and where."""

from __future__ import annotations

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, mix, near, recipe

CLIP = COLOURS["clip.mp4"]
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def screen(top: tuple[int, int, int], below: tuple[int, int, int]) -> tuple[float, ...]:
    """As blending by `screen` mixes two colours."""
    return tuple(255 - (255 - a) * (255 - b) / 255 for a, b in zip(top, below, strict=True))


@recipe("colour-look", seconds=3)
async def test_shadows_are_teal_and_highlights_orange(shown: Shown) -> None:
    """What is white and what is black in the footage is as tinted as the two sheets are."""
    frame = await shown.at(1)
    highlights, shadows = (255, 217, 168), (0, 42, 51)

    assert frame.colour_at(1000, 650) == near(screen(highlights, shadows))
    assert frame.colour_at(300, 650) == near(shadows)


@recipe("black-and-white", seconds=4)
async def test_colour_comes_back(shown: Shown) -> None:
    """Grey, half of the colour, all of it."""
    grey, half, colour = [frame.colour_at(640, 200) for frame in await shown.frames(0.5, 2, 3.5)]

    level = 0.2126 * CLIP[0] + 0.7152 * CLIP[1] + 0.0722 * CLIP[2]
    assert grey == near((level,) * 3)
    assert half == near(tuple((a + b) / 2 for a, b in zip(grey, CLIP, strict=True)))
    assert colour == near(CLIP)


@recipe("focus-pull", seconds=4)
async def test_the_picture_becomes_sharp(shown: Shown) -> None:
    """What is white is grey beside an edge to black, then less so, then white."""
    blurred, half, sharp = await shown.frames(0.5, 1.5, 2.2)

    beside_960, beside_720 = (964, 670, 8, 30), (724, 670, 8, 30)
    assert blurred.brightness_in(*beside_960) < 190
    assert 190 < half.brightness_in(*beside_960) < 235
    assert sharp.brightness_in(*beside_720) > 245
    assert sharp.frame_number() == 66


@recipe("vignette", seconds=3)
async def test_it_is_darker_towards_the_corners(shown: Shown) -> None:
    """Softly; the middle is as it was."""
    frame = await shown.at(0.1)

    assert frame.colour_at(640, 360) == near(CLIP)
    outwards = [frame.brightness_in(x, 300, 20, 20) for x in (400, 160, 100, 50, 0)]
    assert outwards == sorted(outwards, reverse=True)
    assert frame.brightness_in(0, 0, 20, 20) < 0.35 * outwards[0]


@recipe("darken-behind-text", seconds=4)
async def test_the_footage_is_dim_while_the_title_is_there(shown: Shown) -> None:
    """And white letters on it."""
    before, during, after = await shown.frames(0.5, 2, 3.5)

    assert before.colour_at(200, 200) == after.colour_at(200, 200) == near(CLIP)
    assert during.colour_at(200, 200) == near(mix(BLACK, CLIP, 55))
    title = during.box_of(WHITE)
    assert (title.x + title.width / 2, title.y + title.height / 2) == near((640, 360), 20)


@recipe("hide-part", seconds=3)
async def test_what_is_hidden_is_blurred_where_it_goes(shown: Shown) -> None:
    """Just below an edge of the footage its colour bleeds in, but only under the mask."""
    early, late = await shown.frames(0.5, 2.5)

    assert early.brightness_in(440, 584, 60, 10) > 20
    assert early.brightness_in(600, 584, 100, 10) < 8
    assert late.brightness_in(640, 584, 60, 10) > 20
    assert late.brightness_in(400, 584, 100, 10) < 8


@recipe("chroma-key", seconds=3)
async def test_black_is_transparent_by_screen_and_white_by_multiply(shown: Shown) -> None:
    """The footage's black and white blocks; what is between is mixed."""
    photo, footage = COLOURS["one.png"], COLOURS["second.mp4"]
    black, white = (300, 650), (1000, 650)
    frame = await shown.at(1)
    assert frame.colour_at(*black) == near(photo)
    assert frame.colour_at(*white) == near(WHITE)
    assert frame.colour_at(60, 300) == near(screen(photo, footage))

    multiplied = await (await shown.but("'screen'", "'multiply'")).at(1)
    assert multiplied.colour_at(*white) == near(photo)
    assert multiplied.colour_at(*black) == near(BLACK)


@recipe("drop-shadow", seconds=3)
async def test_the_shadow_is_below_and_right_of_the_picture(shown: Shown) -> None:
    """20 pixels off, soft; none is above and left."""
    frame = await shown.at(1, width=1280)

    assert frame.box_of(COLOURS["logo.png"]) == near((440, 260, 400, 200), 4)
    assert frame.brightness_in(500, 464, 300, 8) < 20
    assert frame.brightness_in(844, 320, 8, 100) < 20
    assert frame.colour_in(500, 244, 300, 8) == near(CLIP)
    assert frame.colour_in(424, 320, 8, 100) == near(CLIP)
