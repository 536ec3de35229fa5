"""The command as a person runs it: a process of its own, with a home of its own."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOOTAGE = ROOT / "tests/data/big_buck_bunny_720p_5s.mp4"
COMMAND_TIMEOUT_S = 180


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict:
        return json.loads(self.stdout)


def roughcut(*arguments: object, home: Path, stdin: str | None = None, **environment: str) -> Ended:
    """Runs `roughcut ARGUMENTS` to its end."""
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        env=command_environment(home, **environment),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "agent.cli", *map(str, arguments)]


def command_environment(home: Path, **environment: str) -> dict[str, str]:
    """Ours without the settings of whoever runs the tests."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("ROUGHCUT_")}
    return own | {"ROUGHCUT_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200"} | environment


def heed_interrupts() -> None:
    """As in a terminal: a shell that runs the tests in its background lets its children ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
