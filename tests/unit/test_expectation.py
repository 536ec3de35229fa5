"""What is read out of a request: clear figures and quoted words, nothing else."""

from pathlib import Path

import pytest

from agent.critic.expectation import expectation
from agent.domain import Asset, AssetKind, MediaInfo


def asset(name: str, duration_s: float = 60) -> Asset:
    path = Path(name)
    info = MediaInfo("mov,mp4", duration_s, 1280, 720, video_codec="h264")
    return Asset(name, AssetKind.VIDEO, path, path, "0" * 64, "0" * 64, 1, info)


@pytest.mark.parametrize(
    ("prompt", "seconds"),
    [
        ("Trim to 5 seconds and put the title 'Big Buck Bunny' in the centre, fading in", 5),
        ("cut it down to 1 minute 30 seconds", 90),
        ("shorten the video to 12.5s", 12.5),
        ("keep only the first 3 seconds", 3),
        ("make it 10s long", 10),
        ("Create a 15 second vertical 9:16 video", 15),
        ("turn this into a 30-second ad", 30),
        ("a montage, 20 seconds in total", 20),
    ],
)
def test_a_stated_length_is_found(prompt: str, seconds: float):
    """The ways people say how long the result is to be."""
    assert expectation(prompt).duration_s == seconds


@pytest.mark.parametrize(
    "prompt",
    [
        "trim each clip to 3 seconds",
        "trim the first clip to 3 seconds",
        "make it 2 seconds shorter",
        "show the title for 5 seconds",
        "add a 5 second clip of the sea",
        "trim to 5 seconds, then add a 2 second end card",
        "fade in over 1 second",
        "trim to 5 seconds or trim to 6 seconds",
        "write 'trim to 5 seconds' at the bottom",
    ],
)
def test_other_lengths_are_left_alone(prompt: str):
    """A length of a part, a change, or a choice is no length of the whole."""
    assert expectation(prompt).duration_s is None


def test_more_than_the_footage_holds_is_not_expected():
    """Five seconds cannot be made by trimming four: that is the user's mistake, not the program's."""
    assert expectation("trim to 5 seconds", [asset("a.mp4", 4)]).duration_s is None


@pytest.mark.parametrize(
    ("prompt", "ratio"),
    [
        ("make it 9:16", 9 / 16),
        ("convert from 16:9 to 1:1", 1),
        ("a square video please", 1),
        ("make it vertical", None),
        ("start the music at 4:5", None),
        ("9:16 and 16:9 versions", None),
        ("cut from 0:04 to 0:16", None),
    ],
)
def test_aspect_ratios(prompt: str, ratio: float | None):
    """One named ratio is expected, times and choices are not."""
    assert expectation(prompt).aspect_ratio == ratio


@pytest.mark.parametrize(
    ("prompt", "size"),
    [
        ("export at 1920x1080", (1920, 1080)),
        ("1080 x 1920, please", (1080, 1920)),
        ("the logo at 300x300 in the corner", (None, None)),
        ("1920x1080 or 1280x720", (None, None)),
        ("in 1080p", (None, None)),
    ],
)
def test_sizes(prompt: str, size: tuple[int | None, int | None]):
    """A size of the whole is expected, that of a part is not."""
    found = expectation(prompt)

    assert (found.width, found.height) == size


def test_figures_in_file_names_are_no_requests():
    """`clip_1920x1080_9:16 5s.mp4` asks for nothing."""
    name = "clip_1920x1080 make it 5s.mp4"

    found = expectation(f"use {name} as it is", [asset(name)])

    assert (found.duration_s, found.width, found.aspect_ratio, found.shown) == (None, None, None, (name,))


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("put the title 'Big Buck Bunny' in the centre", ("Big Buck Bunny",)),
        ('with the caption "Let\'s go"', ("Let's go",)),
        ("the title 'Tom's day' at the top", ("Tom's day",)),
        ("'Hello' as a title", ("Hello",)),
        ("title “日本語” and lower third «Имя»", ("日本語", "Имя")),
        ("replace the title 'A' with 'B'", ("B",)),
        ("remove the title 'Old'", ()),
        ("use the font 'Roboto' for the title 'Hi'", ("Hi",)),
        ("title 'Hi' in 'red'", ("Hi",)),
        ("the clip 'holiday.mp4' shows us", ()),
        ("don't change anything, it's fine", ()),
    ],
)
def test_texts_to_be_shown(prompt: str, texts: tuple[str, ...]):
    """Quoted words by a word for text; not fonts, colours, files, or what is to go."""
    assert expectation(prompt).texts == texts
