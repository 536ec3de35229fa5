"""A follow-up changes only what it asks."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from agent.browser.protocol import ClipSummary
from agent.critic.frame_checks import check_frames
from agent.critic.unchanged import Previous, check_unchanged
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


def test_the_title_may_change_with_a_request_about_it():
    """Its box, with a little room around it, is left out."""
    assert issues("Make the title red", painted(120, 156, 520, 204)) == []


def test_another_change_is_told_by_its_size():
    """A small one is a warning, a large one withholds the green light; each with its time."""
    [small] = issues("Make the title red", painted(20, 20, 120, 70))
    [large] = issues("Make the title red", painted(0, 0, 640, 120))

    assert (small.code, small.severity, small.time_s) == ("unasked_change", Severity.WARNING, 2.0)
    assert (large.code, large.severity) == ("unasked_change", Severity.BLOCKER)


def moved(now: ClipSummary, *, before: ClipSummary | None = None, changed: bool = True) -> list[Issue]:
    """Of footage that is *now* another clip, where 4 % of the picture change, if any."""
    previous = Previous(summary([before or footage(0, 5)], duration=5), (sample(60, picture()),))
    after = painted(0, 300, 160, 360) if changed else picture()
    return check_unchanged("Make the title red", summary([now], duration=5), [sample(60, after)], previous)


def test_another_moment_that_looks_alike_withholds_the_green_light():
    """Footage of one colour changes in few of its pixels, and is another video."""
    [issue] = moved(footage(0, 5, source_start_seconds=2))
    [other_file] = moved(footage(0, 5, asset="forest.mp4"))

    assert (issue.code, issue.severity) == ("unasked_change", Severity.BLOCKER)
    assert "bunny.mp4 is no longer shown at the moment that it was" in issue.message
    assert other_file.severity is Severity.BLOCKER


def test_footage_that_stays_is_no_other_moment():
    """In another number of clips, a frame off, made anew by a tool, or where the picture is the same."""
    halves = summary([footage(0, 2.5), footage(2.5, 5, source_start_seconds=2.5)], duration=5)
    whole = Previous(summary([footage(0, 5)], duration=5), (sample(90, picture()),))

    [in_halves] = check_unchanged(
        "Make the title red", halves, [sample(90, painted(0, 300, 160, 360))], whole
    )
    [a_frame_off] = moved(footage(0, 5, source_start_seconds=1 / RATE))
    [made] = moved(footage(0, 5, asset="bunny-steady.mp4", source_start_seconds=2))

    assert {found.severity for found in (in_halves, a_frame_off, made)} == {Severity.WARNING}
    assert moved(footage(0, 5, source_start_seconds=2), changed=False) == []


def test_an_inset_may_show_another_moment_when_it_is_asked_for():
    """A small clip goes with a request about it; with another it stays."""
    box = {"x": 0, "y": 600, "width": 320, "height": 120}
    before, now = (
        summary([footage(0, 5, box=box, source_start_seconds=start)], duration=5) for start in (0, 2)
    )
    after, previous = [sample(60, painted(0, 290, 200, 360))], Previous(before, (sample(60, picture()),))

    [issue] = check_unchanged("make the title red", now, after, previous)

    assert issue.severity is Severity.BLOCKER
    assert check_unchanged("make the inset brighter", now, after, previous) == []


def test_a_request_that_asks_for_another_picture_compares_nothing():
    """Neither its length nor its pixels."""
    before, after = (summary([footage(0, end)], duration=end) for end in (5, 3))
    previous = Previous(before, (sample(60, picture()),))

    for request in ("trim it to 3 s and make the title red", "start at 2 s", "replace the clip by b.mp4"):
        assert check_unchanged(request, after, [sample(60, picture(200))], previous) == []


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
