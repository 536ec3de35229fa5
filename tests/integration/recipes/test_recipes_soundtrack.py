"""Music, narration and footage together: what is how loud when."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS, SPEECH_HZ, TONES_HZ
from tests.integration.recipes.shown import Shown, near, recipe

CLIP_HZ, MUSIC_HZ, SONG_HZ = (TONES_HZ[name] for name in ("clip.mp4", "music.mp3", "song.mp3"))


@recipe("crossfade-music", seconds=6)
async def test_one_piece_of_music_turns_into_the_next(shown: Shown) -> None:
    """Half way, three quarters of each; so there is no hole. The song is a click on each half second."""
    sound = await shown.sound()

    levels = [sound.volume_of(MUSIC_HZ, at_s, at_s + 0.1) for at_s in (1, 2.95, 4.1)]
    assert levels == pytest.approx([1, 0.75, 0], abs=0.07)
    click = sound.volume_of(SONG_HZ, 4.75, 5.25)
    assert click > 0.1
    assert sound.volume_of(SONG_HZ, 2.75, 3.25) == pytest.approx(0.75 * click, rel=0.1)
    assert sound.volume_of(SONG_HZ, 1, 1.9) < 0.01


@recipe("music-ends", seconds=4)
async def test_the_music_fades_and_ends_with_the_picture(shown: Shown) -> None:
    """Though its file is twice as long."""
    sound = await shown.sound()

    assert sound.volume_of(MUSIC_HZ, 1, 2.4) == pytest.approx(1, abs=0.07)
    assert 0.01 < sound.volume_of(MUSIC_HZ, 3.1, 3.3) < 0.1
    assert sound.loudness(3.95, 4) < 0.01


@recipe("mute-part", seconds=4)
async def test_a_second_of_the_clip_is_silent(shown: Shown) -> None:
    """Its picture goes on."""
    frame = await shown.at(2)
    sound = await shown.sound()

    assert frame.frame_number() == 60
    assert sound.volume_of(CLIP_HZ, 0.5, 1.4) == pytest.approx(1, abs=0.05)
    assert sound.loudness(1.6, 2.4) < 0.001
    assert sound.volume_of(CLIP_HZ, 2.6, 3.9) == pytest.approx(1, abs=0.05)


@recipe("voice-over", seconds=5)
async def test_a_narrator_is_heard_over_footage_and_music(shown: Shown) -> None:
    """From second 1 on; both are low, and the music comes back when he has spoken."""
    sound = await shown.sound()

    assert sound.volume_of(SPEECH_HZ, 0, 0.9) < 0.01
    assert sound.volume_of(SPEECH_HZ, 1.1, 2.1) > 0.5
    assert sound.volume_of(SPEECH_HZ, 3.1, 4.1) > 0.5
    assert sound.volume_of(CLIP_HZ, 0.5, 4.5) == pytest.approx(0.15, abs=0.02)
    levels = [sound.volume_of(MUSIC_HZ, at_s, at_s + 0.3) for at_s in (0.2, 1.5, 3.5, 4.7)]
    assert levels == pytest.approx([0.5, 0.1, 0.1, 0.5], abs=0.03)


@recipe("volume-automation", seconds=4)
async def test_the_level_follows_its_keyframes(shown: Shown) -> None:
    """Full, down to a fifth, up to three fifths, in straight lines."""
    sound = await shown.sound()

    levels = [sound.volume_of(CLIP_HZ, at_s - 0.05, at_s + 0.05) for at_s in (0.5, 1.5, 2, 2.5, 3.5)]
    assert levels == pytest.approx([1, 0.6, 0.2, 0.4, 0.6], abs=0.05)


@recipe("volume-automation")
async def test_moved_clips_and_video_clips_have_no_volume_keyframes(shown: Shown) -> None:
    """Such keyframes are dropped when the clip gets a new start, and refused by the types for video."""
    moved = await shown.but("range: [0, 4],\n  animations", "range: [0, 4],\n  delay: 0,\n  animations")
    assert moved.summary.layers[0].clips[0].animated == ("volume",)
    dropped = await shown.but("value: 0.6 }] }],", "value: 0.6 }] }],\n  delay: 0,")
    assert dropped.summary.layers[0].clips[0].animated == ()

    refused = await shown.page.check(shown.program.replace("new core.AudioClip", "new core.VideoClip"))
    assert [found.message for found in refused.diagnostics if '"volume"' in found.message]


@recipe("replace-sound", seconds=4)
async def test_the_other_recording_is_heard_in_sync(shown: Shown) -> None:
    """Half a second of it is skipped: speech until 1.2 s in its file ends at 0.7 s."""
    sound = await shown.sound()

    assert sound.volume_of(SPEECH_HZ, 0.05, 0.6) > 0.5
    assert sound.loudness(0.8, 1.4) < 0.01
    assert sound.volume_of(SPEECH_HZ, 1.6, 2.6) > 0.5
    assert sound.volume_of(SPEECH_HZ, 3.6, 4) > 0.5
    assert sound.volume_of(CLIP_HZ, 0, 4) < 0.01


@recipe("still-with-sound")
async def test_the_picture_lasts_as_long_as_the_sound(shown: Shown) -> None:
    """To its last frame."""
    picture, sound = (layer.clips[0] for layer in shown.summary.layers)

    assert picture.end_seconds == pytest.approx(sound.end_seconds, abs=1 / 30)
    assert sound.end_seconds == pytest.approx(5, abs=0.1)
    frame = await shown.at(shown.summary.duration_seconds)
    assert frame.colour_at(60, 360) == near(COLOURS["one.png"])


@recipe("sound-effect", seconds=4)
async def test_the_effect_is_heard_at_each_moment(shown: Shown) -> None:
    """And not between."""
    sound = await shown.sound()

    heard = [sound.volume_of(SONG_HZ, at_s, at_s + 0.1) for at_s in (0.5, 1, 1.6, 2.2, 2.7, 3, 3.5)]
    assert [level > 0.5 for level in heard] == [False, True, False, True, False, True, False]
    assert max(heard[::2]) < 0.02


@recipe("slides-to-music")
async def test_the_slides_share_the_music(shown: Shown) -> None:
    """The same time for each of the three, up to its end."""
    slides, music = (layer.clips for layer in shown.summary.layers)

    third_s = music[0].end_seconds / 3
    assert [slide.end_seconds for slide in slides] == near((third_s, 2 * third_s, 3 * third_s), 1 / 30)
    frame = await shown.at(shown.summary.duration_seconds)
    assert frame.colour_at(60, 360) == near(COLOURS["three.png"])
