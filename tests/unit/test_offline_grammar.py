"""What prompts mean, and what the offline model admits that it does not understand."""

import pytest

from agent.models.offline.edit import (
    Canvas,
    Cut,
    Edit,
    Effect,
    Logo,
    Sound,
    Text,
    Transition,
    edit_in,
    header_of,
)
from agent.models.offline.grammar import understand
from agent.models.offline.reading import NothingUnderstoodError, NotUnderstoodError
from agent.models.offline.supported import SUPPORTED_EDITS
from tests.unit.offline_assets import CLIP, EVERYTHING, SECOND

FIRST = Edit(cuts=(Cut("keep", 0, 5),), texts=(Text("Hi", fade_in_s=0.6),))


def read(prompt: str, previous: Edit | None = None) -> Edit:
    return understand(prompt, EVERYTHING, previous)


@pytest.mark.parametrize(
    ("prompt", "cut"),
    [
        ("Trim to 5 seconds", Cut("keep", 0, 5)),
        ("trim to five seconds", Cut("keep", 0, 5)),
        ("shorten to 4s", Cut("keep", 0, 4)),
        ("make it 5 seconds long", Cut("keep", 0, 5)),
        ("make a 5-second clip", Cut("keep", 0, 5)),
        ("trim to 500 ms", Cut("keep", 0, 0.5)),
        ("first 3 seconds", Cut("keep", 0, 3)),
        ("use only the first 3 seconds", Cut("keep", 0, 3)),
        ("trim to the last 2 seconds", Cut("keep", 2, 0, from_end=True)),
        ("from 1 to 4 s", Cut("keep", 1, 4)),
        ("keep 0:02-0:06", Cut("keep", 2, 6)),
        ("keep between 1 and 4 seconds", Cut("keep", 1, 4)),
        ("trim from 0:01 to 0:04", Cut("keep", 1, 4)),
        ("cut the last 2 seconds", Cut("remove", 2, 0, from_end=True)),
        ("remove the first second", Cut("remove", 0, 1)),
        ("cut 2 seconds off the end", Cut("remove", 2, 0, from_end=True)),
        ("cut out 1 s to 2 s", Cut("remove", 1, 2)),
        ("delete the part between 1 and 2 seconds", Cut("remove", 1, 2)),
        ("please keep only seconds 1 to 3", Cut("keep", 1, 3)),
        ("trim 2 seconds from the start", Cut("remove", 0, 2)),
        ("trim the first second off", Cut("remove", 0, 1)),
        ("cut everything before 2 s", Cut("remove", 0, 2)),
        ("delete everything after 4 seconds", Cut("keep", 0, 4)),
        ("keep everything after 2 s", Cut("remove", 0, 2)),
        ("start at 2 seconds", Cut("remove", 0, 2)),
        ("trim the second clip to 2 seconds", Cut("keep", 0, 2, target="second.mp4")),
        ("trim clip.mp4 to 2 seconds", Cut("keep", 0, 2, target="clip.mp4")),
        ("keep the first 2 seconds of each clip", Cut("keep", 0, 2, target="*")),
    ],
)
def test_trims(prompt, cut):
    """Lengths, ranges and ends in the ways people write them."""
    assert read(prompt).cuts == (cut,)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("title 'Big Buck Bunny' in the centre, fading in", Text("Big Buck Bunny", fade_in_s=0.6)),
        ('put the title "Hello" at the top', Text("Hello", place="top")),
        ("add a title saying Big Buck Bunny in the center", Text("Big Buck Bunny")),
        ("title: Summer 2024", Text("Summer 2024")),
        ("put the text “Grüße” at the bottom for 3 seconds", Text("Grüße", place="bottom", length_s=3)),
        ("title 'It's here' top left", Text("It's here", place="top-left")),
        ("title 'A' from 1 s to 3 s", Text("A", start_s=1, end_s=3)),
        ("title 'A' at 2 s for 3 seconds in blue", Text("A", start_s=2, length_s=3, color="#0a84ff")),
        ("title 'A' in #00FF7f", Text("A", color="#00ff7f")),
        ("title 'A', large, yellow, bold", Text("A", scale=1.35, color="#ffd60a")),
        ("title 'A' at 80px, italic, in capitals", Text("A", size_px=80, italic=True, uppercase=True)),
        ("title 'A' fading in over 2 seconds and fading out", Text("A", fade_in_s=2, fade_out_s=0.6)),
        ("title 'A' for 2 seconds, then fade it out", Text("A", length_s=2, fade_out_s=0.6)),
        ("title 'A' with a black background", Text("A", plate="#000000")),
        ("title 'A' with a red outline", Text("A", outline="#ff3b30")),
        (
            'text "A" big red centered from second 2 to second 4',
            Text("A", color="#ff3b30", scale=1.35, start_s=2, end_s=4),
        ),
        ("add the caption 'A' at the bottom", Text("A", place="bottom")),
        ("title 'A' with a 2 second fade in at 1 s", Text("A", fade_in_s=2, start_s=1)),
        ("title 'A' at the end", Text("A", length_s=3, at_end=True)),
        (
            "lower third 'Jane Doe', 'Director' from 1 s to 4 s",
            Text(
                "Jane Doe\nDirector",
                "lower-third",
                "bottom-left",
                plate="#000000",
                fade_in_s=0.4,
                fade_out_s=0.4,
                start_s=1,
                end_s=4,
            ),
        ),
    ],
)
def test_texts(prompt, expected):
    """Words, place, colour, size, times and fades of a title."""
    assert read(prompt).texts == (expected,)


def test_two_titles_are_two():
    """A second quote with attributes of its own is another title."""
    edit = read("title 'One' at the start and 'Two' at the end")

    assert [(text.text, text.at_end) for text in edit.texts] == [("One", False), ("Two", True)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("join clip.mp4 and second.mp4", Edit(order=("clip.mp4", "second.mp4"))),
        ("join second.mp4, then clip.mp4 in order", Edit(order=("second.mp4", "clip.mp4"))),
        ("join the clips with a 2 second dissolve", Edit(transition=Transition("dissolve", 2))),
        ("crossfade between the clips", Edit(transition=Transition())),
        ("slide from the left between clips", Edit(transition=Transition("slide-from-left"))),
        ("dip to white between the clips", Edit(transition=Transition("fade-to-white"))),
        ("make it 9:16", Edit(canvas=Canvas((9, 16)))),
        ("make it vertical", Edit(canvas=Canvas((9, 16)))),
        ("square, letterboxed", Edit(canvas=Canvas((1, 1), fit="contain"))),
        ("for TikTok", Edit(canvas=Canvas((9, 16)))),
        ("1080x1350", Edit(canvas=Canvas(size=(1080, 1350)))),
        ("make it 4:5 without cropping", Edit(canvas=Canvas((4, 5), fit="contain"))),
        ("mute the clip", Edit(sound=Sound(muted=True))),
        ("no sound", Edit(sound=Sound(muted=True))),
        ("volume to 50%", Edit(sound=Sound(volume=0.5))),
        ("half the volume", Edit(sound=Sound(volume=0.5))),
        ("make it quieter", Edit(sound=Sound(volume=0.5))),
        ("fade out the sound over 2 seconds", Edit(sound=Sound(fade_out_s=2))),
        ("fade to black at the end", Edit(picture_fade_out_s=1)),
        (
            "fade in at the start and out at the end",
            Edit(picture_fade_in_s=1, picture_fade_out_s=1, sound=Sound(fade_in_s=1, fade_out_s=1)),
        ),
        ("logo in the bottom left corner, small", Edit(logo=Logo(place="bottom-left", width_percent=9))),
        ("logo.png top right at 60% opacity", Edit(logo=Logo("logo.png", opacity=60))),
        ("black and white", Edit(effects=(Effect("grayscale", 100),))),
        ("contrast 120% and saturation 50%", Edit(effects=(Effect("contrast", 120), Effect("saturate", 50)))),
        ("increase the brightness by 20%", Edit(effects=(Effect("brightness", 120),))),
        ("reduce contrast by 30%", Edit(effects=(Effect("contrast", 70),))),
        ("make it 20% darker", Edit(effects=(Effect("brightness", 80),))),
        ("blur the video by 5px", Edit(effects=(Effect("blur", 5),))),
        ("lower the volume by 20%", Edit(sound=Sound(volume=0.8))),
        ("fade in 2 seconds", Edit(picture_fade_in_s=2, sound=Sound(fade_in_s=2))),
        ("each 2 seconds, with crossfade transitions", Edit(slide_s=2, transition=Transition())),
        ("join with a half second crossfade", Edit(transition=Transition("dissolve", 0.5))),
        ("rotate the hue by 90 degrees", Edit(effects=(Effect("hue-rotate", 90),))),
        ("3 seconds per image", Edit(slide_s=3)),
        ("captions in the whisper style", Edit(captions="WHISPER")),
        (
            "use music.mp3 under the clips, volume 30%, fading out over 2 seconds",
            Edit(music=Sound(volume=0.3, fade_out_s=2), music_asset="music.mp3"),
        ),
        (
            "replace the audio with music.mp3",
            Edit(sound=Sound(muted=True), music=Sound(), music_asset="music.mp3"),
        ),
    ],
)
def test_everything_else(prompt, expected):
    """Joining, transitions, the frame, sound, logo, effects, slides, captions."""
    assert read(prompt) == expected


def test_several_edits_in_one_prompt():
    """Each clause adds to what the others asked for."""
    edit = read(
        "Please trim the video to the first five seconds, make it square, and add a big yellow title "
        '"Summer" in the middle. Then fade out over 0.5 seconds and mute it!'
    )

    assert edit.cuts == (Cut("keep", 0, 5),)
    assert edit.canvas == Canvas((1, 1))
    assert edit.texts == (Text("Summer", color="#ffd60a", scale=1.35),)
    assert edit.picture_fade_out_s == 0.5
    assert edit.sound.muted


@pytest.mark.parametrize(
    ("prompt", "changed"),
    [
        ("make the title red", {"color": "#ff3b30"}),
        ("make it bigger", {"scale": 1.3}),
        ("move the title to the top", {"place": "top"}),
        ("change the title to 'Bye'", {"text": "Bye"}),
        ("replace 'Hi' with 'Yo'", {"text": "Yo"}),
        ("remove the fade from the title", {"fade_in_s": 0.0}),
        ("put a black box behind the title", {"plate": "#000000"}),
    ],
)
def test_a_follow_up_changes_the_title(prompt, changed):
    """What the follow-up does not speak of stays."""
    edit = read(prompt, FIRST)

    assert edit.cuts == FIRST.cuts
    assert edit.texts == (Text(**{"text": "Hi", "fade_in_s": 0.6, **changed}),)


@pytest.mark.parametrize("prompt", ["remove the title", "get rid of the text", "no title"])
def test_a_follow_up_takes_the_title_away(prompt):
    """Only the title goes."""
    edit = read(prompt, FIRST)

    assert edit.texts == ()
    assert edit.cuts == FIRST.cuts


def test_a_follow_up_trim_starts_from_the_whole_footage():
    """After 5 seconds one may still ask for 7."""
    assert read("now trim to 7 seconds", FIRST).cuts == (Cut("keep", 0, 7),)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("play it backwards", "backwards"),
        ("trim to 5 seconds and make it 60 fps", "60 fps"),
        ("add a nice explosion", "explosion"),
        ("cut from 1 to 2 s", "two things"),
        ("trim 2 seconds", "two things"),
        ("shorten it by 2 seconds", "two things"),
        ("remove the middle 2 seconds", "two things"),
        ("increase the volume by 50%", "turn the other one down"),
        ("make the music louder", "turn the other one down"),
        ("contrast", "how much"),
        ("make the title red", "no title yet"),
        ("trim the fourth clip to 2 s", "no fourth clip"),
        ("hello", "hello"),
        ("make it", "nothing"),
        ("change the aspect ratio to 40000x40000", "40000x40000"),
        ("keep 0:04-0:02", "“0:04 - 0:02” holds nothing: expected an end after 4 s, found 2 s"),
        ("keep from 4 s to 2 s", "expected an end after 4 s, found 2 s"),
        ("cut out 0:02–0:02", "expected an end after 2 s, found 2 s"),
        ("title 'Hi' from 4 s to 2 s", "expected an end after 4 s, found 2 s"),
        ("shorten it from 5 seconds to 3 seconds", "two things"),
        ("fade in from 2 s to 1 s", "not understand “2 s 1 s”"),
        ("make the zzz, red title", "zzz"),
    ],
)
def test_what_is_not_understood_is_said(prompt, said):
    """The message quotes the words that no rule reads; nothing is done by halves."""
    with pytest.raises(NotUnderstoodError, match=said):
        read(prompt)


@pytest.mark.parametrize(
    ("prompt", "nothing"),
    [
        ("play it backwards", True),
        ("make it", True),
        ("play it backwards and trim to 5 seconds", False),
        ("trim to 5 seconds and play it backwards", False),
        ("keep 0:04-0:02", False),
    ],
)
def test_a_prompt_of_which_nothing_is_understood_is_told_apart(prompt, nothing):
    """One of which some is understood asks for something that there is, wherever in it that stands."""
    with pytest.raises(NotUnderstoodError) as caught:
        read(prompt)

    assert isinstance(caught.value, NothingUnderstoodError) == nothing


def test_a_length_may_fall():
    """Times that fall are no range where they are lengths."""
    assert read("slow the dissolve from 2 s to 1 s").transition == Transition("dissolve", 1)


def test_music_needs_a_file():
    """Without an audio file there is nothing to play."""
    with pytest.raises(NotUnderstoodError, match="no audio file"):
        understand("add background music", [CLIP, SECOND])


@pytest.mark.parametrize("example", [part for edit in SUPPORTED_EDITS for part in edit.example.split("; ")])
def test_every_documented_example_is_understood(example):
    """The list that users read holds."""
    example = example.replace("a.mp4", "clip.mp4").replace("b.mp4", "second.mp4")

    assert understand(example, EVERYTHING, FIRST)


def test_an_edit_travels_in_its_program():
    """The first line of a program gives the edit back."""
    edit = read("title 'Ünïcode </x>' in red, trim to 5 seconds, make it 9:16, sepia, logo top left")

    assert edit_in(header_of(edit) + "\ncomposition.resize(2, 2);") == edit


@pytest.mark.parametrize("program", ["", "const a = 1;", "// roughcut-edit: {oops", "// roughcut-edit: []"])
def test_a_foreign_program_carries_no_edit(program):
    """A program of another author is not taken for ours."""
    assert edit_in(program) is None
