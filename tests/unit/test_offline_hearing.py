"""Edits that depend on what is heard: how they are asked for, what tools are asked, what is written then."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from agent.domain import AssetKind
from agent.models.offline.edit import BeatCut, Edit, Sound, Speech, edit_in
from agent.models.offline.grammar import understand
from agent.models.offline.hearing import Failed, NotHeardError, ToolCall
from agent.models.offline.model import next_reply
from agent.models.offline.program import write_program
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.task import AssetFacts, EditTask, read_task
from tests.unit.offline_assets import CLIP, EVERYTHING, SECOND, SILENT

TIGHT = Edit(speech=Speech(0.5, fillers_removed=True), captions="WHISPER", speed=2.0)
SONG = AssetFacts("song.mp3", AssetKind.AUDIO, 8.0, has_audio=True)
BEATS = [round(0.2 + 0.5 * number, 3) for number in range(16)]
LINES = "const captions = new core.CaptionClip(asset('x'));\ncaptions.position = { x: '50%', y: '82%' };"
ANSWERS = {
    "cut_list": [[0, 2.2], [3.71, 5], [6, 8]],
    "beats": BEATS,
    "captions": LINES,
    "ffmpeg": {"asset": "clip.speed-2.mp4", "duration_s": 4.0},
}


def heard_program(edit: Edit, *assets: AssetFacts, answers: Mapping[str, object] = ANSWERS) -> str:
    """The program once every call it needs has been answered."""
    return asked(edit, *assets, answers=answers)[0]


def asked(
    edit: Edit, *assets: AssetFacts, answers: Mapping[str, object] = ANSWERS
) -> tuple[str, list[ToolCall]]:
    heard: dict[ToolCall, object] = {}
    while True:
        try:
            return write_program(edit, assets, heard), list(heard)
        except NotHeardError as exc:
            heard |= {call: answers[call.tool] for call in exc.calls}


def ranges(program: str) -> list[list[float]]:
    return [json.loads(found) for found in re.findall(r"VideoClip.*?range: (\[.*?\])", program, re.DOTALL)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("remove the silences", Speech(0.5)),
        ("cut out all the long pauses", Speech(0.5)),
        ("take the pauses out", Speech(0.5)),
        ("remove the silence", Speech(0.5)),
        ("remove pauses longer than 1 second", Speech(1.0)),
        ("get rid of the ums and uhs", Speech(fillers_removed=True)),
        ("remove the filler words and the pauses", Speech(0.5, fillers_removed=True)),
    ],
)
def test_what_is_taken_out_of_speech(prompt: str, expected: Speech):
    """Pauses and fillers in the ways people write them."""
    assert understand(prompt, EVERYTHING) == Edit(speech=expected)


@pytest.mark.parametrize(
    ("prompt", "preset"),
    [
        ("caption it", "WHISPER"),
        ("subtitle the video", "WHISPER"),
        ("add captions in the classic style", "CLASSIC"),
        ("caption this in the paper style", "PAPER"),
    ],
)
def test_captions_are_of_speech_where_there_is_no_transcript(prompt: str, preset: str):
    """Without a wish they are whole phrases."""
    assert understand(prompt, [CLIP]) == Edit(captions=preset)


@pytest.mark.parametrize(
    ("prompt", "speed"),
    [
        ("speed it up", 2.0),
        ("speed up the video 3x", 3.0),
        ("speed it up by 50%", 1.5),
        ("speed up to 150%", 1.5),
        ("slow it down", 0.5),
        ("slow down to half speed", 0.5),
        ("slow the video down to 80%", 0.8),
        ("slow down by 20%", 0.8),
        ("slow down 4x", 0.25),
        ("play it twice as fast", 2.0),
        ("make it 20% slower", 0.8),
        ("half as fast", 0.5),
        ("at 1.5x speed", 1.5),
        ("in slow motion", 0.5),
    ],
)
def test_speed(prompt: str, speed: float):
    """By a factor, by percent, by words."""
    assert understand(prompt, EVERYTHING) == Edit(speed=speed)


@pytest.mark.parametrize(
    ("prompt", "line"),
    [
        ("loudness to -16 LUFS", "// loudness: -16 LUFS"),
        ("normalize the audio to -23 lufs", "// loudness: -23 LUFS"),
        ("podcast loudness", "// loudness: -16 LUFS"),
        ("make it louder", "// loudness: +3.5 LU"),
        ("double the volume", "// loudness: +6 LU"),
        ("volume to 150%. Volume to 150%", "// loudness: +3.5 LU"),
        ("loudness to -16 LUFS, make it twice as loud", "// loudness: -10 LUFS"),
    ],
)
def test_loudness_is_left_to_the_delivery(prompt: str, line: str):
    """The program states it in its second line."""
    assert heard_program(understand(prompt, [CLIP]), CLIP).splitlines()[1] == line


def test_what_was_made_louder_can_be_made_softer():
    """Half of one and a half is less than it was recorded with, which core can do."""
    louder = understand("make it louder", [CLIP])

    softer = heard_program(understand("make it quieter", [CLIP], louder), CLIP)

    assert "// loudness" not in softer
    assert "clip1.baseVolume = 0.748;" in softer


@pytest.mark.parametrize(
    ("prompt", "beats"),
    [
        ("cut on the beat to this music (music.mp3)", None),
        ("cut clip.mp4 and second.mp4 on every beat of music.mp3", 1),
        ("cut on every other beat of music.mp3", 2),
        ("sync the cuts to the beat of music.mp3, every 4th beat", 4),
    ],
)
def test_cuts_on_the_beat(prompt: str, beats: int | None):
    """The music is heard, the footage is not."""
    edit = understand(prompt, EVERYTHING)

    assert (edit.beat_cut, edit.music_asset) == (BeatCut(beats), "music.mp3")
    assert (edit.music, edit.sound) == (Sound(), Sound(muted=True))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("put the pauses back", {"speech": Speech(fillers_removed=True)}),
        ("leave the ums in", {"speech": Speech(0.5)}),
        ("back to normal speed", {"speed": 1.0}),
        ("change the caption style to solar", {"captions": "SOLAR"}),
        ("no captions", {"captions": None}),
        ("slow it down to 80%", {"speed": 0.8}),
    ],
)
def test_a_follow_up_takes_back_what_it_names(prompt: str, expected: dict[str, object]):
    """The rest stays."""
    changed = understand(prompt, [CLIP], TIGHT)

    assert {name: getattr(changed, name) for name in expected} == expected
    rest = {"speech", "captions", "speed"} - set(expected)
    assert all(getattr(changed, name) == getattr(TIGHT, name) for name in rest)


@pytest.mark.parametrize(
    ("prompt", "assets", "said"),
    [
        ("captions in the neon style", [CLIP], "no caption style “neon”; there is classic, cascade"),
        ("change the caption style to guinea", [CLIP], "no caption style “guinea”"),
        ("caption it", [SILENT], "no video or audio here has sound"),
        ("remove the pauses", [SILENT], "no video here has sound"),
        ("remove pauses over 0.1 s", [CLIP], "part of speech"),
        ("cut on the beat", [CLIP], "no audio file"),
        ("make it faster", [CLIP], "say how much"),
        ("20x speed", [CLIP], "from 0.2 to 10"),
        ("loudness to 16 LUFS", [CLIP], "from -60 to -5"),
        ("slow down the last 2 seconds", [CLIP], "all of the footage"),
        ("speed up the second clip", [CLIP, SECOND], "all of the footage"),
        ("speed up the music 2x", EVERYTHING, "speed of music"),
    ],
)
def test_what_cannot_be_done_by_ear_is_said(prompt: str, assets: list[AssetFacts], said: str):
    """With what there is instead."""
    with pytest.raises(NotUnderstoodError, match=said):
        understand(prompt, assets)


def test_pauses_are_cut_by_what_was_heard():
    """Ranges begin and end on frames, and each fades for 30 ms, so that nothing clicks."""
    program, calls = asked(Edit(speech=Speech(0.8)), CLIP)

    assert ranges(program) == [[0, 2.2], [3.7, 5], [6, 8]]
    assert program.count("fadeInDurationSeconds = 0.03") == 3
    assert [json.loads(call.arguments) for call in calls] == [
        {"asset": "clip.mp4", "pauses": True, "fillers": False, "longest_pause": 0.8}
    ]


def test_a_cut_counts_in_the_footage_and_a_length_in_what_comes_out():
    """The first second goes before pauses do; four seconds are of the result."""
    edit = understand("remove the pauses, make it 4 seconds long, cut the first second", [CLIP])

    assert ranges(heard_program(edit, CLIP)) == [[1, 2.2], [3.7, 5], [6, 7.5]]


def test_captions_follow_the_cut():
    """The tool is asked for what is kept of each clip, and the second clip's captions begin with it."""
    edit = understand("remove the pauses and caption it", [CLIP, SECOND])

    program, calls = asked(edit, CLIP, SECOND, answers=ANSWERS | {"cut_list": [[0, 1], [2, 4]]})

    captions = [json.loads(call.arguments) for call in calls if call.tool == "captions"]
    assert [given["keep"] for given in captions] == [[[0, 1], [2, 4]]] * 2
    assert program.count("new core.CaptionClip") == 2
    assert program.count("captions.delay = 3;") == 1


def test_captions_make_room_for_a_lower_third():
    """They stand above it."""
    edit = understand("caption it. Lower third 'Jane Doe'", [CLIP])

    assert "y: '60%'" in heard_program(edit, CLIP)


@pytest.mark.parametrize(
    ("prompt", "assets", "captioned"),
    [
        ("caption it", (SILENT, SONG), "song.mp3"),
        ("replace the sound with song.mp3 and caption it", (CLIP, SONG), "song.mp3"),
        ("add song.mp3 as music and caption it", (CLIP, SONG), "clip.mp4"),
        ("mute it and caption it", (CLIP,), "clip.mp4"),
    ],
)
def test_a_voice_over_is_captioned(prompt: str, assets: tuple[AssetFacts, ...], captioned: str):
    """Where the footage is silent, what is played over it speaks; where nothing does, the footage did."""
    _, calls = asked(understand(prompt, assets), *assets)

    assert [json.loads(call.arguments)["asset"] for call in calls] == [captioned]


def test_a_clip_without_words_has_no_captions_and_the_others_have():
    """Only where nothing at all is said the edit is refused."""
    edit = Edit(captions="WHISPER")
    with pytest.raises(NotHeardError) as missing:
        write_program(edit, [CLIP, SECOND])
    first, second = missing.value.calls

    program = write_program(edit, [CLIP, SECOND], {first: Failed("nothing is said"), second: LINES})

    assert program.count("new core.CaptionClip") == 1
    assert "captions.delay = 8;" in program
    with pytest.raises(NotUnderstoodError, match="nothing is said"):
        write_program(edit, [CLIP, SECOND], dict.fromkeys((first, second), Failed("nothing is said")))


def test_another_speed_is_made_by_ffmpeg():
    """Cuts count in the footage as it was given; tempo is changed in steps of two at most."""
    edit = understand("keep 0:02-0:06 and speed it up 2x", [CLIP])
    program, calls = asked(edit, CLIP)

    assert "asset('clip.speed-2.mp4')" in program
    assert ranges(program) == [[1, 3]]
    arguments = json.loads(calls[0].arguments)
    assert arguments["arguments"][:2] == ["-vf", "setpts=PTS/2"]
    assert "atempo=2" in arguments["arguments"]
    faster = json.loads(asked(Edit(speed=8.0), CLIP)[1][0].arguments)
    assert "atempo=2,atempo=2,atempo=2" in faster["arguments"]


def test_shots_change_on_beats_and_take_turns():
    """Two beats of half a second make a shot; each clip goes on where it was, with what is over left out."""
    edit = understand("cut on the beat to song.mp3", [CLIP, SECOND, SONG])
    program = heard_program(edit, CLIP, SECOND, SONG)

    lengths = [end - start for start, end in ranges(program)]
    times = [sum(lengths[: count + 1]) for count in range(len(lengths))]
    assert all(min(abs(time - beat) for beat in BEATS) < 0.02 for time in times)
    assert re.findall(r"VideoClip\(asset\('(\w+)", program)[:4] == ["clip", "second", "clip", "second"]
    assert "muted: true" in program and "AudioClip" in program


@pytest.mark.parametrize(("beats", "said"), [([], "no steady beat"), (Failed("it has no sound"), "no sound")])
def test_music_without_a_beat_is_not_cut_on(beats: object, said: str):
    """The reason is told."""
    edit = Edit(beat_cut=BeatCut(), music=Sound())

    with pytest.raises(NotUnderstoodError, match=said):
        heard_program(edit, CLIP, SONG, answers={"beats": beats})


def test_the_conversation_listens_then_writes():
    """The first reply asks a tool and prints JSON; the second writes the program, which carries the edit."""
    task = EditTask("remove the pauses", (CLIP,))

    first = next_reply(task, [])
    second = next_reply(task, ["Execution logs:\nHEARD [[0, 2.2], [6, 8]]\nLast output from code snippet:"])

    assert "cut_list(asset='clip.mp4', pauses=True, fillers=False, longest_pause=0.5)" in first
    written = second.partition('r"""')[2].partition('"""')[0]
    assert edit_in(written) == Edit(speech=Speech(0.5))
    assert ranges(written) == [[0, 2.2], [6, 8]]


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        ('FAILED "FAILED: transcription is not installed here."', "Transcription is not installed here."),
        ("Code execution failed: out of time", "out of time"),
        ('HEARD "const captions = \n..._truncated_...\n";', "too much in the footage"),
    ],
)
def test_a_look_that_fails_is_a_refusal(observation: str, said: str):
    """In the tool's own words."""
    reply = next_reply(EditTask("caption it", (CLIP,)), [observation])

    assert re.search(r"""final_answer\(['"]CANNOT""", reply)
    assert said.lower() in reply.lower()


def test_what_tools_made_is_no_footage():
    """A follow-up sees the assets that a person gave, not those that were made of them."""
    names = ["a.mp4", "a.speed-2.mp4", "a.captions.json", "a-2.captions.json", "b.captions.json"]
    kinds = ["video", "video", "captions", "captions", "captions"]
    facts = "\n".join(
        json.dumps({"name": name, "kind": kind}) for name, kind in zip(names, kinds, strict=True)
    )

    task = read_task(f"<request>\ncaption it\n</request>\n<assets>\n{facts}\n</assets>")

    assert [asset.name for asset in task.assets] == ["a.mp4", "b.captions.json"]
