"""Text: that it is there, where, in which colour, and when."""

from __future__ import annotations

import numpy as np
import pytest

from tests.integration.guide_assets import COLOURS, WORDS, Colour
from tests.integration.recipes.shown import Frame, Shown, mix, near, recipe

BLACK, WHITE, YELLOW = (0, 0, 0), (255, 255, 255), (255, 214, 10)
RED = (255, 59, 48)
CLIP = COLOURS["clip.mp4"]
SHADOW = mix(BLACK, CLIP, 90)
INTER_LINE = 1.21
"""Height of a line of Inter, in heights of its font."""


@recipe("text", seconds=3)
async def test_a_title_in_its_colour_is_in_the_centre(shown: Shown) -> None:
    """Its capitals, without descenders, are as high as the font size says, in the middle of the frame."""
    box = (await shown.at(1)).box_of(YELLOW)
    lower = (await (await shown.but("casing: 'upper',", "")).at(1)).box_of(YELLOW)

    assert (box.x + box.width / 2, box.y + box.height / 2) == near((960, 540), 20)
    assert 0.6 * 120 < box.height < 1.1 * 120
    assert box.height < lower.height


@recipe("text")
async def test_its_font_is_bold_and_italic(shown: Shown) -> None:
    """More of the frame is covered than by light letters; slanted ones reach further to the right."""
    title = await shown.at(1)
    light = await (await shown.but("weight: '700'", "weight: '300'")).at(1)
    upright = await (await shown.but("style: 'italic'", "style: 'normal'")).at(1)

    assert title.share_of(YELLOW) > 1.2 * light.share_of(YELLOW)
    assert title.box_of(YELLOW).x > upright.box_of(YELLOW).x + 3
    assert shown.summary.layers[0].clips[0].font_size == 40


@recipe("text-wrap", seconds=3)
async def test_long_text_is_broken_into_lines_of_that_width(shown: Shown) -> None:
    """Three lines above its position, left aligned, in 60 % of the frame; leading sets them apart."""
    box = (await shown.at(1)).box_of(WHITE)
    wider = (await (await shown.but("maxWidth: '60%'", "maxWidth: '75%'")).at(1)).box_of(WHITE)
    apart = (await (await shown.but("leading: 1.2", "leading: 2.4")).at(1)).box_of(WHITE)

    assert box.x == pytest.approx(120, abs=12)
    assert box.width <= 0.6 * 1920 < wider.width <= 0.75 * 1920
    assert box.y + box.height == pytest.approx(960, abs=40)
    assert apart.height - box.height == pytest.approx(2 * 1.2 * INTER_LINE * 3 * 28, rel=0.05)


@recipe("text-styles", seconds=3)
async def test_only_the_chosen_word_is_red_and_larger(shown: Shown) -> None:
    """All of its three letters, between the others, half as high again."""
    frame = await shown.at(1, width=1920)

    red, white = frame.box_of(RED), frame.box_of(WHITE)
    assert white.x < red.x < red.x + red.width < white.x + white.width
    assert red.height == pytest.approx(1.5 * white.height, rel=0.04)
    assert _letters(frame, RED) == 3
    assert _letters(frame, WHITE) == len("Oneword")


@recipe("text-outline", seconds=3)
async def test_letters_have_a_dark_edge(shown: Shown) -> None:
    """It reaches half its width of 18 pixels beyond them."""
    frame = (await shown.at(1, width=1920)).above_the_number

    letters, outline = frame.box_of(WHITE, tolerance=60), frame.box_of(BLACK, tolerance=60)
    assert letters.x - outline.x == pytest.approx(9, abs=2)
    assert outline.y + outline.height - letters.y - letters.height == pytest.approx(9, abs=2)


@recipe("text-shadow", seconds=3)
async def test_a_shadow_lies_below_to_the_right(shown: Shown) -> None:
    """By its offsets, nearly as dark as it is opaque; nothing is above the letters or left of them."""
    frame = (await shown.at(1, width=1920)).above_the_number
    farther = await shown.but("offsetX: 12, offsetY: 12", "offsetX: 22, offsetY: 32")
    far = (await farther.at(1, width=1920)).above_the_number.box_of(SHADOW)

    letters, shadow = frame.box_of(WHITE, tolerance=60), frame.box_of(SHADOW)
    assert shadow.x > letters.x and shadow.y > letters.y
    assert far.x + far.width - shadow.x - shadow.width == pytest.approx(10, abs=1)
    assert far.y + far.height - shadow.y - shadow.height == pytest.approx(20, abs=1)


@recipe("text-glow", seconds=3)
async def test_the_letters_shine_beyond_their_edges(shown: Shown) -> None:
    """Without the glow it is black there."""
    glowing = await shown.at(1)
    plain = await (await shown.but("  glow: { radius: 30, opacity: 100, intensity: 2 },\n", "")).at(1)

    letters = plain.box_of((255, 59, 212))
    around = (letters.x + letters.width + 6, letters.y, 20, letters.height)
    assert plain.brightness_in(*around) < 4
    assert glowing.brightness_in(*around) > 8


@recipe("text-background", seconds=3)
async def test_the_box_is_larger_than_the_text_by_its_padding(shown: Shown) -> None:
    """The footage is seen through it, and at its round corners."""
    frame = (await shown.at(1)).above_the_number

    plate = mix((193, 18, 31), CLIP, 80)
    letters, box = frame.box_of(WHITE), frame.box_of(plate)
    assert letters.x - box.x == pytest.approx(60, abs=12)
    assert box.x + box.width - letters.x - letters.width == pytest.approx(60, abs=12)
    assert box.height == pytest.approx(0.95 * INTER_LINE * 3 * 30 + 2 * 40, abs=6)
    assert frame.colour_at(box.x + 30, 540) == near(plate)
    assert frame.colour_at(box.x + 3, box.y + 3, size=6) == near(CLIP)


@recipe("fonts", seconds=2)
async def test_the_font_is_another_one(shown: Shown) -> None:
    """The same word has another shape in it than in Inter."""
    loaded = await shown.at(1)
    other = await (
        await shown.but("duration: 2, font,", "duration: 2, font: { family: 'Inter', size: 60 },")
    ).at(1)

    assert loaded.box_of(WHITE).width < 0.9 * other.box_of(WHITE).width


@recipe("title-fade", seconds=4)
async def test_the_title_comes_and_goes(shown: Shown) -> None:
    """Nothing, half, white, half, next to nothing."""
    frames = await shown.frames(0, 0.5, 2, 3.5, 3.97)

    levels = [frame.brightness_in(300, 400, 1300, 300) for frame in frames]
    added = [level - levels[0] for level in levels]
    assert [level / added[2] for level in added] == near((0, 0.5, 1, 0.5, 0.03), 0.03)
    assert frames[0].brightness_in(300, 400, 1300, 300) == near(frames[0].brightness_in(0, 200, 200, 200), 1)


@recipe("typewriter", seconds=4)
async def test_letters_appear_one_after_another(shown: Shown) -> None:
    """None before, four of sixteen after a quarter of the time, then all, from the left."""
    before, some, whole, later = await shown.frames(0.4, 1.05, 2.6, 3.5)

    assert before.share_of(WHITE) == 0
    assert _letters(some, WHITE) == len("Once")
    assert _letters(whole, WHITE) == _letters(later, WHITE) == len("Onceuponatime")
    assert some.box_of(WHITE).x == whole.box_of(WHITE).x == pytest.approx(200, abs=12)


@recipe("countdown", seconds=3)
async def test_each_number_has_its_second(shown: Shown) -> None:
    """Three different figures; each stays as it is for its second."""
    frames = await shown.frames(0.2, 0.8, 1.2, 1.8, 2.2, 2.8)

    shares = [frame.share_of(WHITE) for frame in frames]
    assert shares[0::2] == shares[1::2]
    assert len(set(shares)) == 3
    assert [clip.text for clip in shown.summary.layers[0].clips] == ["3", "2", "1"]


@recipe("captions", seconds=4)
async def test_captions_are_seen_while_the_words_are_spoken(shown: Shown) -> None:
    """In the lower part, not before the first word and not after the last."""
    frames = await shown.frames(0.1, 1.2, 2.5, 3.5)

    before, first, second, after = (frame.above_the_number for frame in frames)
    assert before.share_of(WHITE, tolerance=60) == after.share_of(WHITE, tolerance=60) == 0
    for frame in (first, second):
        box = frame.box_of(WHITE, tolerance=60)
        assert 0.7 * 1080 < box.y < box.y + box.height < 0.8 * 1080
        assert box.x + box.width / 2 == pytest.approx(960, abs=60)
    assert shown.summary.layers[0].clips[0].font_size == 24
    assert shown.summary.layers[0].clips[0].text == " ".join(text for text, _, _ in WORDS)


@recipe("captions-own", seconds=4)
async def test_each_group_of_words_is_shown_while_it_is_spoken(shown: Shown) -> None:
    """Two words each, in yellow at four fifths of the height."""
    first, between, second = await shown.frames(1, 1.5, 2.5)

    clips = shown.summary.layers[0].clips
    assert [(clip.text, clip.start_seconds, clip.end_seconds) for clip in clips] == [
        ("Hello there,", 0.2, 1.4),
        ("general audience", 1.6, 3),
    ]
    assert between.share_of(YELLOW) == 0
    for frame in (first, second):
        box = frame.box_of(YELLOW)
        assert (box.x + box.width / 2, box.y + box.height / 2) == near((960, 864), 30)


@recipe("captions-trimmed", seconds=1.5)
async def test_captions_follow_footage_that_begins_later(shown: Shown) -> None:
    """What is said at 1.6 s and at 2.2 s of the recording is seen when the footage is there."""
    frames = await shown.frames(0, 0.4, 1.2)

    before, general, audience = (frame.above_the_number for frame in frames)
    assert [frame.frame_number() for frame in frames] == [45, 57, 81]
    assert before.share_of(WHITE) == 0
    assert general.box_of(WHITE).width < audience.box_of(WHITE).width


def _letters(frame: Frame, colour: Colour) -> int:
    """Letters of that colour in one line, as long as they do not touch."""
    inked = frame.is_about(colour).any(axis=0)
    return int(np.count_nonzero(np.diff(inked.astype(np.int8)) == 1))
