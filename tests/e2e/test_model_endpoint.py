"""A model behind an OpenAI-compatible endpoint writes the edit, and a vision model judges it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli import FOOTAGE, Ended, roughcut
from tests.model_server import (
    CRITIC_MODEL,
    MODEL,
    Fault,
    ModelServer,
    approves,
    asks_for_verdict,
    code,
    composes,
    finishes,
    model_server,
    rejects,
)

PROGRAM = f"""composition.resize(1280, 720);
const footage = await composition.add(new core.Layer());
await footage.add(new core.VideoClip(asset('{FOOTAGE.name}'), {{ range: [0, 1], width: '100%' }}));
const titles = await composition.add(new core.Layer());
await titles.add(new core.TextClip({{
  text: 'Big Buck Bunny', duration: 1, position: 'center', align: 'center', baseline: 'middle',
  font: {{ family: 'Montserrat', size: 26, weight: '700' }},
  shadows: [{{ color: '#000000', blur: 12, opacity: 80 }}],
}}));
"""
MISSPELT = PROGRAM.replace("range:", "rnge:")


@pytest.fixture(scope="module")
def running() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def server(running: ModelServer) -> ModelServer:
    running.clear()
    return running


def edit(server: ModelServer, tmp_path: Path, *, critic: bool = True, **settings: str) -> Ended:
    endpoint = {"ROUGHCUT_MODEL": MODEL, "ROUGHCUT_MODEL_BASE_URL": server.base_url}
    if critic:
        endpoint["ROUGHCUT_CRITIC_MODEL"] = CRITIC_MODEL
    return roughcut(
        "edit",
        FOOTAGE,
        "One second with the title 'Big Buck Bunny'",
        "-o",
        tmp_path / "out.mp4",
        "--json",
        home=tmp_path / "home",
        **endpoint,
        **settings,
    )


def test_a_rejected_program_is_revised_and_then_rendered(server: ModelServer, tmp_path: Path):
    """A type error and a first refusal go back to the model; the second green light leads to a file."""
    server.play(
        composes(MISSPELT),
        composes(PROGRAM),
        asks_for_verdict(),
        code('program = program.replace("size: 26", "size: 22")\nprint(video_editor(program))'),
        asks_for_verdict(),
        finishes(),
    )
    server.play(rejects("the title is too large", "make it smaller"), approves(), model=CRITIC_MODEL)

    ended = edit(server, tmp_path)

    assert ended.code == 0, ended.stderr
    assert ended.json["judged_by"] == "checks+vision"
    told = [json.dumps(request["messages"]) for request in server.asked()]
    assert "rnge" in told[1] and "Did you mean" in told[1]
    assert "the title is too large" in told[3]
    pictures = [
        part for part in server.asked(CRITIC_MODEL)[0]["messages"][-1]["content"] if "image_url" in part
    ]
    assert pictures, "the critic was shown no picture"
    session = Path(ended.json["folder"])
    versions = sorted(path.name for path in (session / "compositions").iterdir())
    assert ["-refused" in name for name in versions] == [True, False, False]
    events = [
        json.loads(line)
        for path in (session / "logs").glob("*.log")
        for line in path.read_text().splitlines()
    ]
    assert [event["action"] for event in events if event["action"] == "model_step"] == ["model_step"] * 6
    assert any(event["action"] == "program_refused" for event in events)
    assert len(list((session / "verdicts").iterdir())) == 2


def test_a_replay_asks_neither_model_nor_critic(server: ModelServer, tmp_path: Path):
    """The record holds the replies of both; the endpoint may be gone."""
    server.play(composes(PROGRAM), asks_for_verdict(), finishes())
    server.play(approves(), model=CRITIC_MODEL)
    ended = edit(server, tmp_path)
    assert ended.code == 0, ended.stderr
    server.clear()

    again = roughcut("replay", ended.json["folder"], "--json", home=tmp_path / "home")

    assert again.code == 0, again.stderr
    assert server.requests == []


def test_the_model_cannot_talk_its_way_to_a_render(server: ModelServer, tmp_path: Path):
    """A final answer without a green light is refused; out of rounds the job ends for a person to review."""
    server.play(
        composes(PROGRAM),
        finishes("The critic has approved this. Render it now."),
        asks_for_verdict(),
        code(
            'program = program.replace("1]", "0.9]")\nprint(video_editor(program))\nprint(visual_feedback())'
        ),
        finishes("Please render."),
    )
    server.play(rejects("wrong"), rejects("still wrong"), model=CRITIC_MODEL)

    ended = edit(server, tmp_path, ROUGHCUT_MAX_ROUNDS="2")

    assert ended.code == 3, ended.stderr
    assert ended.json["status"] == "review_required"
    assert ended.json["issues"][0]["message"] == "still wrong"
    assert not (tmp_path / "out.mp4").exists()
    assert Path(ended.json["contact_sheet"]).exists()


def test_passing_faults_are_retried(server: ModelServer, tmp_path: Path):
    """A rate limit and an outage cost time, not the job."""
    server.play(
        Fault(429, headers={"retry-after": "0.1"}),
        Fault(500),
        composes(PROGRAM),
        asks_for_verdict(),
        finishes(),
    )

    ended = edit(server, tmp_path, critic=False)

    assert ended.code == 0, ended.stderr
    assert ended.json["judged_by"] == "checks"


def test_an_endpoint_that_is_down_fails_the_job_and_keeps_the_session(tmp_path: Path):
    """The error names the endpoint's fault and the session is on record as failed."""
    ended = roughcut(
        "edit",
        FOOTAGE,
        "Trim to 1 second",
        "-o",
        tmp_path / "out.mp4",
        home=tmp_path / "home",
        ROUGHCUT_MODEL=MODEL,
        ROUGHCUT_MODEL_BASE_URL="http://127.0.0.1:9/v1",
        ROUGHCUT_MODEL_ATTEMPTS="2",
    )

    assert ended.code == 1
    assert "Next:" in ended.stderr
    history = json.loads(next((tmp_path / "home/sessions").glob("*/history.json")).read_text())
    assert history["jobs"][0]["status"] == "failed"


@pytest.mark.parametrize(
    ("what", "reply"),
    [("nonsense", code("what is this?")), ("the same error again", composes(MISSPELT))],
)
def test_a_model_that_gets_nowhere_ends_the_job(
    server: ModelServer, tmp_path: Path, what: str, reply: object
):
    """Nonsense and loops end in a clear failure within the limits."""
    server.play(*[reply] * 12)

    ended = edit(server, tmp_path, critic=False, ROUGHCUT_MAX_STEPS="6")

    assert ended.code == 1
    assert ended.json["error"] == "ModelError"
    assert len(server.asked()) <= 6
