"""Good edits of real footage pass the checks; each seeded defect gets the issue that names it."""

from collections.abc import Sequence

import numpy as np
import pytest

from agent.browser.protocol import CompositionSummary, Warning
from agent.critic.contrast import contrast_ratio, parse_hex, relative_luminance, text_contrast
from agent.critic.frame_checks import check_frames
from agent.domain import Expectation, FrameSample, Severity
from tests.compositions import (
    BUNNY_SECONDS,
    clip,
    drawn_title,
    edited_bunny,
    every_second,
    footage,
    summary,
    title,
)
from tests.media import BUNNY

TEXT = "Big Buck Bunny"
SKY = "crop=320:180:960:0,scale=1280:720"


def blockers(
    samples: Sequence[FrameSample],
    composition: CompositionSummary,
    expected: Expectation | None = None,
    **options: bool,
) -> set[str]:
    issues = check_frames(samples, composition, expected or Expectation(), **options)
    return {issue.code for issue in issues if issue.severity is Severity.BLOCKER}


def warnings(samples: Sequence[FrameSample], composition: CompositionSummary) -> set[str]:
    issues = check_frames(samples, composition, Expectation())
    return {issue.code for issue in issues if issue.severity is Severity.WARNING}


@pytest.mark.parametrize(
    ("picture", "composition"),
    [
        pytest.param("null", summary([footage()]), id="as it is"),
        pytest.param(drawn_title(TEXT), summary([title(TEXT)], [footage()]), id="a title"),
        pytest.param(
            drawn_title(TEXT, size=40, y=620),
            summary([title(TEXT, font_size=40, box=(460, 620, 360, 40))], [footage()]),
            id="a lower third",
        ),
        pytest.param(
            "fade=in:0:25,fade=out:107:25", summary([footage(animated=("opacity",))]), id="declared fades"
        ),
        pytest.param(
            f"{SKY},{drawn_title(TEXT, more=':borderw=4:bordercolor=black')}",
            summary([title(TEXT)], [footage()]),
            id="white on sky with a stroke",
        ),
        pytest.param(
            f"{SKY},{drawn_title(TEXT, more=':box=1:boxcolor=black:boxborderw=12')}",
            summary([title(TEXT)], [footage()]),
            id="white on a plate",
        ),
        pytest.param(
            f"drawbox=color=black:t=fill,{drawn_title(TEXT)}",
            summary([title(TEXT)], [clip("RECT", 0, BUNNY_SECONDS)]),
            id="a title card",
        ),
        pytest.param(
            "loop=loop=200:size=1:start=0,trim=end_frame=132,setpts=N/25/TB",
            summary([clip("IMAGE", 0, BUNNY_SECONDS, asset="photo.jpg")]),
            id="a photo",
        ),
    ],
)
def test_a_good_edit_passes(picture: str, composition: CompositionSummary):
    """No blocker and no warning on ordinary work."""
    samples = every_second(edited_bunny(picture))

    assert check_frames(samples, composition, Expectation()) == ()


@pytest.mark.parametrize(
    ("picture", "composition", "code"),
    [
        pytest.param(
            "drawbox=color=black:t=fill:enable='between(t,1.5,4)'",
            summary([footage()]),
            "black_frame",
            id="black",
        ),
        pytest.param("drawbox=color=black:t=fill", summary([footage()]), "black_frame", id="all black"),
        pytest.param(
            "drawbox=color=green:t=fill:enable='gte(t,1.5)'", summary([footage()]), "empty_frame", id="empty"
        ),
        pytest.param(
            "loop=loop=100:size=1:start=50,trim=end_frame=132,setpts=N/25/TB",
            summary([footage()]),
            "frozen_frames",
            id="frozen",
        ),
        pytest.param(
            f"{SKY},{drawn_title(TEXT)}",
            summary([title(TEXT)], [footage()]),
            "text_unreadable",
            id="white on sky",
        ),
        pytest.param("null", summary([footage()], [title(TEXT)]), "text_hidden", id="text under the footage"),
    ],
)
def test_a_defect_of_the_picture_is_named(picture: str, composition: CompositionSummary, code: str):
    """One defect, one blocker."""
    assert blockers(every_second(edited_bunny(picture)), composition) == {code}


@pytest.mark.parametrize(
    ("composition", "code"),
    [
        (summary([title(TEXT, box=(-200, 312, 1700, 96), color=None)], [footage()]), "text_outside_frame"),
        (summary([title(TEXT, box=(40, 40, 200, 48), color=None)], [footage()]), "text_under_mark"),
        (summary([title(TEXT, 4, 8, color=None)], [footage()]), "past_end"),
        (summary([title(TEXT, 2, 2, color=None)], [footage()]), "zero_length"),
        (summary([footage(0, 3), footage(4, BUNNY_SECONDS)]), "gap"),
        (
            summary([footage(box={"x": 0, "y": 0, "width": 8192, "height": 4608})]),
            "footage_cropped",
        ),
        (summary([footage(0, 4)], [clip("AUDIO", 0, BUNNY_SECONDS)]), "gap"),
    ],
)
def test_a_defect_of_the_timeline_is_named(composition: CompositionSummary, code: str):
    """What the figures alone show."""
    assert blockers(every_second(BUNNY), composition) == {code}


@pytest.mark.parametrize(
    ("expected", "code"),
    [
        (Expectation(duration_s=4), "duration_mismatch"),
        (Expectation(width=1920, height=1080), "size_mismatch"),
        (Expectation(aspect_ratio=9 / 16), "size_mismatch"),
        (Expectation(texts=("Hello",)), "text_missing"),
    ],
)
def test_what_was_asked_for_and_is_not_there_is_named(expected: Expectation, code: str):
    """Figures and words of the request are held against the composition."""
    assert blockers(every_second(BUNNY), summary([footage()]), expected) == {code}


def test_a_text_is_found_whatever_its_case_lines_and_quotes():
    """`BIG BUCK\\nBUNNY’S` is what was asked for as "Big Buck Bunny's"."""
    composition = summary([title("BIG BUCK\nBUNNY’S", color=None)], [footage()])

    assert blockers(every_second(BUNNY), composition, Expectation(texts=("Big Buck Bunny's",))) == set()


def test_words_in_layers_of_their_own_are_found():
    """A title that comes in word by word has its last word on top; a word asked for twice is there twice."""
    words = {"BUNNY!": 800, "Buck": 500, "Big": 240}
    layers = [[title(word, color=None, box=(x, 312, 240, 96))] for word, x in words.items()]
    composition = summary(*layers, [footage()])

    assert blockers(every_second(BUNNY), composition, Expectation(texts=("Big Buck Bunny!",))) == set()
    missing = Expectation(texts=("Big Big Bunny", "Little Bunny"))
    assert blockers(every_second(BUNNY), composition, missing) == {"text_missing"}


def test_a_text_that_changes_is_no_proof_that_another_is_missing():
    """The summary tells one of its states; the judge who looks sees the others."""
    changing = title("Once upon a time", color=None, animated=("text",))
    composition = summary([changing], [footage()])

    issues = check_frames(every_second(BUNNY), composition, Expectation(texts=("Once upon", "The end")))

    assert [(issue.code, issue.severity) for issue in issues] == [("text_missing", Severity.WARNING)]


def test_with_a_licence_the_corner_is_free():
    """Where core draws no mark, a text may be at the top left."""
    composition = summary([title(TEXT, box=(40, 40, 200, 48), color=None)], [footage()])

    assert blockers(every_second(BUNNY), composition, watermarked=False) == set()


def test_one_black_frame_of_the_footage_is_only_told():
    """Footage may begin in black; a single sample does not withhold the green light."""
    samples = every_second(edited_bunny("drawbox=color=black:t=fill:enable='lt(t,0.5)'"))

    assert blockers(samples, summary([footage()])) == set()
    assert warnings(samples, summary([footage()])) == {"black_frame"}


def test_a_recorded_screen_may_stand_still():
    """Little moves in it anywhere, so standing still is no proof of a fault."""
    desk = "drawbox=color=gray:t=fill,drawgrid=w=80:h=60:color=white"
    pointer = "drawbox=x={x}:y=300:w=20:h=20:color=red:t=fill:enable='{when}(t,1.5)'"
    moved = f"{desk},{pointer.format(x=100, when='lt')},{pointer.format(x=700, when='gte')}"
    samples = every_second(edited_bunny(moved))

    assert blockers(samples, summary([footage()])) == set()
    assert warnings(samples, summary([footage()])) == {"frozen_frames"}


def test_low_contrast_is_told_before_it_is_unreadable():
    """Between 1.5:1 and what WCAG asks for: a warning."""
    samples = every_second(edited_bunny(drawn_title(TEXT, colour="0x8a9a40", y=560)))
    composition = summary([title(TEXT, color="#8a9a40", box=(240, 560, 800, 96))], [footage()])

    assert blockers(samples, composition) == set()
    assert warnings(samples, composition) == {"text_low_contrast"}


def test_the_pages_own_warnings_are_passed_on():
    """What only the page can know, such as a missing font, is in the issues."""
    composition = summary([footage()], warnings=[Warning(code="missing_font", message="No font 'Foo'")])

    assert warnings(every_second(BUNNY), composition) == {"missing_font"}


def test_blockers_come_first_and_every_one_has_a_fix():
    """A model reads from the top and can act on each."""
    composition = summary(
        [title(TEXT, box=(0, 312, 1200, 96), color=None)], [title("x", 4, 8, color=None)], [footage()]
    )

    issues = check_frames(every_second(BUNNY), composition, Expectation(duration_s=4))

    severities = [issue.severity for issue in issues]
    assert severities == sorted(severities, key=lambda severity: severity is Severity.WARNING)
    assert all(issue.suggested_fix for issue in issues if issue.severity is Severity.BLOCKER)


def test_a_text_too_wide_comes_with_the_size_that_fits():
    """The fix names a figure, so that the next round is the last."""
    composition = summary([title(TEXT, font_size=96, box=(-378, 197, 2036, 326), color=None)], [footage()])

    (issue,) = check_frames(every_second(BUNNY), composition, Expectation())

    assert (issue.code, issue.suggested_fix) == (
        "text_outside_frame",
        "Use fontSize 54 (it is 96), or break the line.",
    )


def test_small_text_is_told():
    """Under a fiftieth of the picture's height; what no encoder keeps withholds the green light."""
    small = summary([title(TEXT, box=(600, 600, 60, 17), color=None)], [footage()])
    tiny = summary([title(TEXT, box=(600, 600, 60, 11), color=None)], [footage()])

    assert warnings(every_second(BUNNY), small) == {"text_too_small"}
    assert blockers(every_second(BUNNY), tiny) == {"text_too_small"}


def test_no_samples_are_a_blocker():
    """Nothing to see is nothing to approve."""
    assert "no_samples" in blockers([], summary([footage()]))


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#FFFFFF", "#000000", 21.0), ("#FFFFFF", "#777777", 4.48), ("#FF0000", "#00F", 2.15)],
)
def test_contrast_is_that_of_wcag(first: str, second: str, ratio: float):
    """Known pairs give the ratios that WCAG's tools show."""
    lights = [relative_luminance(np.array(parse_hex(colour), dtype=np.uint8)) for colour in (first, second)]

    assert float(contrast_ratio(*lights)) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("colour", [None, "red", "#12", "#12345", "rgb(0,0,0)"])
def test_other_colours_are_not_measured(colour: str | None):
    """What is no hex colour is left to the judge who looks."""
    assert parse_hex(colour) is None


def test_measured_contrast_of_bars_on_a_plate():
    """White bars on grey measure as white against grey."""
    area = np.full((40, 200, 3), 119, dtype=np.uint8)
    area[8:32, ::10] = area[8:32, 1::10] = 255

    assert text_contrast(area, (255, 255, 255)) == pytest.approx(4.48, abs=0.05)
