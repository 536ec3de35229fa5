"""A `docker` on PATH that starts Python where a container would be, and notes what it was asked."""

import json
import sys
from pathlib import Path

SCRIPT = """#!{python}
import json, os, sys
with open({journal!r}, "a") as journal:
    journal.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "run":
    command = sys.argv[sys.argv.index("python") + 1 :]
    os.execv(sys.executable, [sys.executable, *command])
"""


class FakeDocker:
    """Lies in `folder`, which is to be the whole PATH."""

    def __init__(self, folder: Path):
        self._journal = folder / "asked.jsonl"
        script = folder / "docker"
        script.write_text(SCRIPT.format(python=sys.executable, journal=str(self._journal)))
        script.chmod(0o755)

    def asked(self, command: str) -> list[list[str]]:
        """The arguments of each call of `command`, without it."""
        calls = [json.loads(line) for line in self._journal.read_text().splitlines()]
        return [call[1:] for call in calls if call[0] == command]

    def names(self) -> list[str]:
        """The names of the containers, in the order of their start."""
        return [call[call.index("--name") + 1] for call in self.asked("run")]
