"""The programs that the offline model writes, read as text; the page runs them in the integration tests."""

import pytest

from agent.models.offline.grammar import understand
from agent.models.offline.program import write_program
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.timeline import lay_out
from tests.unit.offline_assets import CLIP, EVERYTHING, LOGO, MUSIC, ONE, SECOND, SILENT, TWO, WORDS


def program(prompt: str, *assets) -> str:
    given = assets or (CLIP,)
    return write_program(understand(prompt, given), given)


def pieces(prompt: str, *assets) -> list[tuple[str, float, float]]:
    timeline = lay_out(understand(prompt, assets), assets)
    return [(piece.asset.name, piece.start_s, piece.end_s) for piece in timeline.pieces]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("trim to 5 seconds", [("clip.mp4", 0, 5)]),
        ("keep from 2 to 6 s", [("clip.mp4", 2, 6)]),
        ("trim to the last 2 seconds", [("clip.mp4", 6, 8)]),
        ("cut the last 3 seconds", [("clip.mp4", 0, 5)]),
        ("cut out 2 s to 3 s", [("clip.mp4", 0, 2), ("clip.mp4", 3, 8)]),
        ("cut out 2 s to 3 s. cut the first 1 second", [("clip.mp4", 1, 2), ("clip.mp4", 3, 8)]),
    ],
)
def test_cuts_of_one_clip(prompt, expected):
    """Each cut applies to what the ones before have left."""
    assert pieces(prompt, CLIP) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("join the clips", [("clip.mp4", 0, 8), ("second.mp4", 0, 4)]),
        ("join second.mp4 and clip.mp4", [("second.mp4", 0, 4), ("clip.mp4", 0, 8)]),
        ("join the clips in reverse order", [("second.mp4", 0, 4), ("clip.mp4", 0, 8)]),
        ("trim to 9 seconds", [("clip.mp4", 0, 8), ("second.mp4", 0, 1)]),
        ("keep the first 2 seconds of each clip", [("clip.mp4", 0, 2), ("second.mp4", 0, 2)]),
        ("trim the second clip to 1 s", [("clip.mp4", 0, 8), ("second.mp4", 0, 1)]),
    ],
)
def test_cuts_of_joined_clips(prompt, expected):
    """A cut without a target counts in the joined footage."""
    assert pieces(prompt, CLIP, SECOND) == expected


def test_a_transition_leaves_footage_on_both_sides_of_the_cut():
    """Half of it is taken off where the file has nothing beyond, so that no frame is missing."""
    assert pieces("join with a 1 second dissolve", CLIP, SECOND) == [
        ("clip.mp4", 0, 7.5),
        ("second.mp4", 0.5, 4),
    ]


def test_a_piece_taken_out_leaves_a_cut_for_a_transition():
    """What was taken out is the footage that the transition runs over."""
    expected = [("clip.mp4", 0, 2), ("clip.mp4", 4, 8)]

    assert pieces("cut out 2 s to 4 s and dissolve between the clips", CLIP) == expected


def test_a_length_that_was_asked_for_holds_with_a_transition():
    """The whole is cut after transitions took their share."""
    assert (
        sum(end - start for _, start, end in pieces("join with a dissolve, trim to 6 seconds", CLIP, SECOND))
        == 6
    )


def test_a_slideshow_shares_the_time_out():
    """A length for images alone is divided among them."""
    assert pieces("slideshow, make it 8 seconds long", ONE, TWO) == [("one.jpg", 0, 4), ("two.jpg", 0, 4)]


@pytest.mark.parametrize(
    ("prompt", "assets", "said"),
    [
        ("trim to 20 seconds", (CLIP,), "8 s long"),
        ("keep from 9 to 10 s", (CLIP,), "8 s long"),
        ("cut out 0:00-0:08", (CLIP,), "nothing would be left"),
        ("join with a dissolve", (CLIP,), "two clips"),
        ("title 'A' from 9 s to 10 s", (CLIP,), "until 10 s"),
        ("put the logo top right", (CLIP, ONE, TWO), "which image"),
        ("mute it", (MUSIC,), "no video and no image"),
    ],
)
def test_what_the_footage_cannot_give_is_said(prompt, assets, said):
    """The message has the figures."""
    with pytest.raises(NotUnderstoodError, match=said):
        program(prompt, *assets)


@pytest.mark.parametrize(
    ("prompt", "size", "side"),
    [
        ("mute it", "640, 360", "width"),
        ("make it 9:16", "360, 640", "height"),
        ("make it 9:16, letterboxed", "360, 640", "width"),
        ("make it square", "360, 360", "height"),
        ("1080x1920", "1080, 1920", "height"),
        ("make it 4:5", "360, 450", "height"),
    ],
)
def test_the_frame_takes_its_size_from_the_footage(prompt, size, side):
    """Cover sets the side that fills the frame, contain the other."""
    text = program(prompt)

    assert f"composition.resize({size});" in text
    assert f"{side}: '100%'" in text


def test_words_cannot_end_their_string():
    """Quotes, backslashes, line ends, closing tags and template marks stay inside the literal."""
    text = program('title "it\'s </code> \\ `${x}` "')

    assert r"text: 'it\'s <\/code> \\ `${x}` '" in text


def test_sound_fades_keep_the_level():
    """Core's fades animate `volume` to 1, so the level goes into `baseVolume`."""
    text = program("volume to 40% and fade out the sound over 2 seconds")

    assert "clip1.baseVolume = 0.4;" in text
    assert "clip1.fadeOutDurationSeconds = 2;" in text
    assert "volume: " not in text.partition("\n")[2]


def test_music_repeats_until_the_end_and_fades_there():
    """Three seconds of music under eight of footage."""
    text = program("add background music", CLIP, MUSIC)

    assert [line for line in text.splitlines() if "AudioClip" in line] == [
        "const music1 = new core.AudioClip(asset('music.mp3'), { range: [0, 3] });",
        "const music2 = new core.AudioClip(asset('music.mp3'), { range: [0, 3] });",
        "const music3 = new core.AudioClip(asset('music.mp3'), { range: [0, 2] });",
    ]
    assert "music3.fadeOutDurationSeconds = 1;" in text
    assert "music1.baseVolume = 0.3;" in text


def test_music_is_at_full_level_where_nothing_else_is_heard():
    """Silent footage needs no ducking."""
    assert "baseVolume" not in program("add background music", SILENT, MUSIC)


def test_what_was_given_and_not_used_is_told():
    """Nothing is dropped in silence."""
    timeline = lay_out(understand("mute it", EVERYTHING), EVERYTHING)

    assert timeline.notes == ("logo.png was not used.", "words.json was not used.")


def test_a_long_word_is_made_to_fit():
    """The size follows from the longest word."""
    text = program("title 'Donaudampfschifffahrtsgesellschaftskapitän' at 200px")

    size = float(text.partition("size: ")[2].partition(" ")[0])
    assert 3 * size * 0.66 * 42 <= 640 * 0.84 + 1


def test_texts_of_one_place_and_time_stand_below_each_other():
    """Two titles in the centre do not cover each other."""
    text = program("title 'One'. title 'Two'")

    heights = [line for line in text.splitlines() if line.strip().startswith("position: { x")]
    assert len(set(heights)) == 2


@pytest.mark.parametrize("prompt", ["title 'A' top left", "logo.png top left"])
def test_nothing_stands_under_cores_mark(prompt):
    """The mark takes the top left down to 97 px."""
    text = program(prompt, CLIP, LOGO)

    y = int(text.partition("position: { x: ")[2].partition("y: ")[2].partition(" ")[0])
    assert y > 97


def test_captions_are_cut_to_the_video():
    """A transcript may be longer than what is left of the footage."""
    assert "if (captions.end > 2) captions.trim(0, 2);" in program("trim to 2 s, add captions", CLIP, WORDS)


def test_the_same_edit_gives_the_same_program():
    """A program is a pure function of edit and assets."""
    prompt = "trim to 5 seconds, title 'Hi', logo top right, sepia, music at 20%, make it 1:1, fade out"

    assert program(prompt, *EVERYTHING) == program(prompt, *EVERYTHING)
