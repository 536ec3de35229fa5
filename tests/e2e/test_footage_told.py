"""What is seen and heard is in the task that a model gets, in the first request and in those that follow."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from agent.store.connections import SQLITE_FILE
from tests.e2e.cli import roughcut
from tests.integration.test_analysis import whisper_folder
from tests.model_server import MODEL, asks_for_verdict, composes, finishes, model_server
from tests.music import SENTENCES, talking_video

PROGRAM = """composition.resize(640, 360);
const footage = await composition.add(new core.Layer());
await footage.add(new core.VideoClip(asset('talk.mp4'), { range: [0, 1], width: '100%' }));
"""


def footage_in(request: dict) -> str:
    """The footage tags of the task that the model was sent."""
    return re.findall(r"<footage .*?</footage>", str(request["messages"]), re.DOTALL)[-1]


def scores_in(home: Path) -> str:
    """All that was measured of the finished videos."""
    with closing(sqlite3.connect(home / SQLITE_FILE)) as database:
        rows = database.execute("SELECT scores FROM evaluations").fetchall()
    assert rows, "nothing was scored"
    return str(rows)


def test_the_model_reads_it_and_a_replay_does_the_same(tmp_path: Path):
    """Words, silences and cuts are there before the first reply; the second request has the same of it."""
    (tmp_path / "talk.mp4").write_bytes(talking_video(SENTENCES[:2]).read_bytes())
    with model_server() as server:
        settings = {
            "ROUGHCUT_MODEL": MODEL,
            "ROUGHCUT_MODEL_BASE_URL": server.base_url,
            "ROUGHCUT_SPEECH_MODEL": str(whisper_folder()),
            "ROUGHCUT_CACHE": str(tmp_path / "cache"),
        }
        server.play(composes(PROGRAM), asks_for_verdict(), finishes())
        server.play(composes(PROGRAM.replace("[0, 1]", "[1, 2]")), asks_for_verdict(), finishes())
        said = "One second of it\nAnother second\n"
        ended = roughcut(
            "chat", tmp_path / "talk.mp4", "-o", tmp_path / "out.mp4", home=tmp_path, stdin=said, **settings
        )
        asked = server.asked()

    assert ended.code == 0, ended.stderr
    first, second = footage_in(asked[0]), footage_in(asked[3])
    assert "market" in first and "silences: " in first and "cuts: none" in first
    assert second == first
    session = next((tmp_path / "sessions").iterdir())
    assert len(list((session / "analysis").glob("*.png"))) == 2, "a chart and a poster"
    first_job = json.loads((session / "history.json").read_text())["jobs"][0]["job_id"]
    again = roughcut("replay", first_job, "--json", home=tmp_path, **settings)
    assert again.code == 0, again.stdout + again.stderr
    assert "neither words nor texts are known" not in scores_in(tmp_path), "scored without its words"
