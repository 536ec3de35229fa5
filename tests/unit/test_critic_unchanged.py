"""A follow-up changes only what it asks."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from agent.critic.frame_checks import check_frames
from agent.critic.unchanged import Previous, Scope, check_unchanged, scope_of
from agent.domain import Expectation, FrameSample, Issue, Severity
from tests.compositions import clip, footage, summary, title

RATE = 30


def picture(level: int = 90) -> np.ndarray:
    grain = np.random.default_rng(5).integers(-20, 20, (360, 640, 1))
    return np.clip(np.full((360, 640, 3), level) + grain, 0, 255).astype(np.uint8)


def sample(index: int, pixels: np.ndarray) -> FrameSample:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
    return FrameSample(index / RATE, index, 640, 360, buffer.getvalue())


def painted(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    pixels = picture()
    pixels[top:bottom, left:right] = 255
    return pixels


def issues(request: str, after: np.ndarray, *, at: int = 60, title_box=(240, 312, 800, 96)) -> list[Issue]:
    composition = summary([title("Hello", 0, 5, box=title_box)], [footage(0, 5)], duration=5)
    previous = Previous(composition, tuple(sample(index, picture()) for index in (0, 60, 120)))
    samples = [sample(index, after if index == at else picture()) for index in (0, 60, 120)]
    return check_unchanged(request, composition, samples, previous)


@pytest.mark.parametrize(
    ("request_", "scope"),
    [
        ("Make the title red", Scope(texts=True)),
        ("turn the music down to 30%", Scope()),
        ("move the logo to the left", Scope(insets=True)),
        ("make the caption bigger from 2 s to 4 s", Scope(texts=True, spans=((2.0, 4.0),))),
        ("make it black and white", None),
        ("trim to 3 seconds", None),
        ("something nicer please", None),
        ("replace the second clip and change the title", None),
    ],
)
def test_what_a_request_is_about(request_: str, scope: Scope | None):
    """Texts, sound, an inset or a part; where it may be anything, nothing is compared."""
    assert scope_of(request_) == scope


def test_the_title_may_change_with_a_request_about_it():
    """Its box, with a little room around it, is left out."""
    assert issues("Make the title red", painted(120, 156, 520, 204)) == []


def test_another_change_is_told_by_its_size():
    """A small one is a warning, a large one withholds the green light; each with its time."""
    [small] = issues("Make the title red", painted(20, 20, 120, 70))
    [large] = issues("Make the title red", painted(0, 0, 640, 120))

    assert (small.code, small.severity, small.time_s) == ("unasked_change", Severity.WARNING, 2.0)
    assert (large.code, large.severity) == ("unasked_change", Severity.BLOCKER)


def test_sound_changes_no_picture():
    """Not even where a title is."""
    assert [issue.code for issue in issues("louder music", painted(120, 156, 520, 204))] == ["unasked_change"]


def test_within_the_part_that_is_asked_for_anything_may_change():
    """And a second around it."""
    assert issues("the text from 1 s to 2 s", painted(0, 0, 640, 120)) == []
    assert issues("the text from 1 s to 2 s", painted(0, 0, 640, 120), at=120) != []


def test_the_length_stays():
    """A title that is red makes no video longer."""
    before = summary([footage(0, 5)], duration=5)
    after = summary([footage(0, 6)], duration=6)

    [issue] = check_unchanged("Make the title red", after, [], Previous(before, ()))

    assert (issue.code, issue.severity) == ("length_changed", Severity.BLOCKER)


def test_what_was_there_before_needs_no_asking():
    """A picture made grey by an earlier request stays grey; without that earlier one it is a fault."""
    grey = summary([footage(0, 5, filter="grayscale(100%)")], duration=5)
    samples = [sample(index, picture()) for index in (0, 60, 120)]
    asked = Expectation()

    alone = {issue.code for issue in check_frames(samples, grey, asked)}
    follow_up = check_frames(samples, grey, asked, previous=Previous(grey, tuple(samples)))

    assert "footage_recoloured" in alone
    assert "footage_recoloured" not in {issue.code for issue in follow_up}


def test_a_plate_goes_with_its_text():
    """A request about the lower third may move what lies behind it."""
    plate = clip("RECT", 0, 5, box={"x": 0, "y": 600, "width": 400, "height": 100}, opacity=100)
    composition = summary([plate], [footage(0, 5)], duration=5)
    previous = Previous(composition, (sample(60, picture()),))

    assert (
        check_unchanged(
            "a lower third in blue", composition, [sample(60, painted(0, 300, 200, 350))], previous
        )
        == []
    )
