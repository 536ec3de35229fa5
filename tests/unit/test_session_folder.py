"""A session's folder keeps what was done, whole or not at all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.domain import Asset, AssetKind, FrameSample, JobStatus, MediaInfo, Verdict
from agent.errors import BadInput, StoreFailed
from agent.store.session_folder import JobRecord, SessionFolder, write_aside


def clip(folder: Path) -> Asset:
    path = folder / "clip.mp4"
    return Asset(
        "clip.mp4", AssetKind.VIDEO, path, path, "a" * 64, "a" * 64, 7, MediaInfo("mp4", 5.0, 1280, 720)
    )


def job(**changes: object) -> JobRecord:
    values = {
        "job_id": "j1",
        "request": "trim",
        "model": "offline",
        "started_at": datetime.now(UTC),
    } | changes
    return JobRecord(**values)  # type: ignore[arg-type]


def test_a_session_reads_back_as_it_was_written(tmp_path: Path):
    """Assets, jobs and the current composition survive the process."""
    folder = SessionFolder.create(tmp_path)
    folder.save_assets([clip(folder.root / "assets")])
    folder.save_job(job())
    folder.make_current(folder.store_composition("f" * 64, "const a = 1;"))
    folder.end_job("j1", JobStatus.FAILED, "no")

    again = SessionFolder.open(tmp_path, folder.history.session_id)

    assert again.history == folder.history
    assert again.history.jobs[0].status is JobStatus.FAILED
    assert again.program(again.current_composition or "") == "const a = 1;"


@pytest.mark.parametrize("named_by", ["folder", "id", "start of the id", "job", "start of the job"])
def test_a_session_is_found_by_what_people_have_at_hand(tmp_path: Path, named_by: str):
    """The printed folder, the id, its start, or a job's id and its start all lead to the session."""
    folder = SessionFolder.create(tmp_path)
    folder.replies_path("job-that-cuts").write_text("")
    session_id = folder.history.session_id
    reference = {
        "folder": str(folder.root),
        "id": session_id,
        "start of the id": session_id[:8],
        "job": "job-that-cuts",
        "start of the job": "job-",
    }[named_by]

    assert SessionFolder.open(tmp_path, reference).root == folder.root


def test_a_job_is_named_by_the_start_of_its_id(tmp_path: Path):
    """From four letters on; what begins no job stays as it is, for it names a session."""
    folder = SessionFolder.create(tmp_path)
    folder.save_job(job(job_id="3f2a77"))

    assert folder.whole_id("3f2a") == "3f2a77"
    assert folder.whole_id("3f2") == "3f2"
    assert folder.whole_id(str(folder.root)) == str(folder.root)


def test_what_is_named_from_here_is_the_same_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Browsers and ffmpeg are given these paths, and work in folders of their own."""
    monkeypatch.chdir(tmp_path)
    folder = SessionFolder.create(Path("home"))
    folder.save_assets([clip(folder.root / "assets")])

    again = SessionFolder.open(Path("home"), f"home/sessions/{folder.history.session_id}")

    assert folder.root == again.root == tmp_path / "home/sessions" / folder.history.session_id
    assert again.history.assets[0].path.is_absolute()


def test_an_unknown_session_says_where_it_was_looked_for(tmp_path: Path):
    """The error names the place, so that a wrong ROUGHCUT_HOME is seen."""
    with pytest.raises(BadInput, match=str(tmp_path)):
        SessionFolder.open(tmp_path, "nope")


def test_a_damaged_history_is_reported_not_replaced(tmp_path: Path):
    """What cannot be read is left alone and named."""
    folder = SessionFolder.create(tmp_path)
    history = folder.root / "history.json"
    history.write_text('{"session_id": ')

    with pytest.raises(BadInput, match=r"history\.json"):
        SessionFolder.open(tmp_path, folder.history.session_id)
    assert history.read_text() == '{"session_id": '


def test_an_unwritable_home_is_named_with_the_way_out(tmp_path: Path):
    """A home that cannot hold sessions is a clear error."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way")

    with pytest.raises(StoreFailed) as caught:
        SessionFolder.create(blocked)
    assert "ROUGHCUT_HOME" in caught.value.hint


def test_samples_and_verdicts_are_kept_by_fingerprint(tmp_path: Path):
    """A verdict can be looked up with the frames it was made on."""
    folder = SessionFolder.create(tmp_path)

    frames = folder.store_samples("f" * 64, [FrameSample(1.5, 45, 640, 360, b"jpeg")])
    verdict = folder.store_verdict(Verdict("f" * 64, True, "checks"))

    assert [path.name for path in frames.iterdir()] == ["00001.500.jpg"]
    assert '"green_light": true' in verdict.read_text()


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A full disk in the middle of a write loses nothing that was there."""
    target = tmp_path / "history.json"
    target.write_bytes(b"old")

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreFailed, match="No space left"):
        write_aside(target, b"new")

    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["history.json"]


def test_a_moved_session_finds_its_footage(tmp_path: Path):
    """The folder may be carried elsewhere; its assets are where it is."""
    folder = SessionFolder.create(tmp_path)
    folder.save_assets([clip(folder.root / "assets")])
    elsewhere = tmp_path / "elsewhere"
    folder.root.rename(elsewhere)

    moved = SessionFolder.open(tmp_path, str(elsewhere))

    assert moved.history.assets[0].path == elsewhere / "assets" / "clip.mp4"
