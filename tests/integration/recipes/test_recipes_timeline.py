"""Which footage is shown when, and how long the whole is."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, near, recipe

CLIP, LOGO, ONE = COLOURS["clip.mp4"], COLOURS["logo.png"], COLOURS["one.png"]


@recipe("trim", seconds=2)
async def test_the_range_is_what_is_shown(shown: Shown) -> None:
    """From its start, to its end, and no longer."""
    first, later = await shown.frames(0, 1.5)

    assert (first.frame_number(), later.frame_number()) == (30, 75)


@recipe("sequence", seconds=3.5)
async def test_the_second_clip_follows_the_first(shown: Shown) -> None:
    """Each by its own frames, without a gap."""
    before, after, later = await shown.frames(1.9, 2.1, 3)

    assert before.colour_at(960, 200) == near(CLIP)
    assert after.colour_at(960, 200) == near(COLOURS["second.mp4"])
    assert [frame.frame_number() for frame in (before, after, later)] == [30 + 57, 3, 30]


@recipe("split", seconds=4)
async def test_only_the_second_half_has_lost_its_colour(shown: Shown) -> None:
    """The footage goes on over the cut."""
    before, after = await shown.frames(1.5, 2.5)

    assert before.colour_at(960, 300) == near(CLIP)
    red, green, blue = after.colour_at(960, 300)
    assert max(red, green, blue) - min(red, green, blue) < 4
    assert green > CLIP[1]
    assert (before.frame_number(), after.frame_number()) == (45, 75)


@recipe("remove", seconds=2)
async def test_what_followed_the_deleted_clip_has_moved_up(shown: Shown) -> None:
    """Two seconds are left of three."""
    first, second = await shown.frames(0.5, 1.5)

    assert first.colour_at(200, 900) == near(ONE)
    assert second.colour_at(200, 900) == near(COLOURS["three.png"])


@recipe("duplicate", seconds=2)
async def test_the_copy_is_as_large_and_follows(shown: Shown) -> None:
    """Its own effect does not reach the original."""
    first, second = await shown.frames(0.5, 1.5)

    inverted = (255 - ONE[0], 255 - ONE[1], 255 - ONE[2])
    assert first.box_of(ONE, tolerance=10) == second.box_of(inverted, tolerance=10)


@recipe("timing", seconds=4)
async def test_the_clip_is_there_from_its_delay_for_its_duration(shown: Shown) -> None:
    """From 1.5 s for 60 frames."""
    frames = await shown.frames(1.4, 1.6, 3.4, 3.6)

    assert [frame.share_of(LOGO, tolerance=12) > 0.05 for frame in frames] == [False, True, True, False]
    assert [frame.frame_number() for frame in frames] == [42, 48, 102, 108]


@recipe("title-card", seconds=6)
async def test_text_has_a_time_of_its_own_between_two_clips(shown: Shown) -> None:
    """On black; then the next clip begins at its first frame."""
    before, card, after = await shown.frames(1, 3, 5)

    assert before.frame_number() == 30
    assert before.colour_at(960, 300) == near(CLIP)
    text = card.box_of((255, 255, 255))
    assert (text.x + text.width / 2, text.y + text.height / 2) == near((960, 540), 20)
    assert card.colour_at(200, 200) == near((0, 0, 0))
    assert after.frame_number() == 30
    assert after.colour_at(960, 300) == near(COLOURS["second.mp4"])


@recipe("place-in-time", seconds=3)
async def test_trimmed_clips_begin_and_end_where_they_are_told(shown: Shown) -> None:
    """The first from the very start; the other, a second long, ends with it."""
    first, later, insert = await shown.frames(0, 1.5, 2.5)

    assert (first.frame_number(), later.frame_number()) == (60, 105)
    assert later.colour_at(960, 300) == near(CLIP)
    assert insert.colour_at(960, 300) == near(COLOURS["second.mp4"])
    assert insert.frame_number() == 45


@recipe("place-in-time")
async def test_without_a_start_a_trimmed_clip_comes_late(shown: Shown) -> None:
    """By as much as was cut off; the page warns of that."""
    late = await shown.page.compose(shown.program.replace("first.start = 0;\n", ""))

    assert late.ok
    assert [warning.code for warning in late.summary.warnings] == ["no_visible_clip"]
    assert late.summary.layers[-1].clips[0].start_seconds == 2


@recipe("silences")
async def test_the_pauses_are_gone(shown: Shown) -> None:
    """But for 0.2 s after each stretch of speech; picture and sound go on together at 2 s and at 4 s."""
    kept = [(clip.start_seconds, clip.end_seconds) for clip in shown.summary.layers[0].clips]
    before, after = await shown.frames(1, 2)
    sound = await shown.sound()

    assert len(kept) == 3
    assert kept[-1][1] == pytest.approx(1.4 + 1.4 + 1, abs=0.15)
    assert before.frame_number() == 30
    assert after.frame_number() == pytest.approx(30 * 2.6, abs=2)
    assert sound.loudness(0.1, 1.1) > 0.1
    assert sound.loudness(1.25, 1.35) < 0.01
    assert sound.loudness(1.5, 2.5) > 0.1


@recipe("silences")
async def test_the_shortest_pause_is_told_in_milliseconds(shown: Shown) -> None:
    """Pauses of 0.8 s stay where 900 is the shortest."""
    patient = await shown.but("minDuration: 500", "minDuration: 900")

    assert [(clip.start_seconds, clip.end_seconds) for clip in patient.summary.layers[0].clips] == [(0, 5)]


@recipe("slideshow", seconds=6)
async def test_each_image_has_its_time_and_melts_into_the_next(shown: Shown) -> None:
    """Two seconds each; at the cut half of either."""
    place = (100, 600)
    first, still_first, cut, second, third = await shown.frames(1, 1.7, 2, 3, 5)

    assert first.colour_at(*place) == still_first.colour_at(*place) == near(ONE, 5)
    assert second.colour_at(*place) == near(COLOURS["two.png"])
    assert third.colour_at(*place) == near(COLOURS["three.png"])
    halves = tuple((a + b) / 2 for a, b in zip(ONE, COLOURS["two.png"], strict=True))
    assert cut.colour_at(*place) == near(halves)
