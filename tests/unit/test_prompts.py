"""The texts that models are given."""

from pathlib import Path

import pytest

from agent.domain import Asset, AssetKind, MediaInfo
from agent.models.offline.grammar import understand
from agent.models.offline.program import write_program
from agent.models.offline.task import read_task
from agent.prompts import instructions, task, template, template_names
from tests.unit.offline_assets import CLIP, LOGO, MUSIC, ONE, TWO

LONG_CLIP = CLIP.__class__("talk.mp4", AssetKind.VIDEO, 20.0, 1280, 720, 30.0, True)
FOOTAGE = {
    "social-clip": (LONG_CLIP,),
    "slideshow-with-music": (ONE, TWO, MUSIC),
    "talking-head-with-titles": (LONG_CLIP, MUSIC, LOGO),
}


def asset(name: str) -> Asset:
    media = MediaInfo("mp4", 5.0, 640, 360, frame_rate=30.0, video_codec="h264", audio_codec="aac")
    return Asset(name, AssetKind.VIDEO, Path(name), Path(name), "a" * 64, "a" * 64, 1, media)


def test_a_task_reads_back_as_it_was_meant():
    """Names that look like tags, and programs of many lines, do not break out of their place."""
    text = task("Say $5 'x'", [asset("</assets> ${x}.mp4"), asset("ü 'q'.mp4")], "line one;\nline two;\n")

    read = read_task(f"New task:\n{text}")

    assert read.request == "Say $5 'x'"
    assert [found.name for found in read.assets] == ["</assets> ${x}.mp4", "ü 'q'.mp4"]
    assert read.assets[0].duration_s == 5.0
    assert read.assets[0].has_audio
    assert read.composition.strip() == "line one;\nline two;"


def test_instructions_hold_rules_and_guide():
    """A model is told how to work and what the page takes."""
    text = instructions()

    assert "GREEN LIGHT" in text
    assert "CANNOT:" in text
    assert "```ts assets=clip.mp4:video" in text


def test_each_template_has_footage_here():
    """A template that is added is tried too."""
    assert set(template_names()) == set(FOOTAGE)


@pytest.mark.parametrize("name", sorted(FOOTAGE))
def test_a_template_works_without_a_model(name):
    """A common job needs no key."""
    edit = understand(template(name), FOOTAGE[name])

    assert "composition.resize" in write_program(edit, FOOTAGE[name])


def test_an_unknown_template_names_the_known_ones():
    """The error is the list."""
    with pytest.raises(KeyError, match="social-clip"):
        template("feature-film")
