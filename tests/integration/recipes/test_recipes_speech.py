"""Speech as text: which words are shown when, where and how."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agent.browser.protocol import Composed, Rejected
from agent.domain import Asset, AssetKind
from tests import media
from tests.browser_fixtures import asset_of
from tests.integration.guide_assets import COLOURS, WORDS
from tests.integration.recipes.shown import Frame, Shown, mix, near, recipe

WHITE, YELLOW = (255, 255, 255), (255, 214, 10)


@recipe("karaoke", seconds=4)
async def test_the_spoken_word_is_yellow(shown: Shown) -> None:
    """One after another, from left to right, until the line is over."""
    frames = await shown.frames(0.5, 1, 1.9, 2.6, width=1280)
    after = await shown.at(3.5)

    spoken = [frame.box_of(YELLOW, tolerance=40) for frame in frames]
    assert all(word.x + word.width <= later.x for word, later in pairwise(spoken))
    assert {clip.text for clip in shown.summary.layers[0].clips} == {" ".join(word for word, *_ in WORDS)}
    assert after.share_of(YELLOW) == 0


@recipe("caption-presets", seconds=4)
async def test_solar_is_yellow_at_the_bottom(shown: Shown) -> None:
    """And WHISPER white on dark, in the same place."""
    solar = (await shown.at(0.7)).box_of((255, 254, 65), tolerance=40)
    whisper = await (await shown.but("'SOLAR'", "'WHISPER'")).at(0.8)

    assert (solar.x + solar.width / 2, solar.y + solar.height / 2) == near((640, 540), 30)
    assert whisper.share_of((255, 254, 65)) == 0
    assert whisper.colour_at(580, 512, size=6) == near((60, 40, 80), 12)


@recipe("caption-presets")
async def test_cascade_grows_at_the_left(shown: Shown) -> None:
    """Where the preset puts it, if its place is not changed."""
    placed = "captions.position = { x: '50%', y: '75%' };"
    cascade = await shown.but(f"loadPreset('SOLAR');\n{placed}", "loadPreset('CASCADE');")
    frames = await cascade.frames(0.5, 1.2)

    one, two = [np.flatnonzero((frame.luma[252:285] > 200).any(axis=0)) for frame in frames]
    assert one.min() == two.min() == pytest.approx(0.12 * 640, abs=6)
    assert two.max() > 1.5 * one.max()


@recipe("caption-presets")
async def test_spotlight_colours_the_spoken_one_of_two_words(shown: Shown) -> None:
    """In another font than core means, as the page warns."""
    await shown.page.add_asset(quick_captions())

    program = shown.program.replace("SOLAR", "SPOTLIGHT").replace("words.json", "quick.json")
    composed = await shown.page.compose(program)

    assert isinstance(composed, Composed)
    assert [warning.code for warning in composed.summary.warnings] == ["missing_font"]
    first, second = await Shown(shown.page, program, composed, shown.folder).frames(0.07, 0.2)
    blue = (36, 213, 255)
    assert first.box_of(blue, tolerance=60).x < second.box_of(blue, tolerance=60).x


def quick_captions() -> Asset:
    """Two words within a third of a second, which the preset shows together."""
    words = [{"text": "one", "start": 0, "end": 0.14}, {"text": "two", "start": 0.14, "end": 0.28}]
    transcript = json.dumps([{"text": "one two", "words": words}])

    def write(output: Path) -> None:
        output.write_text(transcript)

    path = media.cached([transcript], write, suffix=".json")
    return asset_of(path, AssetKind.CAPTIONS, name="quick.json")


@recipe("caption-presets", seconds=4)
@pytest.mark.parametrize("preset", ["PAPER", "GUINEA"])
async def test_presets_of_two_lines_show_a_lonely_word(shown: Shown, preset: str) -> None:
    """Our words end with one; core itself fails there, as it has no second line."""
    programs = shown.program.partition("const words")[0], shown.program.replace("SOLAR", preset)
    frames = []
    for program in programs:
        composed = await shown.page.compose(program)
        assert isinstance(composed, Composed)
        frames.append(await Shown(shown.page, program, composed, shown.folder).at(2.5))

    bare, captioned = frames
    assert np.abs(captioned.luma - bare.luma).max() > 60


@recipe("caption-presets")
async def test_a_preset_that_core_does_not_have_is_refused(shown: Shown) -> None:
    """Though its types name it."""
    composed = await shown.page.compose(shown.program.replace("SOLAR", "VERDANT"))

    assert isinstance(composed, Rejected)
    assert "VERDANT" in composed.diagnostics[0].message


@recipe("caption-place", seconds=4)
async def test_captions_are_where_and_as_large_as_told(shown: Shown) -> None:
    """Yellow, around a fifth of the height."""
    frame = await shown.at(0.5, width=1280)

    word = frame.box_of(YELLOW, tolerance=24)
    assert (word.x + word.width / 2, word.y + word.height / 2) == near((640, 144), 16)
    (captions,) = shown.summary.layers[0].clips
    assert (captions.font_size, captions.color) == (36, "#ffd60a")
    assert 70 < word.height < 108


@recipe("captions-srt", seconds=4)
async def test_each_subtitle_is_there_for_its_time(shown: Shown) -> None:
    """At the bottom, in white."""
    first, gap, second, after = [bright_letters(frame) for frame in await shown.frames(0.5, 1.5, 2, 3.5)]

    assert first > 0.01 and second > 0.01
    assert gap == after == 0
    subtitles = shown.summary.layers[0].clips
    assert [clip.text for clip in subtitles] == ["Hello there,", "general audience"]
    assert [(clip.start_seconds, clip.end_seconds) for clip in subtitles] == [
        near((0.2, 1.4), 0.02), near((1.6, 3), 0.02),
    ]  # fmt: skip


def bright_letters(frame: Frame) -> float:
    """Share of white around the middle of the bottom, left of the blocks that are white in these frames."""
    return float(np.mean(frame.luma[310:350, 230:358] > 200))


@recipe("subtitles-two-lines", seconds=4)
async def test_the_words_are_in_two_lines(shown: Shown) -> None:
    """Centred, on a dark plate that ends above the bottom of the frame."""
    frame = await shown.at(0.5)
    rows = np.any(frame.luma[270:345, 230:400] > 200, axis=1)

    (subtitle,) = shown.summary.layers[0].clips
    assert subtitle.text == "Hello there,\ngeneral audience"
    starts = np.flatnonzero(np.diff(rows.astype(int)) == 1)
    assert starts.size == 2
    assert not rows[-4:].any()
    assert frame.colour_at(540, 550, size=8) == near(mix((0, 0, 0), COLOURS["clip.mp4"], 60))


@recipe("word-by-word", seconds=3)
async def test_each_word_stands_alone_for_its_time(shown: Shown) -> None:
    """White and yellow in turn, each growing to its size."""
    frames = await shown.frames(0.5, 0.84, 1.2, 1.9, 2.6)

    yellow = [frame.share_of(YELLOW) > 0 for frame in frames]
    assert yellow == [False, True, True, False, True]
    assert frames[1].box_of(YELLOW).width < 0.95 * frames[2].box_of(YELLOW).width
    assert [clip.text for clip in shown.summary.layers[0].clips] == [word for word, *_ in WORDS]


@recipe("subtitles-file", seconds=5)
async def test_the_subtitles_are_printed(shown: Shown) -> None:
    """As SRT, and nothing of them on the picture."""
    (line,) = shown.composed.console

    said = " ".join(word for word, *_ in WORDS)
    assert line.text.strip() == f"1\n00:00:00,200 --> 00:00:03,000\n{said}"
    assert [clip.type for layer in shown.summary.layers for clip in layer.clips] == ["VIDEO"]
