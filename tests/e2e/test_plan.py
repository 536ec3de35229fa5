"""Plans at the command line: shown, approved by a person, sent back to a model that plans what cannot be."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.cli import COMMAND_TIMEOUT_S, FOOTAGE, command, command_environment, roughcut
from tests.model_server import (
    MODEL,
    Fault,
    ModelServer,
    Said,
    asks_for_verdict,
    code,
    finishes,
    model_server,
    plans,
)

PROMPT = "Trim to 1 second and put the title 'Hello' in the centre"
PROGRAM = f"""composition.resize(640, 360);
const footage = await composition.add(new core.Layer());
await footage.add(new core.VideoClip(asset('{FOOTAGE.name}'), {{ range: [0, 1], width: '100%' }}));
"""


def edit(*options: object, tmp_path: Path) -> list[object]:
    return ["edit", FOOTAGE, PROMPT, "-o", tmp_path / "out.mp4", *options]


def test_a_plan_alone_edits_nothing(tmp_path: Path):
    """It is printed and on record; no file is made."""
    home = tmp_path / "home"

    ended = roughcut(*edit("--plan-only", tmp_path=tmp_path), home=home)
    shown = roughcut("plan", home=home)

    assert ended.code == shown.code == 0, ended.stderr
    for text in (ended.stdout, shown.stdout):
        assert f"Keep the first 1 s of {FOOTAGE.name}." in text
        assert "Show the title “Hello”, in the centre" in text
    assert "(completed)" in shown.stdout and "✓" not in shown.stdout
    assert not (tmp_path / "out.mp4").exists()


def test_without_a_terminal_a_job_waits_for_a_yes(tmp_path: Path):
    """It says how to give it; then the very plan is carried out, and each step of it is marked."""
    home = tmp_path / "home"

    waiting = roughcut(*edit("--approve", tmp_path=tmp_path), home=home, stdin="")
    made_before = (tmp_path / "out.mp4").exists()
    approved = roughcut("approve", waiting.stdout.partition("roughcut approve ")[2].split()[0], home=home)
    shown = roughcut("plan", "--json", home=home)
    again = roughcut("approve", shown.json["job_id"], home=home)

    assert (waiting.code, made_before) == (3, False), waiting.stderr
    assert approved.code == 0, approved.stderr
    assert (tmp_path / "out.mp4").exists()
    (version,) = shown.json["plans"]
    assert {step["status"] for step in version["steps"]} == {"done"}
    assert again.code != 0 and "Traceback" not in again.stderr


def test_at_a_terminal_a_person_is_asked(tmp_path: Path):
    """The plan is shown, and the work begins at a yes."""
    person, terminal = pty.openpty()
    os.write(person, b"y\n")
    with ThreadPoolExecutor(1) as reader:
        said = reader.submit(everything_from, person)
        ended = subprocess.run(
            command(*edit("--approve", tmp_path=tmp_path)),
            env=command_environment(tmp_path / "home"),
            stdin=terminal,
            stderr=terminal,
            stdout=subprocess.PIPE,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        os.close(terminal)

    assert ended.returncode == 0, said.result()
    assert "Show the title “Hello”" in said.result()
    assert "Carry this plan out?" in said.result()
    assert (tmp_path / "out.mp4").exists()


def everything_from(terminal: int) -> str:
    """What is written to a terminal until its other end is closed."""
    said = b""
    with suppress(OSError), os.fdopen(terminal, "rb", buffering=0) as shown:
        while part := shown.read(10_000):
            said += part
    return said.decode()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


def test_a_model_plans_anew_and_a_replay_asks_nobody(server: ModelServer, tmp_path: Path):
    """An endpoint without structured output; a plan that cannot be; a plan that is not the way."""
    home = tmp_path / "home"
    endpoint = {"ROUGHCUT_MODEL": MODEL, "ROUGHCUT_MODEL_BASE_URL": server.base_url}
    server.plans += [
        Fault(400, '{"error": {"message": "response_format is not supported"}}'),
        plans("Beam it up.", tool="teleport"),
        Said(f"Here it is:\n```json\n{plans('Find the beats.', tool='beats').content}\n```"),
        plans("Show one second.", "Judge it."),
    ]
    server.play(
        code("print(new_plan('nothing is heard in it'))"),
        code(f'program = r"""{PROGRAM}"""\nprint(video_editor(program))\nmark_step(1)'),
        asks_for_verdict(),
        finishes(),
    )

    ended = roughcut(
        "edit", FOOTAGE, "Trim to 1 second", "-o", tmp_path / "out.mp4", "--json", home=home, **endpoint
    )
    shown = roughcut("plan", ended.json["job_id"], "--json", home=home)
    questions = server.asked_to_plan()
    server.clear()
    replayed = roughcut("replay", ended.json["folder"], home=home)

    assert ended.code == 0, ended.stderr
    assert ["response_format" in question for question in questions] == [True, False, False, False]
    assert "there is no tool 'teleport'" in questions[2]["messages"][-1]["content"][0]["text"]
    assert "nothing is heard in it" in json.dumps(questions[3]["messages"])
    first, second = shown.json["plans"]
    assert ([step["tool"] for step in first["steps"]], first["prompt_tokens"]) == (["beats"], 200)
    assert [step["status"] for step in second["steps"]] == ["done", "open"]
    assert (second["version"], second["reason"]) == (2, "nothing is heard in it")
    assert replayed.code == 0, replayed.stderr
    assert server.requests == []


def test_a_request_that_cannot_be_met_ends_at_the_plan(server: ModelServer, tmp_path: Path):
    """The model's reason is told, and nobody is asked to compose."""
    server.plans.append(Said('{"cannot": "There is no music among the files.", "steps": []}'))

    ended = roughcut(
        "edit",
        FOOTAGE,
        "Cut on the beat",
        "-o",
        tmp_path / "out.mp4",
        home=tmp_path / "home",
        ROUGHCUT_MODEL=MODEL,
        ROUGHCUT_MODEL_BASE_URL=server.base_url,
    )

    assert ended.code == 2 and "There is no music among the files." in ended.stderr
    assert server.asked() == []
