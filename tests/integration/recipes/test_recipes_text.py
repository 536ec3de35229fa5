"""Text: that it is there, where, in which colour, and when."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS, WORDS
from tests.integration.recipes.shown import Shown, near, recipe

BLACK, WHITE, YELLOW = (0, 0, 0), (255, 255, 255), (255, 214, 10)
CLIP = COLOURS["clip.mp4"]


@recipe("text")
async def test_a_title_in_its_colour_is_in_the_centre(shown: Shown) -> None:
    """Its capitals, without descenders, are as high as the font size says, in the middle of the frame."""
    box = (await shown.at(1)).box_of(YELLOW)
    lower = (await (await shown.but("casing: 'upper',", "")).at(1)).box_of(YELLOW)

    assert (box.x + box.width / 2, box.y + box.height / 2) == near((960, 540), 20)
    assert 0.6 * 120 < box.height < 1.1 * 120
    assert box.height < lower.height
    assert shown.summary.layers[0].clips[0].font_size == 40


@recipe("text-wrap")
async def test_long_text_is_broken_into_lines_of_that_width(shown: Shown) -> None:
    """Left aligned at its position, above it, no wider than 60 % of the frame."""
    box = (await shown.at(1)).box_of(WHITE)

    assert box.x == pytest.approx(120, abs=12)
    assert box.width <= 0.6 * 1920
    assert box.y + box.height == pytest.approx(960, abs=40)
    assert box.height > 2 * 84


@recipe("text-styles")
async def test_only_the_chosen_word_is_red_and_larger(shown: Shown) -> None:
    """Between the others."""
    frame = await shown.at(1)

    red, white = frame.box_of((255, 59, 48)), frame.box_of(WHITE)
    assert white.x < red.x < red.x + red.width < white.x + white.width
    assert red.height > 1.2 * white.height


@recipe("text-outline")
async def test_letters_have_a_dark_edge(shown: Shown) -> None:
    """It reaches half its width of 18 pixels beyond them."""
    frame = (await shown.at(1)).above_the_number

    letters, outline = frame.box_of(WHITE), frame.box_of(BLACK)
    assert letters.x - outline.x == pytest.approx(9, abs=6)
    assert outline.y + outline.height - letters.y - letters.height == pytest.approx(9, abs=6)


@recipe("text-shadow")
async def test_a_shadow_lies_below_to_the_right(shown: Shown) -> None:
    """Dark under the letters' lower edge, nothing above them."""
    frame = (await shown.at(1)).above_the_number
    letters = frame.box_of(WHITE)

    below = frame.brightness_in(letters.x, letters.y + letters.height + 3, letters.width, 6)
    above = frame.brightness_in(letters.x, letters.y - 9, letters.width, 6)
    assert below < 0.85 * above


@recipe("text-glow")
async def test_the_letters_shine_beyond_their_edges(shown: Shown) -> None:
    """Without the glow it is black there."""
    glowing = await shown.at(1)
    plain = await (await shown.but("  glow: { radius: 30, opacity: 100, intensity: 2 },\n", "")).at(1)

    letters = plain.box_of((255, 59, 212))
    around = (letters.x + letters.width + 6, letters.y, 20, letters.height)
    assert plain.brightness_in(*around) < 4
    assert glowing.brightness_in(*around) > 8


@recipe("text-background")
async def test_the_box_is_larger_than_the_text_by_its_padding(shown: Shown) -> None:
    """On both sides alike, over the footage."""
    frame = (await shown.at(1)).above_the_number

    letters, box = frame.box_of(WHITE), frame.box_of((193, 18, 31))
    assert letters.x - box.x == pytest.approx(60, abs=12)
    assert box.x + box.width - letters.x - letters.width == pytest.approx(60, abs=12)
    assert box.height > letters.height + 80
    assert frame.colour_at(box.x - 20, 540) == near(CLIP)


@recipe("fonts")
async def test_the_font_is_another_one(shown: Shown) -> None:
    """The same word has another shape in it than in Inter."""
    loaded = await shown.at(1)
    other = await (
        await shown.but("duration: 2, font,", "duration: 2, font: { family: 'Inter', size: 60 },")
    ).at(1)

    assert loaded.box_of(WHITE).width < 0.9 * other.box_of(WHITE).width


@recipe("title-fade")
async def test_the_title_comes_and_goes(shown: Shown) -> None:
    """Nothing, half, white, half, next to nothing."""
    frames = await shown.frames(0, 0.5, 2, 3.5, 3.97)

    brightest = [frame.above_the_number.luma.max() for frame in frames]
    bare = frames[0].brightness_in(300, 300, 1000, 400)
    half = (255 + bare) / 2
    assert brightest == near((bare, half, 255, half, bare), 16)


@recipe("typewriter")
async def test_letters_appear_one_after_another(shown: Shown) -> None:
    """None before, four of sixteen after a quarter of the time, then all, from the left."""
    before, some, whole, later = await shown.frames(0.4, 1.05, 2.6, 3.5)

    assert before.share_of(WHITE) == 0
    assert some.box_of(WHITE).width == pytest.approx(whole.box_of(WHITE).width / 4, rel=0.15)
    assert whole.box_of(WHITE) == later.box_of(WHITE)


@recipe("countdown")
async def test_each_number_has_its_second(shown: Shown) -> None:
    """Three different figures; each stays as it is for its second."""
    frames = await shown.frames(0.2, 0.8, 1.2, 1.8, 2.2, 2.8)

    shares = [frame.share_of(WHITE) for frame in frames]
    assert shares[0::2] == shares[1::2]
    assert len(set(shares)) == 3
    assert [clip.text for clip in shown.summary.layers[0].clips] == ["3", "2", "1"]


@recipe("captions")
async def test_captions_are_seen_while_the_words_are_spoken(shown: Shown) -> None:
    """In the lower part, not before the first word and not after the last."""
    frames = await shown.frames(0.1, 1.2, 2.5, 3.5)

    before, first, second, after = (frame.above_the_number for frame in frames)
    assert before.share_of(WHITE, tolerance=60) == after.share_of(WHITE, tolerance=60) == 0
    for frame in (first, second):
        box = frame.box_of(WHITE, tolerance=60)
        assert 0.7 * 1080 < box.y < box.y + box.height < 0.8 * 1080
        assert box.x + box.width / 2 == pytest.approx(960, abs=60)
    assert shown.summary.layers[0].clips[0].text == " ".join(text for text, _, _ in WORDS)


@recipe("captions-own")
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
