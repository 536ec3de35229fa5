"""The plans that the offline model makes: right for each edit that it says it understands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest
from smolagents import ChatMessage, MessageRole

from agent.critic.expectation import expectation
from agent.domain import Asset, Expectation, MediaInfo
from agent.media.caption_styles import CaptionPreset
from agent.models.offline.edit import (
    BeatCut,
    Canvas,
    Cut,
    Edit,
    Effect,
    Level,
    Logo,
    Sound,
    Speech,
    Text,
    Transition,
    header_of,
)
from agent.models.offline.model import OfflineModel, plan_reply
from agent.models.offline.plan import plan_of
from agent.models.offline.supported import SUPPORTED_EDITS
from agent.models.offline.task import AssetFacts, EditTask
from agent.models.plan_reply import MOST_STEPS, PLAN_FORMAT, PlanReply
from agent.plan_check import faults_of
from agent.prompts import plan_task
from agent.tools.built_in import composing_tools, footage_tools
from tests.unit.offline_assets import CLIP, EVERYTHING, LOGO, MUSIC, ONE, SECOND, SILENT, TWO, WORDS
from tests.unit.paper_page import NoDocs

PRESET: CaptionPreset = "PAPER"
TITLE = Text("Hi")


def plan(prompt: str, *assets: AssetFacts, before: Edit | None = None) -> PlanReply:
    """The reply to a request for a plan, read back."""
    composition = header_of(before) + "\n" if before else None
    return PlanReply.model_validate_json(plan_reply(EditTask(prompt, assets or (CLIP,), composition)))


def steps(prompt: str, *assets: AssetFacts, before: Edit | None = None) -> list[tuple[str, str]]:
    """Tool and task of each step, without the first, which puts the footage on the timeline, and the last."""
    found = [(step.tool, step.task) for step in plan(prompt, *assets, before=before).steps]
    assert found[-1][0] == "visual_feedback"
    return [(tool, task) for tool, task in found[:-1] if not task.startswith("Put ")]


@pytest.mark.parametrize(
    ("prompt", "assets", "expected"),
    [
        ("keep 0:02-0:06", (CLIP,), ["video_editor: Keep 2 s to 6 s of clip.mp4."]),
        ("cut the last 2 seconds", (CLIP,), ["video_editor: Take out the last 2 s of clip.mp4."]),
        (
            "cut the last 2 seconds of each clip",
            (CLIP, SECOND),
            ["video_editor: Take out the last 2 s of each"],
        ),
        (
            "trim to 9 s, trim second.mp4 to 2 s",
            (CLIP, SECOND),
            [
                "video_editor: Keep the first 9 s of the whole.",
                "video_editor: Keep the first 2 s of second.mp4.",
            ],
        ),
        (
            "title 'Hi' top left, yellow, large, from 1 s to 3 s, fading in",
            (CLIP,),
            [
                "video_editor: Show the title “Hi”, at the top left, in yellow, 1.35 times the usual size, "
                "from 1 s to 3 s, fading in over 0.6 s."
            ],
        ),
        (
            "lower third 'Jane Doe' 'Director'",
            (CLIP,),
            ["video_editor: Show the lower third “Jane Doe / Dir"],
        ),
        (
            "fade in over 2 seconds, fade out the sound",
            (CLIP,),
            [
                "video_editor: Fade the picture in from black over 2 s.",
                "video_editor: Fade the footage's sound in over 2 s.",
                "video_editor: Fade the footage's sound out over 1 s.",
            ],
        ),
        (
            "slide from the right",
            (CLIP, SECOND),
            ["video_editor: Join the clips by a slide from the right of 1 s"],
        ),
        (
            "dip to black between clips",
            (CLIP, SECOND),
            ["video_editor: Join the clips by a fade through black"],
        ),
        (
            "make it 9:16, letterboxed",
            (CLIP,),
            ["video_editor: Show the footage in a frame of 9:16, whole, with"],
        ),
        ("1080x1920", (CLIP,), ["video_editor: Show the footage in a frame of 1080x1920 px, cropped"]),
        ("mute the clip", (CLIP,), ["video_editor: Mute the footage's sound."]),
        ("volume to 50%", (CLIP,), ["video_editor: Bring the footage's sound to 50% of its volume."]),
        ("loudness to -16 LUFS", (CLIP,), ["video_editor: Have the finished file delivered at -16 LUFS."]),
        (
            "make it louder",
            (CLIP,),
            ["video_editor: Have the finished file delivered 3.5 LU louder than usual."],
        ),
        (
            "add music.mp3 as background music at 20% volume, fading out",
            (CLIP, MUSIC),
            [
                "video_editor: Play music.mp3 under the video.",
                "video_editor: Bring the music to 20% of its volume.",
                "video_editor: Fade the music out over 1 s.",
            ],
        ),
        (
            "logo.png in the top right corner at 60% opacity",
            (CLIP, LOGO),
            ["video_editor: Show logo.png at the top right, 14% of the frame wide, at 60% opacity."],
        ),
        (
            "vintage",
            (CLIP,),
            ["video_editor: Give the footage the look of sepia 35%, contrast 110%, saturate 80%"],
        ),
        (
            "slideshow, 4 seconds per image, with a dissolve",
            (ONE, TWO),
            ["video_editor: Show each image for 4 s.", "video_editor: Join the clips by a dissolve of 1 s."],
        ),
        (
            "remove the pauses and the filler words",
            (CLIP, SILENT),
            [
                "cut_list: Find the pauses over 0.5 s and filler words in clip.mp4.",
                "video_editor: Take the pauses over 0.5 s and filler words out.",
            ],
        ),
        (
            "caption it",
            (CLIP,),
            [
                "captions: Make captions of what is said in clip.mp4.",
                "video_editor: Show the captions in the whisper style.",
            ],
        ),
        (
            "caption it",
            (CLIP, WORDS),
            ["video_editor: Show the captions of words.json in the whisper style."],
        ),
        (
            "mute the clip, caption it",
            (CLIP, MUSIC),
            [
                "captions: Make captions of what is said in music.mp3.",
                "video_editor: Show the captions",
                "video_editor: Mute",
                "video_editor: Play music.mp3",
            ],
        ),
        (
            "cut on every 4th beat of music.mp3",
            (CLIP, MUSIC),
            [
                "beats: Find the beats of music.mp3.",
                "video_editor: Change the shot on one beat in 4.",
                "video_editor: Mute the footage's sound.",
                "video_editor: Play music.mp3 under the video.",
            ],
        ),
        (
            "20% faster",
            (CLIP, SECOND),
            [
                "ffmpeg: Make clip.mp4 and second.mp4 run at 1.2x speed.",
                "video_editor: Show the footage at 1.2x speed, from what was made.",
            ],
        ),
    ],
)
def test_each_thing_that_was_asked_for_is_a_step(
    prompt: str, assets: tuple[AssetFacts, ...], expected: list[str]
):
    """With the tool that does it, and what has to be found out before it is composed."""
    found = [f"{tool}: {task}" for tool, task in steps(prompt, *assets)]

    assert len(found) == len(expected)
    assert [step[: len(start)] for step, start in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("make the title red", "Change the title “Hi”: in red."),
        ("change the title to 'Ho'", "Change the title “Hi”: it reads “Ho”."),
        ("remove the title", "Take away the title “Hi”."),
        ("put the pauses back", "Leave pauses and filler words in again."),
        ("back to normal speed", "Show the footage at its own speed again."),
        ("no transition", "Cut straight from clip to clip."),
        ("remove the captions", "Take the captions away."),
        ("remove the logo", "Take the logo away."),
        ("no music", "Take the music away."),
        ("in colour again", "Take the look of sepia off the footage."),
        ("make it 5 seconds long", "Leave the video as it is: it is what was asked for already."),
    ],
)
def test_a_follow_up_plans_what_changes(prompt: str, expected: str):
    """What stays as it is has no step."""
    before = Edit(
        cuts=(Cut("keep", 0, 5),),
        texts=(TITLE,),
        transition=Transition(),
        logo=Logo("logo.png"),
        effects=(Effect("sepia", 100),),
        captions=PRESET,
        speech=Speech(0.5),
        speed=2.0,
    )

    assert [task for _, task in steps(prompt, *EVERYTHING, before=before)] == [expected]


CHANGES = {
    "order": ("second.mp4", "clip.mp4"),
    "reversed": True,
    "cuts": (Cut("remove", 1, 2),),
    "texts": (TITLE,),
    "canvas": Canvas((1, 1)),
    "transition": Transition(),
    "picture_fade_in_s": 1.0,
    "picture_fade_out_s": 1.0,
    "sound": Sound(0.5),
    "music": Sound(0.5),
    "music_asset": "music.mp3",
    "music_removed": True,
    "logo": Logo("logo.png"),
    "effects": (Effect("blur", 8),),
    "slide_s": 2.0,
    "captions": PRESET,
    "speech": Speech(0.5),
    "beat_cut": BeatCut(2),
    "speed": 2.0,
    "level": Level(-16),
}


@pytest.mark.parametrize("field", [field.name for field in fields(Edit)])
def test_no_change_of_an_edit_goes_without_a_step(field: str):
    """Neither what is added by a follow-up nor what it takes back."""
    plain, changed = Edit(), replace(Edit(), **{field: CHANGES[field]})
    assets = (ONE, TWO, CLIP, SECOND, MUSIC, LOGO) if field != "slide_s" else (ONE, TWO)

    for edit, before in ((changed, plain), (plain, changed)):
        found = plan_of(edit, before, assets)
        assert found[0].task != "Leave the video as it is: it is what was asked for already.", field


@pytest.mark.parametrize("supported", SUPPORTED_EDITS, ids=lambda supported: supported.name)
def test_the_examples_are_planned(supported):
    """Each example that help and README quote, on assets that have what it names."""
    named = re.findall(r"\b(a|b)\.mp4", supported.example)
    clips = [replace(CLIP, name=f"{name}.mp4") for name in named] or [CLIP, SECOND]
    only_images = supported.name == "images as a slideshow"
    assets = (ONE, TWO) if only_images else (*clips, MUSIC, LOGO)
    before = Edit(texts=(TITLE,), speech=Speech(0.5)) if supported.name == "follow-ups" else None

    for prompt in supported.example.split("; "):
        reply = plan(prompt, *assets, before=before)
        assert len(reply.steps) >= 2
        assert faults(reply, prompt, assets) == []


@pytest.mark.parametrize(
    ("prompt", "assets"),
    [
        ("trim to the last 8.04 seconds", (CLIP,)),
        ("title 'A' from 7 s to 8.04 s", (CLIP,)),
        ("join the clips", tuple(replace(CLIP, name=f"{'long-' * 40}{number}.mp4") for number in range(60))),
        (f"title '{'word ' * 300}'", (CLIP,)),
    ],
    ids=["a little too long", "a little too late", "sixty clips", "a long title"],
)
def test_no_plan_is_refused_for_its_form(prompt: str, assets: tuple[AssetFacts, ...]):
    """What the footage allows is never sent back: the rules would plan the same again."""
    assert faults(plan(prompt, *assets), prompt, assets) == []


def faults(reply: PlanReply, prompt: str, assets: Sequence[AssetFacts]) -> list[str]:
    """What the planner would send back."""
    given = [
        Asset(
            facts.name,
            facts.kind,
            Path(facts.name),
            Path(facts.name),
            "",
            "",
            1,
            MediaInfo("mp4", facts.duration_s or 0.0, facts.width, facts.height),
        )
        for facts in assets
    ]
    tools = [tool.name for tool in (*composing_tools(NoDocs()), *footage_tools())]
    return faults_of(reply, given, tools, expectation(prompt, given))


def test_times_are_those_of_the_file_or_of_the_video():
    """A cut names the part of its asset, a title when it is shown."""
    found = plan("cut the first 2 seconds, title 'Hi' for the last 2 seconds").steps

    assert [(step.assets, step.start_s, step.end_s) for step in found[1:3]] == [
        (["clip.mp4"], 0, 2),
        ([], 4, 6),
    ]


def test_many_titles_are_still_a_plan():
    """What is over the most steps goes into the last of them."""
    prompt = ". ".join(f"title '{number}' at {number / 10:g} s for 0.1 seconds" for number in range(30))

    found = plan(prompt).steps

    assert len(found) == MOST_STEPS
    assert found[-1].tool == "visual_feedback"
    assert "“19”" in found[-2].task


@pytest.mark.parametrize(
    ("prompt", "why"),
    [
        ("add an explosion", "explosion"),
        ("trim to 20 seconds", "8 s long"),
        ("make the title red", "no title yet"),
    ],
)
def test_what_cannot_be_done_is_said_in_place_of_a_plan(prompt: str, why: str):
    """With the list of what is understood where nothing was, and else with where that list is."""
    reply = plan(prompt)

    assert reply.steps == []
    assert why in reply.cannot
    assert ("Without a model I understand:" in reply.cannot) == (prompt == "add an explosion")
    assert ("roughcut edit --help" in reply.cannot) == (prompt != "add an explosion")


def test_the_model_is_asked_for_a_plan_by_its_format():
    """The same question without it is the task to be carried out."""
    question = plan_task("trim to 2 s", (), None, None, Expectation(duration_s=2.0))
    assets = '{"name": "clip.mp4", "kind": "video", "duration_s": 8, "width": 640, "height": 360}'
    messages = [ChatMessage(MessageRole.USER, question.replace("<assets>\n", f"<assets>\n{assets}"))]

    reply = OfflineModel().generate(messages, response_format=PLAN_FORMAT)

    assert PlanReply.model_validate_json(str(reply.content)).steps[1].end_s == 2
    assert "video_editor(program)" in str(OfflineModel().generate(messages).content)
