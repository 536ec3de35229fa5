"""`roughcut chat`: a conversation about one set of footage."""

import json
from pathlib import Path

from tests.e2e.cli import FOOTAGE, roughcut


def test_follow_ups_keep_the_composition_and_undo_goes_back(tmp_path: Path):
    """The second request changes the first one's program; `/undo` renders the first again."""
    said = "Trim to 1 second and add the title 'Hello'\nmake it square\n/undo\n/nonsense\n/quit\n"

    ended = roughcut("chat", FOOTAGE, "-o", tmp_path / "out.mp4", home=tmp_path / "home", stdin=said)

    assert ended.code == 0, ended.stderr
    jobs = json.loads(next((tmp_path / "home/sessions").glob("*/history.json")).read_text())["jobs"]
    assert [job["status"] for job in jobs] == ["completed"] * 3
    first, square, undone = jobs
    assert square["previous_composition"] == first["composition"]
    assert undone["fingerprint"] == first["fingerprint"] != square["fingerprint"]
    session = next((tmp_path / "home/sessions").iterdir())
    assert "Hello" in (session / square["composition"]).read_text()
    assert "/nonsense" in ended.stdout
    replayed = roughcut("replay", session, "--json", home=tmp_path / "home")
    assert replayed.code == 0, replayed.stderr
    assert replayed.json["job_id"] == square["job_id"]


def test_an_error_does_not_end_the_conversation(tmp_path: Path):
    """What is not understood is told, and the next request is taken."""
    said = "make the rabbit dance the tango\nTrim to 1 second\n"

    ended = roughcut("chat", FOOTAGE, "-o", tmp_path / "out.mp4", home=tmp_path / "home", stdin=said)

    assert ended.code == 0, ended.stderr
    assert "Error:" in ended.stdout
    assert (tmp_path / "out.mp4").exists()
