"""`roughcut evaluate` and `roughcut golden`, as a person runs them."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.domain import JobStatus
from agent.evaluation.figures import finding_figures, score_figures
from agent.evaluation.values import Metric
from agent.store import compositions, evaluations, jobs, sessions
from agent.store.database import Database, default_url
from agent.store.views import EvaluationView, JobView, SessionView
from tests.e2e.cli import FOOTAGE, command, command_environment, heed_interrupts, roughcut
from tests.e2e.test_stop import LIMIT_S, processes_naming, wait_for
from tests.evaluation_clips import good, with_picture
from tests.evaluation_samples import golden_evaluation
from tests.media import copied, counter_video
from tests.model_server import CRITIC_MODEL, Said, model_server


def black_clip() -> Path:
    """Four seconds with one cut, and a second and a half of black that nobody declared."""
    black = "drawbox=color=black:t=fill:enable='between(t,1,2.5)'"
    return with_picture(black, source=good(4.0, cuts_s=(2.0,)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all commands of this file keep what they find."""
    return tmp_path_factory.mktemp("home")


def test_a_faulty_file_is_blocked_with_reason_time_and_report(home: Path, tmp_path: Path):
    """Exit code 3; JSON and page tell the black stretch, when it is, what to do. Its name may be `critic`."""
    copied(black_clip(), tmp_path / "critic")
    words = command("evaluate", "./critic", "--report", "report.html", "--no-ocr", "--json")
    environment = command_environment(home, ROUGHCUT_CACHE=str(home / "cache"))

    ended = subprocess.run(
        words, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )

    assert ended.returncode == 3, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["status"], told["golden"], told["file"]) == ("blocked", False, "critic")
    assert set(told["scores"]) == set(Metric)
    [black] = [found for found in told["findings"] if "black" in found["message"].lower()]
    assert black["severity"] == "blocker"
    assert black["time_s"] == pytest.approx(1.0, abs=0.1)
    assert black["suggested_fix"]
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Blocked" in page
    assert '<img src="data:image/jpeg;base64,' in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["critic", "report.html"]


def test_a_file_that_is_not_golden_has_a_table(home: Path):
    """Exit code 2: without a vision model nothing is golden, and the table says so beside all scores."""
    ended = roughcut(
        "evaluate", good(4.0, cuts_s=(2.0,)), "--no-ocr", home=home, ROUGHCUT_CACHE=str(home / "cache")
    )

    assert ended.code == 2, ended.stdout + ended.stderr
    assert all(metric.capitalize() in ended.stdout for metric in Metric)
    assert "Not golden" in ended.stdout
    assert "Retention – not judged: no vision model." in ended.stdout


def test_a_golden_file_ends_with_0(home: Path):
    """With a vision model that finds it worth watching, the same file is golden, by two votes."""
    mark = {"points": 4, "time_s": 0.5, "reason": "It is clear at once."}
    vote = Said(json.dumps(dict.fromkeys(("opening", "tension", "message", "novelty", "ending"), mark)))
    with model_server() as server:
        server.play(vote, vote, model=CRITIC_MODEL)
        settings = {"ROUGHCUT_CRITIC_MODEL": CRITIC_MODEL, "ROUGHCUT_CRITIC_BASE_URL": server.base_url}

        ended = invoked("evaluate", good(4.0, cuts_s=(2.0,)), home=home, **settings)

    assert ended.exit_code == 0, ended.output
    assert "Golden." in ended.stdout


def test_what_cannot_be_evaluated_is_no_verdict(home: Path, tmp_path: Path):
    """Exit code 1 with what is wrong: no video, no file, no such profile, brand, session, or report."""
    (tmp_path / "notes.mp4").write_text("not a video")
    (tmp_path / "brand.toml").write_text("colours = 7")
    video = counter_video(1)
    wrong = [
        (tmp_path / "notes.mp4",),
        (tmp_path / "missing.mp4",),
        (video, "--profile", "opera"),
        (video, "--brand", tmp_path / "brand.toml"),
        (video, "--composition", "0123456789"),
        (video, "--asset", tmp_path / "missing.mp4"),
        (video, "--report", tmp_path),
        (video, "--report", video),
    ]

    for words in wrong:
        ended = invoked("evaluate", *words, "--json", home=home)

        assert ended.exit_code == 1, words
        told = json.loads(ended.stdout)
        assert told["status"] == "failed"
        assert told["message"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brand.toml", "notes.mp4"]


def test_a_stopped_evaluation_leaves_nothing(home: Path, tmp_path: Path):
    """Ctrl-C: exit code 130, no report, no scratch file, no ffmpeg."""
    scratch, report = tmp_path / "scratch", tmp_path / "report.html"
    scratch.mkdir()
    environment = command_environment(home, TMPDIR=str(scratch), ROUGHCUT_CACHE=str(tmp_path / "cache"))
    clip = copied(good(), tmp_path / "clip.mp4")
    running = subprocess.Popen(
        command("evaluate", clip, "--report", report),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )
    wait_for(lambda: ffmpegs_on(clip), "ffmpeg to read the clip")

    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=LIMIT_S)

    assert running.returncode == 130, said
    wait_for(lambda: not ffmpegs_on(clip), "ffmpeg to end")
    assert not report.exists()
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


def test_a_session_tells_what_its_video_means_to_be(home: Path, tmp_path: Path):
    """A declared fade is no fault, and the title is read against what the program says."""
    video = tmp_path / "out.mp4"
    request = (
        "Trim to 3 seconds, put the title 'Big Buck Bunny' in the centre, fade in from black over 1 second"
    )
    edited = roughcut("edit", FOOTAGE, request, "-o", video, "--json", home=home)
    assert edited.code == 0, edited.stderr
    session = Path(edited.json["folder"]).name

    told = roughcut(
        "evaluate", video, "--composition", session, "--json", home=home, ROUGHCUT_CACHE=str(home / "cache")
    ).json

    assert [found for found in told["findings"] if "black" in found["code"]] == []
    legible = next(part for part in told["scores"]["captions"]["parts"] if part["name"] == "legible")
    assert legible["score"] > 0.9
    assert told["scores"]["clarity"]["value"] > 0.75


def test_golden_renders_are_listed_and_exported(tmp_path: Path):
    """The best is told with its job, and written as an example with request and program."""
    kept = Database.open(default_url(tmp_path))
    try:
        kept.do(_golden_job)
    finally:
        kept.close()

    empty = invoked("golden", "list", home=tmp_path / "nobody")
    shown = invoked("golden", "list", home=tmp_path)
    listed = invoked("golden", "list", "--json", home=tmp_path)
    exported = invoked("golden", "export", tmp_path / "examples", home=tmp_path)

    assert "No golden renders yet" in empty.stdout
    assert "Add a title" in shown.stdout
    assert [found["job_id"] for found in json.loads(listed.stdout)] == ["job1"]
    assert exported.exit_code == 0, exported.stderr
    [example] = (tmp_path / "examples").iterdir()
    assert "> Add a title" in example.read_text(encoding="utf-8")
    assert "// the program" in example.read_text(encoding="utf-8")


def test_nothing_golden_is_no_export(tmp_path: Path):
    """Exit code 1 with how one comes to be, and no empty folder that would look like examples."""
    folder = tmp_path / "examples"

    told = invoked("golden", "export", folder, home=tmp_path)
    machine = invoked("golden", "export", folder, "--json", home=tmp_path)

    assert told.exit_code == machine.exit_code == 1
    assert "No golden renders yet" in told.stderr
    assert "`roughcut edit` keeps one" in told.stderr
    assert json.loads(machine.stdout)["status"] == "failed"
    assert not folder.exists()


def invoked(*words: object, home: Path, **more: str) -> Result:
    """As `roughcut`, in this process: nothing of it is about processes."""
    settings = {
        "ROUGHCUT_HOME": str(home),
        "ROUGHCUT_CACHE": str(home / "cache"),
        "ROUGHCUT_DATABASE_URL": None,
    }
    return CliRunner().invoke(app, [str(word) for word in words], env=settings | more)


def _golden_job(session) -> None:
    found = golden_evaluation()
    sessions.add(session, SessionView("session1"))
    jobs.add(session, JobView("job1", "session1", "Add a title"))
    fence = jobs.claim(session, "job1", "executor")
    compositions.add(session, fence, "f" * 64, "// the program")
    scores, findings = score_figures(found), finding_figures(found)
    evaluations.add(session, fence, EvaluationView("job1", found.total or 0, found.golden, scores, findings))
    jobs.end(session, fence, JobStatus.COMPLETED)


def ffmpegs_on(clip: Path) -> list[str]:
    """Those that read *clip*; the command itself names it too."""
    return [line for line in processes_naming(str(clip)) if line.split()[0].endswith("ffmpeg")]
