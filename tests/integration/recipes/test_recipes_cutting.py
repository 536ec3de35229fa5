"""Cuts: which moment of which file is shown and heard when."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS, TONES_HZ
from tests.integration.recipes.shown import Shown, near, recipe

CLIP, SECOND = COLOURS["clip.mp4"], COLOURS["second.mp4"]
CLIP_HZ, SECOND_HZ, MUSIC_HZ = (TONES_HZ[name] for name in ("clip.mp4", "second.mp4", "music.mp3"))


@recipe("jump-cuts", seconds=2.6)
async def test_only_the_good_parts_are_left(shown: Shown) -> None:
    """Without a gap: 0 to 0.8, 1.6 to 2.4 and 4 to 5 s of the file."""
    numbers = [frame.frame_number() for frame in await shown.frames(0.5, 0.9, 1.7)]

    assert numbers == near((15, 51, 123), 1)


@recipe("freeze-frame", seconds=5.5)
async def test_one_frame_is_held(shown: Shown) -> None:
    """It looks as the footage does around it, and is silent."""
    frames = await shown.frames(1.9, 2.2, 3.3, 3.6)

    assert [frame.frame_number() for frame in frames] == near((57, 60, 60, 63), 1)
    assert [frame.colour_at(640, 200) for frame in frames] == [near(CLIP)] * 4
    sound = await shown.sound()
    assert sound.loudness(2.1, 3.4) < 0.001
    assert sound.volume_of(CLIP_HZ, 3.6, 4) == pytest.approx(1, abs=0.05)


@recipe("beat-cuts", seconds=3)
async def test_the_picture_changes_on_the_beats(shown: Shown) -> None:
    """Just after each of them there is the next picture; the music ends with the last."""
    frames = await shown.frames(0.45, 0.55, 1.05, 1.55, 2.15, 2.25, 2.95)

    order = ("one.png", "two.png", "three.png", "one.png", "one.png", "two.png", "two.png")
    assert [frame.colour_at(60, 360) for frame in frames] == [near(COLOURS[name]) for name in order]
    assert (await shown.sound()).volume_of(MUSIC_HZ, 2.5, 3) == pytest.approx(1, abs=0.07)


@recipe("loop", seconds=10)
async def test_clip_and_music_begin_anew_until_the_end(shown: Shown) -> None:
    """Three seconds of the clip four times, the last one short; of the music 8 seconds and 2."""
    numbers = [frame.frame_number() for frame in await shown.frames(0.5, 3.5, 6.5, 9.5)]

    assert numbers == near((45, 45, 45, 45), 1)
    sound = await shown.sound()
    for at_s in (1, 7, 8.5, 9.5):
        assert sound.volume_of(MUSIC_HZ, at_s, at_s + 0.4) == pytest.approx(1, abs=0.07)


@recipe("exact-times")
async def test_fractions_are_kept_and_numbers_are_rounded(shown: Shown) -> None:
    """To thirtieths of a second."""
    rounded = await shown.but("duration: '61/60'", "duration: 61 / 60")
    first, second = shown.summary.layers[0].clips

    assert first.end_seconds == second.start_seconds == pytest.approx(61 / 60, abs=0.001)
    assert second.end_seconds - second.start_seconds == pytest.approx(1.5, abs=0.001)
    ends = [clip.end_seconds for layer in rounded.summary.layers for clip in layer.clips]
    assert min(ends) == pytest.approx(31 / 30, abs=0.001)


@recipe("j-cut", seconds=4)
async def test_the_next_clip_is_heard_before_it_is_seen(shown: Shown) -> None:
    """Half a second before; picture and sound are of the same moment of the file."""
    before, after = await shown.frames(1.9, 2.1)

    assert before.colour_at(640, 200) == near(CLIP)
    assert after.colour_at(640, 200) == near(SECOND)
    assert after.frame_number() == pytest.approx(18, abs=1)
    sound = await shown.sound()
    assert sound.volume_of(SECOND_HZ, 1, 1.45) < 0.01
    assert sound.volume_of(SECOND_HZ, 1.6, 1.9) == pytest.approx(1, abs=0.05)
    assert sound.volume_of(CLIP_HZ, 0.5, 1.4) == pytest.approx(1, abs=0.05)
    assert sound.volume_of(CLIP_HZ, 2.1, 2.5) < 0.01


@recipe("l-cut", seconds=4)
async def test_the_sound_goes_on_over_the_next_picture(shown: Shown) -> None:
    """For a second, over a tenth of what that picture's own sound is."""
    before, after = await shown.frames(1.9, 2.1)

    assert before.colour_at(640, 200) == near(CLIP)
    assert after.colour_at(640, 200) == near(SECOND)
    assert after.frame_number() == pytest.approx(3, abs=1)
    sound = await shown.sound()
    for at_s in (1, 2.2):
        assert sound.volume_of(CLIP_HZ, at_s, at_s + 0.7) == pytest.approx(1, abs=0.05)
    assert sound.volume_of(CLIP_HZ, 3.1, 3.9) < 0.01
    assert sound.volume_of(SECOND_HZ, 2.2, 3.8) == pytest.approx(0.1, abs=0.02)


@recipe("ends-together", seconds=4)
async def test_nothing_runs_on_after_the_footage(shown: Shown) -> None:
    """A text without a duration would, for 16 seconds."""
    endless = await shown.but(", duration: last.end", "")

    assert endless.summary.duration_seconds == 16


@recipe("multicam", seconds=4)
async def test_cameras_alternate_over_one_sound(shown: Shown) -> None:
    """Time goes on in the pictures."""
    frames = await shown.frames(1, 2, 3.5)

    assert [frame.colour_at(640, 200) for frame in frames] == [near(CLIP), near(SECOND), near(CLIP)]
    assert [frame.frame_number() for frame in frames] == near((30, 60, 105), 1)
    sound = await shown.sound()
    assert sound.volume_of(CLIP_HZ, 0.1, 3.9) == pytest.approx(1, abs=0.05)
    assert sound.volume_of(SECOND_HZ, 1.6, 2.9) < 0.01


@recipe("reorder", seconds=3)
async def test_clips_are_in_their_new_order(shown: Shown) -> None:
    """Three, two, one; each a second."""
    frames = await shown.frames(0.5, 1.5, 2.5)

    order = [COLOURS[name] for name in ("three.png", "two.png", "one.png")]
    assert [frame.colour_at(60, 360) for frame in frames] == [near(colour) for colour in order]
