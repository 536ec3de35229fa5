"""What is heard, and how loud."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import SPEECH_HZ
from tests.integration.recipes.shown import Shown, recipe

CLIP_HZ, SECOND_HZ, MUSIC_HZ = 440, 880, 330


@recipe("volume", seconds=2)
async def test_the_sound_is_as_loud_as_its_volume(shown: Shown) -> None:
    """Two fifths of the file's."""
    sound = await shown.sound()

    assert sound.volume_of(CLIP_HZ, 0.5, 1.5) == pytest.approx(0.4, abs=0.02)
    assert sound.duration_s == pytest.approx(2, abs=0.05)


@recipe("mute", seconds=2)
async def test_a_muted_clip_is_not_heard(shown: Shown) -> None:
    """The next one is."""
    sound = await shown.sound()

    assert sound.loudness(0.1, 0.9) < 0.001
    assert sound.volume_of(SECOND_HZ, 1.2, 1.8) == pytest.approx(1, abs=0.05)


@recipe("music", seconds=4)
async def test_music_is_a_quarter_as_loud_under_the_footage(shown: Shown) -> None:
    """Both are heard."""
    sound = await shown.sound()

    assert sound.volume_of(MUSIC_HZ, 1, 3) == pytest.approx(0.25, abs=0.02)
    assert sound.volume_of(CLIP_HZ, 1, 3) == pytest.approx(1, abs=0.05)


@recipe("fade-sound", seconds=4)
async def test_sound_fades_in_and_out(shown: Shown) -> None:
    """Up to half its volume in a second, from there to nothing in the last one and a half."""
    sound = await shown.sound()

    levels = [sound.volume_of(MUSIC_HZ, at_s, at_s + 0.1) for at_s in (0, 0.4, 0.8, 1.1, 2.3, 3, 3.4, 3.9)]
    assert levels[0] < 0.01
    assert levels[:4] == sorted(levels[:4])
    assert levels[3] == pytest.approx(0.5, abs=0.04)
    assert levels[4:] == sorted(levels[4:], reverse=True)
    assert levels[4] == pytest.approx(0.5, abs=0.04)
    assert levels[-1] < 0.01
    assert sound.volume_of(CLIP_HZ, 1, 3) < 0.01


@recipe("ducking", seconds=4)
async def test_the_music_is_low_while_somebody_speaks(shown: Shown) -> None:
    """And loud in the pause between."""
    sound = await shown.sound()

    assert sound.volume_of(MUSIC_HZ, 0.3, 1) == pytest.approx(0.1, abs=0.02)
    assert sound.volume_of(MUSIC_HZ, 1.55, 1.75) == pytest.approx(0.8, abs=0.06)
    assert sound.volume_of(MUSIC_HZ, 2.2, 3) == pytest.approx(0.1, abs=0.02)
    assert sound.volume_of(SPEECH_HZ, 0.3, 1) > 10 * sound.volume_of(SPEECH_HZ, 1.55, 1.75)


@recipe("ducking")
async def test_volume_keyframes_are_lost_when_the_sound_is_moved(shown: Shown) -> None:
    """So they come last."""
    moved = await shown.but("}];\n", "}];\nmusic.end = 4;\n")

    assert [layer.clips[0].animated for layer in shown.summary.layers] == [("volume",), ()]
    assert moved.summary.layers[0].clips[0].animated == ()
