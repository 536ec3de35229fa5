"""Plans on record, in both databases: their versions, what is marked of them, and how a person finds them."""

from __future__ import annotations

import json
from functools import partial
from io import StringIO

import pytest
from rich.console import Console

from agent.domain import EditPlan, PlanStep, StepStatus
from agent.errors import BadInput, NotFound
from agent.plan_commands import job_called, plans_of
from agent.plan_display import plans_as_dict, print_plans
from agent.store import plans
from agent.store.database import Database
from agent.store.fence import Fence
from tests.stored import claimed, stored_job, stored_session

FIRST = EditPlan(
    (
        PlanStep(1, "Find the beats of [song].mp3.", "beats", ("[song].mp3",)),
        PlanStep(2, "Keep 2 s to 6 s.", "video_editor", ("clip.mp4",), (2.0, 6.0)),
    )
)
SECOND = EditPlan((PlanStep(1, "Cut every 2 s.", "video_editor"),), 2, "no steady beat")


def keep(database: Database, fence: Fence, plan: EditPlan) -> None:
    kept = plans.plan_json(plan)
    database.do(partial(plans.add, fence=fence, plan=kept, model="m", prompt_tokens=900, reason=plan.reason))


def mark(database: Database, fence: Fence, step: PlanStep) -> None:
    database.do(partial(plans.mark, fence=fence, step=step))


def marked(number: int, note: str = "") -> PlanStep:
    return PlanStep(number, "", "", status=StepStatus.DONE, note=note)


async def test_each_version_is_kept_with_its_marks(database: Database):
    """The marks are those of the version that the job goes by."""
    job = stored_job(database)
    fence = claimed(database, job)
    keep(database, fence, FIRST)
    mark(database, fence, marked(1, "there are none"))
    keep(database, fence, SECOND)
    mark(database, fence, marked(1))

    _, versions = await plans_of(database, job.id)

    assert [(kept.version, kept.reason, kept.prompt_tokens) for kept, _ in versions] == [
        (1, "", 900),
        (2, "no steady beat", 900),
    ]
    assert [plan for _, plan in versions] == [
        FIRST.marked(1, StepStatus.DONE, "there are none"),
        SECOND.marked(1, StepStatus.DONE),
    ]


async def test_an_edit_that_is_done_over_makes_no_version_twice(database: Database):
    """After a crash it plans, marks and plans again as before, from the first version on."""
    job = stored_job(database)
    for worker in ("worker-1", "worker-2"):
        fence = claimed(database, job, worker)
        keep(database, fence, FIRST)
        mark(database, fence, marked(2))
        keep(database, fence, SECOND)

    _, versions = await plans_of(database, job.id)

    assert [plan for _, plan in versions] == [FIRST.marked(2, StepStatus.DONE), SECOND]


async def test_a_job_is_found_by_any_of_its_names(database: Database, tmp_path):
    """Its id, the start of it, its session's id or folder; the latest where none is named."""
    session = stored_session(database)
    stored_job(database, id="aaaa1" + "0" * 27, session_id=session.id)
    later = stored_job(database, id="aaaa2" + "0" * 27, session_id=session.id)
    last = stored_job(database, id="bbbb" + "0" * 28)
    folder = tmp_path / session.id
    folder.mkdir()

    names = {"aaaa2": later, later.id: later, session.id: later, str(folder): later, "bbbb": last, None: last}

    for name, job in names.items():
        assert (await job_called(database, name)).id == job.id, name


@pytest.mark.parametrize(
    ("name", "error", "why"),
    [
        ("aaaa", BadInput, "Several jobs begin with 'aaaa'"),
        ("aaa", NotFound, "no job and no session with a job named 'aaa'"),
        ("%%%%", NotFound, "named '%%%%'"),
    ],
)
async def test_a_name_that_is_nobodys_is_refused(database: Database, name, error, why):
    """Nor is one taken that may be several."""
    for number in (1, 2):
        stored_job(database, id=f"aaaa{number}" + "0" * 27)

    with pytest.raises(error, match=why):
        await job_called(database, name)


async def test_a_plan_is_shown_to_people_and_to_programs(tmp_path):
    """Each version with its marks and notes; names in brackets are no markup."""
    database = Database.open(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    job = stored_job(database, request="cut it on the beat")
    fence = claimed(database, job)
    console = Console(file=StringIO(), width=100)
    print_plans(console, *await plans_of(database, job.id))
    keep(database, fence, FIRST)
    mark(database, fence, marked(1, "there are none"))
    keep(database, fence, SECOND)

    found = await plans_of(database, job.id)
    database.close()
    print_plans(console, *found)
    figures = json.loads(json.dumps(plans_as_dict(*found), default=str))

    shown = console.file.getvalue()
    assert "cut it on the beat\nIt has no plan yet." in shown
    for part in (
        "Plan 1 by m, 900 tokens",
        "✓",
        "Find the beats of [song].mp3.",
        "there are none",
        "clip.mp4 2-6 s",
    ):
        assert part in shown
    assert "because no steady beat" in shown
    assert (figures["job_id"], figures["title"]) == (job.id, "cut it on the beat")
    first, second = figures["plans"]
    assert first["steps"][0]["status"] == "done"
    assert first["steps"][1]["range_s"] == [2.0, 6.0]
    assert (second["version"], second["reason"]) == (2, "no steady beat")
