"""A finished video that is found faulty goes back to the model, and to a person when that mends nothing."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from agent.store.connections import SQLITE_FILE
from tests.e2e.cli import Ended, roughcut
from tests.media import X264, made_by_ffmpeg, tone_source
from tests.model_server import (
    CRITIC_MODEL,
    MODEL,
    ModelServer,
    Said,
    approves,
    asks_for_verdict,
    composes,
    finishes,
    model_server,
)

RUBRIC = ("opening", "tension", "message", "novelty", "ending")


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def server(running: ModelServer) -> ModelServer:
    running.clear()
    return running


@pytest.fixture(scope="module")
def footage() -> Path:
    """A second that flashes five times in its middle, and one that does not."""
    flash = "drawbox=t=fill:color=white@0.7:enable='between(t,0.2,0.8)*lt(mod(t,0.12),0.06)'"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=30:duration=2,{flash}"]
    return made_by_ffmpeg(*picture, *tone_source(2), *X264, "-c:a", "aac", suffix=".mp4")


def program(footage: Path, start_s: float, length_s: float = 1.0) -> str:
    return f"""composition.resize(1280, 720);
const footage = await composition.add(new core.Layer());
await footage.add(new core.VideoClip(asset('{footage.name}'), {{
  range: [{start_s}, {start_s + length_s}], delay: -{start_s}, width: '100%',
}}));
"""


def votes(points: int) -> list[Said]:
    """What the vision model says of how a video holds its viewers, as often as it is asked."""
    vote = {item: {"points": points, "time_s": 0.0, "reason": "as it is"} for item in RUBRIC}
    return [Said(json.dumps(vote))] * 2


def edit(server: ModelServer, footage: Path, tmp_path: Path, *options: str, **settings: str) -> Ended:
    return roughcut(
        "edit", footage, "Take one second of it", "-o", tmp_path / "out.mp4", "--json", *options,
        home=tmp_path / "home",
        ROUGHCUT_CACHE=str(tmp_path / "cache"), ROUGHCUT_MODEL=MODEL, ROUGHCUT_MODEL_BASE_URL=server.base_url,
        ROUGHCUT_MODEL_ATTEMPTS="1",
        **settings,
    )  # fmt: skip


def test_a_faulty_video_is_mended_in_another_round(server: ModelServer, footage: Path, tmp_path: Path):
    """The model gets its program back with what is wrong with the video, when; the next one is delivered."""
    server.play(composes(program(footage, 0)), asks_for_verdict(), finishes())
    server.play(composes(program(footage, 1)), asks_for_verdict(), finishes("calmer now"))
    server.play(approves(), *votes(4), approves(), *votes(4), model=CRITIC_MODEL)

    ended = edit(server, footage, tmp_path, "--require-golden", ROUGHCUT_CRITIC_MODEL=CRITIC_MODEL)

    assert ended.code == 0, ended.stderr
    assert ended.json["message"] == "calmer now"
    assert ended.json["scorecard"]["golden"]
    assert (tmp_path / "out.mp4").exists()
    first, again = (json.dumps(server.asked()[number]["messages"][-1]) for number in (0, 3))
    assert "<faults_of_the_finished_video>" in again and "The picture flashes from 0." in again
    assert "range: [0, 1.0]" in again and "range: [0, 1.0]" not in first
    assert spent_tokens(tmp_path / "home") == [100 * len(server.requests)], "some calls are not on the bill"
    assert [path.suffix for path in outputs(ended)].count(".mov") == 0, "what the browser encoded is left"


def test_a_video_that_stays_faulty_waits_for_a_person(server: ModelServer, footage: Path, tmp_path: Path):
    """A model that changes nothing ends the rounds; its video is kept in the session, and the faults told."""
    for _ in range(2):
        server.play(composes(program(footage, 0)), asks_for_verdict(), finishes())

    ended = edit(server, footage, tmp_path)

    assert ended.code == 3, ended.stderr
    assert ended.json["status"] == "review_required"
    assert "flashes" in ended.json["message"]
    assert ("flashes", "blocker") in {(issue["code"], issue["severity"]) for issue in ended.json["issues"]}
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".mp4"] == []
    (kept,) = (path for path in outputs(ended) if path.suffix == ".mp4")
    assert str(kept) in ended.json["message"]


def outputs(ended: Ended) -> list[Path]:
    """What the session keeps beside its compositions."""
    return list((Path(ended.json["folder"]) / "outputs").iterdir())


def spent_tokens(home: Path) -> list[int]:
    """What went into models in each job."""
    with closing(sqlite3.connect(home / SQLITE_FILE)) as database:
        return [tokens for (tokens,) in database.execute("SELECT tokens_in FROM jobs")]
