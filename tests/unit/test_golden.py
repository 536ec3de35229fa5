"""Golden renders are found in the store, told as examples, and the nearest one to a request is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from agent.domain import EditPlan, JobStatus, PlanStep
from agent.errors import OutputRefused
from agent.evaluation.figures import finding_figures, score_figures
from agent.evaluation.golden import Golden, example_of, nearest, write_examples
from agent.evaluation.golden_store import golden_renders
from agent.evaluation.values import Evaluation
from agent.prompts import task
from agent.services import build_services
from agent.settings import Settings
from agent.store import artifacts, compositions, evaluations, jobs, plans, sessions
from agent.store.database import Database
from agent.store.session_store import SessionStore
from agent.store.views import ArtifactView, EvaluationView, JobView, SessionView, new_id
from tests.evaluation_samples import faulty_evaluation, golden_evaluation

PLAN = EditPlan(
    (PlanStep(1, "Cut to the beat", "video_editor"), PlanStep(2, "Add the title", "video_editor"))
)


def golden(request: str, *, program: str = "const a = 1;", job_id: str = "0123456789abcdef") -> Golden:
    """A golden render of that request."""
    scores = {"clarity": 0.95, "brand": None}
    return Golden(job_id, request, program, 0.92, scores, datetime(2026, 1, 2, tzinfo=UTC), plan=PLAN)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    database = Database.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield database
    database.close()


def keep(
    database: Database,
    job_id: str,
    *found: Evaluation,
    status: JobStatus = JobStatus.COMPLETED,
    tenant: str = "local",
) -> None:
    """A job with one artifact, evaluated as *found* says, one after the other."""
    artifact = ArtifactView(job_id, "video", "out.mp4", "sessions/s/outputs/out.mp4", "ab", 1, "video/mp4")
    made = [row_of(evaluation, job_id, artifact.id) for evaluation in found]

    def work(session) -> None:
        sessions.add(session, SessionView(f"session of {job_id}", tenant))
        jobs.add(session, JobView(job_id, f"session of {job_id}", f"Edit {job_id}", tenant))
        fence = jobs.claim(session, job_id, "executor")
        plans.add(session, fence, plans.plan_json(PLAN), model="offline", reason="first")
        compositions.add(session, fence, "f" * 64, f"// program of {job_id}")
        artifacts.add(session, fence, artifact)
        for row in made:
            evaluations.add(session, fence, row)
        jobs.end(session, fence, status)

    database.do(work)


def row_of(found: Evaluation, job_id: str, artifact_id: str) -> EvaluationView:
    """What the job's last stage keeps."""
    scores, findings = score_figures(found), finding_figures(found)
    return EvaluationView(job_id, found.total or 0.0, found.golden, scores, findings, artifact_id)


def test_a_golden_render_is_found_with_program_plan_and_scores(database: Database):
    """What was evaluated leads to what made it; metrics that do not apply have no score."""
    keep(database, "a", golden_evaluation())

    [found] = database.do(golden_renders)

    assert (found.request, found.program, found.plan) == ("Edit a", "// program of a", PLAN)
    assert found.artifact == "sessions/s/outputs/out.mp4"
    assert found.total == 0.92
    assert found.scores["clarity"] == 0.95
    assert found.scores["brand"] is None


def test_the_best_come_first_and_only_completed_ones_of_the_tenant(database: Database):
    """A job that needs review, somebody else's, and one that is not golden are no examples."""
    keep(database, "good", golden_evaluation())
    keep(database, "better", replace(golden_evaluation(), total=0.97))
    keep(database, "faulty", faulty_evaluation())
    keep(database, "unfinished", golden_evaluation(), status=JobStatus.REVIEW_REQUIRED)
    keep(database, "theirs", golden_evaluation(), tenant="them")

    found = database.do(golden_renders)
    best = database.do(lambda session: golden_renders(session, tenant=None, limit=1))

    assert [render.job_id for render in found] == ["better", "good"]
    assert [render.job_id for render in best] == ["better"]


def test_a_render_that_was_evaluated_again_is_what_it_is_now(database: Database):
    """The last evaluation counts."""
    keep(database, "a", golden_evaluation(), faulty_evaluation())

    assert database.do(golden_renders) == []


def test_the_findings_are_kept_without_their_frames(database: Database):
    """Code, time and fix are in the store; pictures are not."""
    keep(database, "a", faulty_evaluation())

    [kept] = database.do(lambda session: evaluations.of_job(session, "a"))

    assert len(kept.findings) == len(faulty_evaluation().findings)
    assert {"metric", "code", "message", "time_s", "until_s", "suggested_fix"} <= kept.findings[0].keys()
    assert "evidence" not in kept.findings[0]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ("Cut my clip to 8 seconds and put the title 'Hello' in the centre", "title"),
        ("burn in captions of what is said", "captions"),
        ("make a slideshow of the photos with the music, cut on the beat", "slideshow"),
        ("speed it up twice", None),
        ("", None),
        ("'put the title captions said' 12 34", None),
    ],
)
def test_the_nearest_is_the_one_that_asks_for_the_same_thing(request_: str, expected: str | None):
    """By the words of the task: its figures and quoted words do not count, and nothing alike gives none."""
    known = {
        "title": golden("Cut the clip to 5 seconds, put the title 'Big Buck Bunny' in the centre, fading in"),
        "captions": golden("Add captions of what is said"),
        "slideshow": golden("Make a slideshow of these photos with music, each cut on a beat"),
    }

    found = nearest(request_, list(known.values()))

    assert found == (known[expected] if expected else None)


def test_nothing_is_nearest_among_none():
    """A first job has no examples."""
    assert nearest("cut it", []) is None


def test_an_example_has_request_plan_program_and_scores():
    """A model reads it as Markdown; backticks in a program do not end its block."""
    example = example_of(golden("Trim it\nand add a title", program="const a = `\n```\n`;"))

    assert "> Trim it\n> and add a title" in example
    assert "2. Add the title (`video_editor`)" in example
    assert "````typescript\nconst a = `\n```\n`;\n````" in example
    assert "| total | 0.92 |" in example
    assert "| brand | – |" in example


def test_examples_are_written_whole_and_again_in_their_place(tmp_path: Path):
    """Each job has its file, whatever its request says; a second export replaces it."""
    goldens = [golden("../../etc: Straße & 'x'"), golden("日本語", job_id="fedcba9876543210")]

    first = write_examples(goldens, tmp_path / "examples")
    again = write_examples(goldens, tmp_path / "examples")

    assert first == again
    assert [path.name for path in first] == ["etc-stra-e-x-01234567.md", "golden-fedcba98.md"]
    assert sorted((tmp_path / "examples").iterdir()) == sorted(first)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path):
    """As every output."""
    (tmp_path / "file").touch()

    with pytest.raises(OutputRefused):
        write_examples([golden("Trim it")], tmp_path / "file" / "examples")


async def test_a_model_is_shown_what_came_out_well_for_a_similar_request(database: Database, tmp_path: Path):
    """The program is in its task, and only where the requests are alike."""
    keep(database, "a", golden_evaluation())
    store = SessionStore.create(database, tmp_path)
    find_example = build_services(Settings(model="any", home=tmp_path, _env_file=None)).find_example

    shown = []
    for request in ("Edit a", "Something else altogether"):
        job = JobView(new_id(), store.session_id, request)
        database.do(partial(jobs.add, new=job))
        fence = database.do(partial(jobs.claim, job_id=job.id, executor="executor"))
        shown.append(await find_example(store.for_job(fence), request))

    assert shown == ["// program of a", ""]
    assert "<example>\n// program of a\n</example>" in task("Edit b", (), None, example=shown[0])
