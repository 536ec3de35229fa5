"""What part of a picture is shown, how large, and in a frame of which shape."""

from __future__ import annotations

from typer.testing import CliRunner

from agent.cli import app
from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Frame, Shown, mix, near, recipe

CLIP = COLOURS["clip.mp4"]
WHITE = (255, 255, 255)


def is_white(frame: Frame, x: float, y: float) -> bool:
    """Of a block of the footage's frame number there."""
    return frame.brightness_in(x - 10, y, 20, 40) > 128


@recipe("reframe-vertical", seconds=4)
async def test_the_crop_goes_from_left_to_right(shown: Shown) -> None:
    """From around a quarter of the footage's width to around three quarters; blocks are 213 pixels wide."""
    left, middle, right = await shown.frames(0.5, 2, 3.5)

    assert not any(is_white(left, x, 1750) for x in range(60, 1080, 60)), "number 15 is at the right"
    assert [is_white(middle, x, 1750) for x in (60, 500, 930, 1010)] == [False, False, False, True]
    number_105 = [True, True, False, True, False, False]
    assert [is_white(right, x, 1750) for x in (60, 220, 433, 646, 860, 1000)] == number_105
    for anchor_x in (0.16, 0.84):
        at_edge = await shown.but("value: 0.25", f"value: {anchor_x}")
        frame = await at_edge.at(0)
        assert [frame.colour_in(x, 0, 16, 1500) for x in (0, 1064)] == [near(CLIP)] * 2


@recipe("reframe-square", seconds=3)
async def test_the_square_is_of_the_left_part(shown: Shown) -> None:
    """Its middle is at 30 percent: of number 66, the tenth block begins 36 pixels from the right."""
    frame = await shown.at(2.2)

    assert (shown.summary.width, shown.summary.height) == (1080, 1080)
    assert [is_white(frame, x, 950) for x in (100, 500, 1000, 1066)] == [False, False, False, True]
    for anchor_x in (0.29, 0.71):
        at_edge = await shown.but("0.3;", f"{anchor_x};")
        frame = await at_edge.at(0)
        assert [frame.colour_in(x, 0, 16, 800) for x in (0, 1064)] == [near(CLIP)] * 2


@recipe("blurred-background", seconds=3)
async def test_the_whole_picture_is_over_a_blurred_one(shown: Shown) -> None:
    """What is behind is darker, and reaches the corners."""
    frame = await shown.at(1)

    assert frame.frame_number(0, 656, 1080, 608) == 30
    assert frame.colour_at(540, 800) == near(CLIP)
    behind = mix(CLIP, (0, 0, 0), 60)
    assert frame.colour_at(540, 300) == near(behind)
    assert frame.colour_at(12, 12) == near(behind)


@recipe("ken-burns", seconds=4)
async def test_the_photo_comes_closer_and_drifts(shown: Shown) -> None:
    """Its bar, half as wide as it, grows from 704 to 896 pixels; no edge comes into sight."""
    frames = await shown.frames(0, 2, 3.97)

    photo = COLOURS["one.png"]
    bars = [frame.box_of((162, 192, 217), tolerance=12) for frame in frames]
    assert [bar.width for bar in bars] == near((704, 800, 896), 8)
    assert [bar.x + bar.width / 2 for bar in bars] == near((700, 640, 580), 8)
    for frame in frames:
        corners = [(6, 6), (1274, 6), (6, 714), (1274, 714)]
        assert [frame.colour_at(*corner, size=8) for corner in corners] == [near(photo)] * 4


@recipe("ken-burns")
async def test_a_pan_goes_in_whole_pixels(shown: Shown) -> None:
    """Half a pixel further is where it was."""
    still = await (await shown.but("value: 60 }", "value: 50.4 }")).at(0, width=1280)
    beside = await (await shown.but("value: 60 }", "value: 50.9 }")).at(0, width=1280)

    assert (still.picture == beside.picture).all()


@recipe("punch-in", seconds=4)
async def test_the_shot_is_cut_to_a_closer_view(shown: Shown) -> None:
    """1.3 times as large around 70 and 40 percent, from second 2 on; time goes on."""
    wide, close = await shown.frames(1.9, 2.1, width=1280)

    assert wide.frame_number() == 57
    assert close.colour_at(300, 652, size=8) == near(CLIP)
    assert not is_white(close, 755, 675)
    assert is_white(close, 790, 675)


@recipe("export", seconds=3)
async def test_the_program_sets_size_and_length(shown: Shown) -> None:
    """And the command that renders it takes the rest."""
    summary = shown.summary
    options = CliRunner().invoke(app, ["edit", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout

    assert (summary.width, summary.height) == (1920, 1080)
    for option in ("--fps", "--codec", "--bitrate", "--resolution", "--output"):
        assert option in options


@recipe("measure-assets", seconds=5)
async def test_the_composition_is_as_large_as_the_footage(shown: Shown) -> None:
    """And its figures are printed."""
    (line,) = shown.composed.console

    duration, width, height, fps, music = (float(value) for value in line.text.split())
    assert (duration, width, height, fps) == near((5, 640, 360, 30), 0.05)
    assert music == near(8, 0.1)
    assert (shown.summary.width, shown.summary.height) == (640, 360)
