"""`roughcut edit`, from the prompt to the file, with no key."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.cli import FOOTAGE, roughcut

MAIN_JOB = "Trim to 3 seconds and put the title 'Big Buck Bunny' in the centre, fading in"


def streams(video: Path) -> dict[str, dict]:
    shown = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(video)],
        capture_output=True,
        check=True,
    )
    probed = json.loads(shown.stdout)
    return {stream["codec_type"]: stream for stream in probed["streams"]} | {"format": probed["format"]}


def luma(video: Path, at_s: float) -> np.ndarray:
    """Brightness of the frame at `at_s`, (720, 1280), 0 to 255."""
    to_grey = "scale=1280:720:out_range=full -f rawvideo -pix_fmt gray"
    raw = subprocess.run(
        f"ffmpeg -v error -ss {at_s} -i {video} -frames:v 1 -vf {to_grey} -".split(),
        capture_output=True,
        check=True,
    ).stdout
    return np.frombuffer(raw, np.uint8).reshape(720, 1280).astype(float)


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The main job, done once; the tests below look at what it left."""
    folder = tmp_path_factory.mktemp("edited")
    output, sheet = folder / "out.mp4", folder / "sheet.png"
    ended = roughcut(
        "edit", FOOTAGE, MAIN_JOB, "-o", output, "--contact-sheet", sheet, "--json", home=folder / "home"
    )
    assert ended.code == 0, ended.stderr
    return {"home": folder / "home", "output": output, "sheet": sheet, "result": ended.json}


def test_the_main_job_makes_a_playable_file(edited: dict):
    """Three seconds of H.264 at the footage's size and rate, with AAC where the footage has sound."""
    found = streams(edited["output"])

    assert float(found["format"]["duration"]) == pytest.approx(3.0, abs=0.05)
    assert (found["video"]["codec_name"], found["video"]["width"], found["video"]["height"]) == (
        "h264",
        1280,
        720,
    )
    assert int(found["video"]["nb_frames"]) == round(3.0 * Fraction(found["video"]["r_frame_rate"]))
    assert ("audio" in found) == ("audio" in streams(FOOTAGE))


def test_the_title_fades_in_over_the_footage(edited: dict):
    """The centre goes from the footage alone to letters that are nearly white; the edges stay the footage."""
    footage, title = (lambda at_s: luma(FOOTAGE, at_s)), (lambda at_s: luma(edited["output"], at_s))
    centre, edge = (slice(320, 400), slice(340, 940)), (slice(60, 200), slice(100, 1180))

    assert np.percentile(title(2.5)[centre], 99) > 200
    brighter = [
        float((title(at_s)[centre] - footage(at_s)[centre]).clip(0).mean()) for at_s in (0.0, 0.3, 2.5)
    ]
    assert brighter[0] < 2 < brighter[1] < brighter[2]
    assert abs(title(2.5)[edge] - footage(2.5)[edge]).mean() < 6


def test_the_job_is_traced_from_end_to_end(edited: dict):
    """Every stage, every reply, every tool and every ffmpeg, with an end, under one root."""
    told = roughcut("trace", edited["result"]["job_id"], "--json", home=edited["home"]).json

    spans = told["spans"]
    assert [found["name"] for found in spans if found["parent_id"] is None] == ["job"]
    stages = ["ingest", "plan", "compose", "render", "deliver", "check"]
    assert [found["name"] for found in spans if found["name"] in stages] == stages
    by_name = {found["name"]: found for found in spans}
    for name in ("open browser", "ask offline", "video_editor", "page sample", "review", "ffmpeg"):
        assert by_name[name]["ended_at"], name
    assert by_name["review"]["parent_id"] == by_name["visual_feedback"]["span_id"]
    assert by_name["render"]["attributes"]["frames"] == 75
    assert by_name["render"]["cpu_s"] > 0
    assert all(found["cpu_s"] is not None for found in spans if found["kind"] == "ffmpeg")
    assert (told["totals"]["failures"], told["status"]) == (0, "completed")


def test_the_contact_sheet_shows_the_approved_frames(edited: dict):
    """A picture whose cells are not all alike."""
    sheet = Image.open(edited["sheet"]).convert("L")

    assert sheet.width >= 640
    assert np.asarray(sheet).std() > 10


def test_the_session_keeps_everything(edited: dict):
    """Assets, compositions, samples, verdicts, replies and history are on disk."""
    session = Path(edited["result"]["folder"])
    history = json.loads((session / "history.json").read_text())

    assert history["jobs"][0]["status"] == "completed"
    for kept in ("assets", "compositions", "samples", "verdicts", "logs"):
        assert list((session / kept).iterdir()), kept


def test_nothing_half_written_stays(edited: dict):
    """Beside the output lies nothing that the job made on the way."""
    assert sorted(path.name for path in edited["output"].parent.iterdir()) == ["home", "out.mp4", "sheet.png"]


def test_a_replay_gives_the_same_frames_without_a_model(edited: dict, tmp_path: Path):
    """The record alone leads to the same composition and to equal pictures."""
    session = edited["result"]["folder"]
    ended = roughcut("replay", session, "-o", tmp_path / "again.mp4", "--json", home=edited["home"])

    assert ended.code == 0, ended.stderr
    replayed = ended.json
    assert replayed["again_fingerprint"] == replayed["first_fingerprint"] == edited["result"]["fingerprint"]
    assert replayed["equal_samples"] == replayed["samples"] > 0
    frames = replayed["frames"]
    assert frames["same_frames"] == frames["first_frames"] == frames["again_frames"] > 0
    assert (tmp_path / "again.mp4").exists()


def test_an_existing_output_is_refused(edited: dict):
    """Without --force nothing is replaced, and the file is as it was."""
    before = edited["output"].stat()
    ended = roughcut("edit", FOOTAGE, MAIN_JOB, "-o", edited["output"], home=edited["home"])

    assert ended.code == 2
    assert "--force" in ended.stderr
    assert edited["output"].stat().st_mtime_ns == before.st_mtime_ns


def test_what_the_offline_model_cannot_do_it_says(tmp_path: Path):
    """A request beyond it ends with the list of what it does, and no file."""
    output = tmp_path / "out.mp4"
    ended = roughcut("edit", FOOTAGE, "Make the rabbit dance the tango", "-o", output, home=tmp_path / "home")

    assert ended.code == 2
    assert "trim" in ended.stderr.lower()
    assert not output.exists()


def test_webm_is_written_as_it_is_rendered(tmp_path: Path):
    """A .webm holds VP9, and Opus where there is sound."""
    output = tmp_path / "out.webm"
    ended = roughcut("edit", FOOTAGE, "Keep the first second", "-o", output, home=tmp_path / "home")

    assert ended.code == 0, ended.stderr
    assert streams(output)["video"]["codec_name"] == "vp9"


def test_small_proxies_do_not_make_the_video_small(tmp_path: Path):
    """It has the size of the footage, with a warning that detail was lost; the wish is the user's own."""
    ended = roughcut(
        "edit",
        FOOTAGE,
        "Trim to 1 second",
        "-o",
        tmp_path / "out.mp4",
        "--json",
        home=tmp_path / "home",
        ROUGHCUT_FOOTAGE_SIDE_PX="640",
    )

    assert ended.code == 0, ended.stderr
    assert (ended.json["artifact"]["media"]["width"], ended.json["artifact"]["media"]["height"]) == (
        1280,
        720,
    )
    assert "proxy_resolution" in [issue["code"] for issue in ended.json["issues"]]
