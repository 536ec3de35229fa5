"""Runs the model's Python in another process, such as a container without network; tool calls come back here.

smolagents' own container executor copies the tools' source into the container; ours speak to a browser
out here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from smolagents.local_python_executor import CodeOutput, PythonExecutor

from agent.errors import SetupMissing

IMAGE = "python:3.12-slim"
STEP_TIMEOUT_S = 60.0
"""For the model's own code between two tool calls; the tools have limits of their own."""
_DOCKER_INFO_TIMEOUT_S = 20.0
_DRIVER = Path(__file__).with_name("executor_driver.py")
_CONFINED = (
    *("--rm", "--interactive", "--network", "none", "--read-only", "--cap-drop", "ALL"),
    *("--memory", "512m", "--memory-swap", "512m", "--cpus", "1", "--pids-limit", "64"),
    *("--security-opt", "no-new-privileges", "--user", "65534:65534"),
)


class StepFailed(Exception):
    """The model's code raised, or did not end in time; the message goes back to the model."""


class ContainerExecutor(PythonExecutor):
    """Speaks JSON lines with `executor_driver.py` at the other end of `command`."""

    def __init__(self, command: Sequence[str], *, step_timeout_s: float = STEP_TIMEOUT_S) -> None:
        self._command = [*command, _DRIVER.read_text(encoding="utf-8")]
        self._step_timeout_s = step_timeout_s
        self._tools: dict[str, Callable[..., Any]] = {}  # a tool takes and returns whatever it declares
        self._variables: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    def in_docker(cls, *, image: str = IMAGE) -> Self:
        """In a container of `image`; raises `SetupMissing` where Docker does not answer."""
        docker = shutil.which("docker")
        hint = "Install and start Docker, or use --executor local."
        if docker is None:
            raise SetupMissing("Docker is not installed.", hint=hint)
        try:
            subprocess.run([docker, "info"], check=True, capture_output=True, timeout=_DOCKER_INFO_TIMEOUT_S)
        except (subprocess.SubprocessError, OSError) as exc:
            raise SetupMissing("Docker is installed and does not answer.", hint=hint) from exc
        return cls([docker, "run", *_CONFINED, image, "python", "-I", "-u", "-c"])

    def send_tools(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        """The functions that the code may call; `final_answer` is the driver's own."""
        self._tools = {name: tool for name, tool in tools.items() if name != "final_answer"}

    def send_variables(self, variables: dict[str, Any]) -> None:
        """Values that the code finds under their names."""
        self._variables.update(variables)

    def __call__(self, code_action: str) -> CodeOutput:
        """Runs one step. Variables live on until the process ends. Raises `StepFailed`."""
        process = self._started()
        self._send(process, {"run": code_action})
        while True:
            message = self._receive(process)
            if "done" in message:
                return _output(message["done"])
            self._send(process, self._called(message))

    def cleanup(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self._send(self._process, {"tools": list(self._tools)})
            self._send(self._process, {"variables": self._variables})
        return self._process

    def _called(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            tool = self._tools[message["call"]]
            return {"result": tool(*message["arguments"], **message["named"])}
        except Exception as exc:  # noqa: BLE001  whatever a tool raises is told to the code that called it
            return {"error": str(exc)}

    def _send(self, process: subprocess.Popen[str], message: dict[str, Any]) -> None:
        assert process.stdin is not None, "started with pipes"
        try:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            self._lost("has ended")

    def _receive(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout is not None, "started with pipes"
        watchdog = threading.Timer(self._step_timeout_s, process.kill)
        watchdog.start()
        try:
            line = process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            self._lost(f"has ended or took more than {self._step_timeout_s:g} s")
        message: dict[str, Any] = json.loads(line)
        return message

    def _lost(self, how: str) -> None:
        self.cleanup()
        raise StepFailed(f"The Python process {how}; variables are gone, so define them again.")


def _output(done: dict[str, Any]) -> CodeOutput:
    if done["error"]:
        raise StepFailed(f"{done['logs']}{done['error']}")
    return CodeOutput(output=done["output"], logs=done["logs"], is_final_answer=done["final"])
