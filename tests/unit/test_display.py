"""The lines of progress that people watch."""

from io import StringIO

import pytest
from rich.console import Console

from agent.display import live_progress
from agent.domain import EventKind, JobEvent, Stage


def shown_for(*events: JobEvent) -> list[str]:
    """What stands there when all is over."""
    written = StringIO()
    with live_progress(Console(file=written, width=120)) as listener:
        for event in events:
            listener(event)
    return [line.rstrip() for line in written.getvalue().splitlines() if line.strip()]


def test_what_counts_nothing_leaves_the_bar_as_it_is():
    """The score of a file is told after its bar is full, and the bar stays so."""
    (line,) = shown_for(
        JobEvent(Stage.EVALUATE, "scoring the file", kind=EventKind.STAGE),
        JobEvent(Stage.EVALUATE, "done", 100, 100),
        JobEvent(Stage.EVALUATE, "scored 0.96", kind=EventKind.EVALUATION),
    )

    assert "100/100" in line
    assert line.endswith("scored 0.96")


def test_every_stage_is_over_when_the_job_is():
    """The last one as well, of which no next stage tells that."""
    lines = shown_for(
        JobEvent(Stage.RENDER, "encoding", 1, 2), JobEvent(Stage.CHECK, "comparing", kind=EventKind.STAGE)
    )

    render, check = lines
    assert "✓ Render" in render
    assert "2/2" in render
    assert "✓ Check" in check
    assert "1/1" in check


def test_a_stage_that_failed_is_not_shown_as_done():
    """Its bar stays where the failure found it."""
    written = StringIO()

    with pytest.raises(RuntimeError), live_progress(Console(file=written, width=120)) as listener:
        listener(JobEvent(Stage.RENDER, "encoding", 1, 2))
        raise RuntimeError

    assert "1/2" in written.getvalue()
    assert "✓" not in written.getvalue()


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_cuts_the_words_and_never_the_count(width: int):
    """Each stage stays one line that ends in what there is room for."""
    written = StringIO()

    with live_progress(Console(file=written, width=width)) as listener:
        listener(JobEvent(Stage.INGEST, "an interview of two hours in one take.mp4: storing", 100, 100))
        listener(JobEvent(Stage.RENDER, "encoding the approved composition by segments", 18000, 18000))

    footage, render = written.getvalue().splitlines()
    assert " 100/100 " in footage and " an in" in footage and footage.endswith("…")
    assert " 18000/18000 " in render and " encod" in render and render.endswith("…")
    assert len(footage) == len(render) == width
