"""What the report of an evaluation says, and where it draws things."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain import MediaInfo, Severity
from agent.errors import OutputRefused
from agent.evaluation.report import report_html, write_report
from agent.evaluation.report_timeline import drawn
from agent.evaluation.values import CaptionSpan, Evaluation, Metric, Score, Timeline
from agent.evaluation.verdict import Outcome, clock, ordered, outcome_of, reasons_of
from agent.media.analysis.values import Span
from tests.evaluation_samples import HOSTILE, faulty_evaluation, finding, golden_evaluation


def test_blockers_come_first_and_then_the_earlier():
    """What is true of the whole file comes before all times of its severity."""
    of_all = finding("all of it", severity=Severity.WARNING)
    early = finding("early", 1.0, severity=Severity.WARNING)
    late, later = finding("late", 5.0), finding("later", 9.0)

    assert ordered([early, later, of_all, late]) == [late, later, of_all, early]


def test_a_blocker_outweighs_golden_scores():
    """Six good scores do not deliver a file with a blocker."""
    golden = golden_evaluation()

    assert outcome_of(golden) is Outcome.GOLDEN
    assert outcome_of(replace(golden, golden=False)) is Outcome.NOT_GOLDEN
    assert outcome_of(replace(golden, findings=(finding("black", 1.0),))) is Outcome.BLOCKED


def test_reasons_name_blockers_the_weakest_part_and_what_was_not_judged():
    """The first lines of report and table say why, with what was measured; a golden file needs no reason."""
    reasons = reasons_of(faulty_evaluation())

    assert "4.0 s of silence that is not declared." in reasons
    assert "Watchability is weakest, 0.28: 4 flashes in a second, 3 allowed." in reasons
    assert "Retention – not judged: no vision model." in reasons
    assert reasons_of(golden_evaluation()) == []


@pytest.mark.parametrize(
    ("time_s", "shown"), [(0, "0:00.0"), (7.46, "0:07.5"), (59.97, "1:00.0"), (3723.04, "1:02:03.0")]
)
def test_times_are_minutes_and_seconds(time_s: float, shown: str):
    """Tenths are rounded before minutes are counted."""
    assert clock(time_s) == shown


@pytest.mark.parametrize("duration_s", [0.04, 0.3, 9.9, 60, 754, 36_000])
def test_the_axis_has_few_ticks_at_round_times(duration_s: float):
    """From a frame to ten hours there are at most six, all on the axis, the first at its start."""
    timeline = drawn(Timeline(duration_s), [])

    assert timeline is not None
    assert 1 <= len(timeline.ticks) <= 6
    assert timeline.ticks[0].left == 0
    assert all(tick.left <= 100 for tick in timeline.ticks)


def test_markers_that_would_cover_each_other_go_below_each_other():
    """Close findings get rows of their own; one further on is in the first row again."""
    found = [finding("a", 10.0), finding("b", 10.1), finding("c", 10.2), finding("d", 15.0), finding("whole")]

    timeline = drawn(Timeline(20.0), found)

    assert timeline is not None
    assert [(marker.number, marker.row) for marker in timeline.markers] == [(1, 0), (2, 1), (3, 2), (4, 0)]
    assert timeline.marker_rows == 3


def test_nothing_is_drawn_beside_the_axis():
    """Spans that end after the file and curves below the scale stay within it; short ones can be seen.

    Before 400 ms were heard there is no momentary loudness to draw.
    """
    timeline = drawn(
        Timeline(
            10.0,
            loudness=((0.1, -120.0), (0.5, -70.0), (5.0, -14.0), (11.0, 3.0)),
            black=(Span(9.999, 12.0), Span(1.0, 1.001)),
            captions=(CaptionSpan("one", -1.0, 4.0), CaptionSpan("over it", 2.0, 30.0)),
        ),
        [finding("late", 12.0, 15.0)],
    )

    assert timeline is not None
    bars = [*timeline.captions, *timeline.stretches[0].bars, *timeline.markers]
    assert all(bar.left >= 0 and bar.left + bar.width <= 100.001 for bar in bars)
    assert all(bar.width >= 0.3 for bar in timeline.stretches[0].bars)
    assert [bar.row for bar in timeline.captions] == [0, 1]
    heights = [float(y) for y in re.findall(r",(-?[\d.]+)", timeline.loudness_line)]
    assert len(heights) == 3
    assert all(0 <= height <= 100 for height in heights)


def test_a_long_curve_is_thinned_without_losing_its_peaks():
    """Ten minutes at ten a second become at most 600 points, and the one loud moment is among them."""
    quiet = [(tenth / 10, -40.0) for tenth in range(6000)]
    quiet[3333] = (333.3, -1.0)

    timeline = drawn(Timeline(600.0, loudness=tuple(quiet)), [])

    assert timeline is not None
    heights = [float(y) for y in re.findall(r",([\d.]+)", timeline.loudness_line)]
    assert len(heights) <= 600
    assert min(heights) < 5


def test_the_page_may_load_nothing_and_run_nothing():
    """Its policy allows data pictures and its one style sheet, by digest; no script, no address."""
    page = report_html(faulty_evaluation())

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    styles = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert policy and styles
    digest = base64.b64encode(hashlib.sha256(styles[1].encode()).digest()).decode()
    allowed = policy[1].replace("&#39;", "'")
    assert allowed.startswith("default-src 'none'; img-src data:; ")
    assert f"style-src 'sha256-{digest}'" in allowed
    assert "script-src" not in allowed
    assert "<script" not in page
    assert " style=" not in page
    addresses = re.findall(r'(?:src|href|xlink:href|action)="([^"]*)"', page)
    assert all(address.startswith(("#", "data:")) for address in addresses)


def test_what_footage_and_models_say_is_text():
    """Hostile names, captions, messages and measurements are in the page, escaped everywhere."""
    page = report_html(faulty_evaluation())

    assert page.count("&lt;script&gt;document.title") >= 4
    assert HOSTILE not in page


def test_every_score_part_and_issue_is_on_the_page():
    """Six scores, what was measured, and each issue with its fix; evidence that is no picture is left out."""
    evaluation = faulty_evaluation()

    page = report_html(evaluation)

    assert all(f"<h3>{metric.capitalize()}</h3>" in page for metric in Metric)
    assert "cuts 120 ms off the beat" in page
    assert page.count("Mend it like so.") == len(evaluation.findings)
    assert page.count('<img src="data:image/jpeg') == 3


@pytest.mark.parametrize("media", [MediaInfo("mp4", 0.0), MediaInfo("wav", 3.0, audio_codec="pcm_s16le")])
def test_a_file_of_which_next_to_nothing_is_known_has_a_page(media: MediaInfo):
    """Neither pictures, figures nor length are needed."""
    scores = tuple(Score(metric, None, why="nothing to see") for metric in Metric)
    nothing = Evaluation("x", "", media, "unheard of", scores, None, False, (), Timeline(media.duration_s))

    page = report_html(nothing)

    assert "Not golden" in page
    assert page.count("not applicable") == len(Metric)
    assert page == report_html(nothing)


def test_the_page_is_written_whole_or_not_at_all(tmp_path: Path):
    """A name that is no text does not stop it; a folder that cannot be is refused, and nothing is left."""
    report = tmp_path / "new" / "report.html"
    (tmp_path / "file").touch()

    write_report(replace(golden_evaluation(), name="clip \udcff.mp4"), report)
    with pytest.raises(OutputRefused):
        write_report(golden_evaluation(), tmp_path / "file" / "report.html")

    assert "clip ?.mp4" in report.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "new", "report.html"]
