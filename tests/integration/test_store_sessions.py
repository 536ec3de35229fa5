"""A session's rows and folder tell the same, and a loss of either is told, never made good in silence."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.domain import Artifact, Asset, AssetKind, EditPlan, JobStatus, MediaInfo, Planned, Verdict
from agent.errors import NotFound, StoreFailed, Superseded
from agent.store import artifacts, assets, compositions, events, sessions
from agent.store.database import Database
from agent.store.models import JobRow, SessionRow
from agent.store.session_folder import JobRecord, SessionFolder
from agent.store.session_store import SessionStore
from agent.store.views import AssetType, AssetView, now
from tests.stored import claimed, stored_job


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def store(database: Database, home: Path) -> SessionStore:
    """A new session with a job that is carried out."""
    return begun(SessionStore.create(database, home))


def begun(store: SessionStore, name: str = "trim") -> SessionStore:
    """The session for a new job of it."""
    job = stored_job(store.database, session_id=store.session_id, request=name)
    mine = store.for_job(claimed(store.database, job))
    mine.save_job(JobRecord(job.id, name, "offline", now(), JobStatus.PROCESSING))
    return mine


def clip(store: SessionStore, name: str = "clip.mp4") -> Asset:
    path = store.folder.root / "assets" / f"{name}.stored"
    path.write_bytes(name.encode())
    media = MediaInfo("mp4", 5.0, 1280, 720)
    return Asset(name, AssetKind.VIDEO, path, path, "a" * 64, "a" * 64, 8, media, ("a note",))


def test_the_folder_tells_what_the_rows_hold(store: SessionStore, home: Path):
    """Assets, jobs and the current composition, after each write, for whoever reads the folder alone."""
    job_id = store.job().id
    store.save_assets([clip(store)])
    composition = store.store_composition("f" * 64, "const a = 1;")
    store.store_verdict(Verdict("f" * 64, True, "checks"))
    store.make_current(composition)
    video = Artifact(home / "out.mp4", "d" * 64, 7, MediaInfo("mp4", 1.0))
    store.end_job(job_id, JobStatus.COMPLETED, "done", output=video)

    folder = SessionFolder.open(home, str(store.folder.root))

    assert folder.history.assets == (clip(store),)
    assert folder.program(folder.current_composition or "") == "const a = 1;"
    (record,) = folder.history.jobs
    assert (record.status, record.message, record.output) == (JobStatus.COMPLETED, "done", home / "out.mp4")
    job = store.job()
    assert (job.status, job.message, job.record) == (JobStatus.COMPLETED, "done", job.record)
    assert store.view().revision == 1
    (end,) = store.database.do(partial(events.after, job_id=job_id))
    assert (end.kind, end.data["status"]) == ("end", "completed")


@pytest.mark.parametrize("named_by", ["folder", "id", "start of the id", "job"])
def test_a_session_is_opened_by_what_people_have_at_hand(store: SessionStore, home: Path, named_by: str):
    """The printed folder, the id, its start, or a job's id."""
    references = {
        "folder": str(store.folder.root),
        "id": store.session_id,
        "start of the id": store.session_id[:8],
        "job": store.job().id,
    }

    again = SessionStore.open(store.database, home, references[named_by])

    assert again.session_id == store.session_id
    assert again.folder.history == store.folder.history


def test_nobody_opens_what_is_not_there(database: Database, home: Path):
    """An id that is in neither is not found; one of three letters names nothing."""
    session = SessionStore.create(database, home)

    for reference in ("nope", session.session_id[:3]):
        with pytest.raises(NotFound):
            SessionStore.open(database, home, reference)


def test_a_superseded_worker_leaves_nothing(store: SessionStore):
    """Neither in the rows nor in the folder, whatever it wants to write."""
    root = store.folder.root
    before = root / "history.json"
    artifact = store.folder.outputs / "out.mp4"
    artifact.write_bytes(b"video")
    record, kept = store.folder.job(store.job().id), before.read_bytes()
    claimed(store.database, store.job(), "worker-2")
    writes: list[Callable[[], object]] = [
        lambda: store.save_job(replace(record, message="zombie")),
        lambda: store.end_job(record.job_id, JobStatus.COMPLETED, "zombie"),
        lambda: store.save_assets([clip(store)]),
        lambda: store.make_current(None),
        lambda: store.store_composition("f" * 64, "zombie"),
        lambda: store.store_verdict(Verdict("f" * 64, True, "zombie")),
        lambda: store.store_plan(Planned(EditPlan(())), "zombie"),
        lambda: store.add_artifact(artifact, "video"),
        lambda: store.store_evaluation(total=1.0, golden=True, scores={}, findings=[]),
        lambda: store.tell("step", {"by": "zombie"}),
    ]

    for write in writes:
        with pytest.raises(Superseded):
            write()

    assert before.read_bytes() == kept
    left = [path.name for name in ("compositions", "verdicts", "outputs") for path in (root / name).iterdir()]
    assert left == ["out.mp4"]
    assert store.database.do(partial(events.after, job_id=record.job_id)) == ()
    assert store.database.do(partial(assets.of_session, session_id=store.session_id)) == ()


def test_what_is_stored_again_is_there_once(store: SessionStore):
    """A worker that goes on after a crash writes again what it had written."""
    for _ in range(2):
        name = store.store_composition("f" * 64, "const a = 1;")
        store.store_verdict(Verdict("f" * 64, True, "checks"))
        store.make_current(name)
        store.save_assets([clip(store)])

    assert [path.name for path in (store.folder.root / "compositions").iterdir()] == [Path(name).name]
    assert len(list((store.folder.root / "verdicts").iterdir())) == 1
    assert store.view().revision == 1


def test_a_verdict_and_a_program_of_two_jobs_are_told_apart(store: SessionStore):
    """The next job numbers on, and knows what it began with."""
    first = store.store_composition("a" * 64, "first")
    store.make_current(first)
    follower = begun(store, "now shorter")

    second = follower.store_composition("b" * 64, "second")

    kept = store.database.do(partial(compositions.of_session, session_id=store.session_id))
    assert [row.name for row in kept] == [first, second]
    assert kept[1].parent_id == kept[0].id
    assert (follower.folder.program(first), follower.folder.program(second)) == ("first", "second")


def test_jobs_that_write_at_once_are_all_in_the_folder(store: SessionStore, home: Path):
    """Two workers with a session of their own in memory: the last one leaves what both have written."""
    open_again = partial(SessionStore.open, store.database, home, store.session_id)

    def work(number: int) -> None:
        mine = begun(open_again(), f"job {number}")
        for step in range(5):
            mine.save_job(replace(mine.folder.job(mine.job().id), message=f"step {step}"))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))

    told = SessionFolder.open(home, store.session_id).history.jobs
    assert {record.request for record in told} == {"trim", "job 0", "job 1", "job 2"}
    assert [record.message for record in told if record.request != "trim"] == ["step 4"] * 3


def test_a_folder_that_lags_is_brought_up(store: SessionStore, home: Path):
    """The worker was killed between the rows and the folder: nothing is lost by it."""
    older = (store.folder.root / "history.json").read_bytes()
    store.save_assets([clip(store)])
    (store.folder.root / "history.json").write_bytes(older)

    again = SessionStore.open(store.database, home, store.session_id)

    assert again.folder.history.assets == (clip(store),)
    assert (store.folder.root / "history.json").read_bytes() != older


def test_an_upload_is_no_asset_until_a_job_has_taken_it_in(store: SessionStore):
    """The page could not open it; its type is kept when it is taken in."""
    upload = AssetView(store.session_id, "clip.mp4", AssetType.B_ROLL, "uploads/clip.mp4", 8, "a" * 64)
    store.database.do(partial(assets.add, new=upload))
    store.save_job(store.folder.job(store.job().id))
    assert store.folder.history.assets == ()

    store.save_assets([clip(store)])

    (row,) = store.database.do(partial(assets.of_session, session_id=store.session_id))
    assert (row.id, row.type, row.job_id) == (upload.id, AssetType.B_ROLL, None)
    assert row.storage_path == f"sessions/{store.session_id}/assets/clip.mp4.stored"
    assert store.folder.history.assets == (clip(store),)


def test_artifacts_outlive_their_name(store: SessionStore, home: Path):
    """Another job makes a file of the same name: what the first one made is still what it was."""
    output = store.folder.outputs / "out.mp4"
    kept = []
    for content in (b"first", b"second"):
        aside = output.with_suffix(".part")
        aside.write_bytes(content)
        aside.replace(output)
        kept.append(begun(store, content.decode()).add_artifact(output, "video"))

    assert [(home / artifact.storage_path).read_bytes() for artifact in kept] == [b"first", b"second"]
    assert (kept[0].media_type, kept[0].size_bytes) == ("video/mp4", 5)
    assert store.database.do(partial(artifacts.get, artifact_id=kept[0].id)) == kept[0]


def test_an_output_elsewhere_is_recorded_where_it_is(store: SessionStore, tmp_path: Path):
    """The user named it: it is not copied."""
    output = tmp_path / "elsewhere.mp4"
    output.write_bytes(b"video")

    assert store.add_artifact(output, "video").storage_path == str(output)


def lose_folder(store: SessionStore) -> None:
    shutil.rmtree(store.folder.root)


def lose_rows(store: SessionStore) -> None:
    store.database.do(partial(sessions.delete, session_id=store.session_id))


def lose_job(store: SessionStore) -> None:
    def work(session: Session) -> None:
        session.delete(session.get_one(JobRow, store.job().id))

    store.database.do(work)


def lose_footage(store: SessionStore) -> None:
    store.folder.history.assets[0].path.unlink()


@pytest.mark.parametrize("lose", [lose_folder, lose_rows, lose_job, lose_footage])
def test_a_loss_is_told(store: SessionStore, home: Path, lose: Callable[[SessionStore], None]):
    """With what is lost, where it should be, and what to do; nothing is made in its place."""
    store.save_assets([clip(store)])
    lose(store)
    left = sorted(home.rglob("*"))

    with pytest.raises(StoreFailed, match=store.session_id) as lost:
        SessionStore.open(store.database, home, store.session_id)

    assert lost.value.hint
    assert sorted(home.rglob("*")) == left


def test_a_lost_program_is_told(store: SessionStore):
    """By whoever wants to read it."""
    name = store.store_composition("f" * 64, "const a = 1;")
    (store.folder.root / name).unlink()

    with pytest.raises(StoreFailed, match=name):
        store.folder.program(name)


def test_a_session_without_room_for_its_folder_has_no_row(database: Database, tmp_path: Path):
    """Nobody would find its files."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(StoreFailed):
        SessionStore.create(database, blocked)

    assert database.do(lambda session: session.scalars(select(SessionRow)).all()) == []
