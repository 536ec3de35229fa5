"""Runs the model's Python in a process of its own; tool calls come back here.

A process can be ended whatever it does; a thread that is in one long operation cannot.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from smolagents.local_python_executor import CodeOutput, PythonExecutor
from smolagents.utils import truncate_content

OWN_TIME_S = 60.0
"""For the model's own code in one step, all of it together; the tools have limits of their own."""
STEP_LIMIT_S = 1800.0
"""For one step with the tools that it calls; a tool that is under way is not cut off."""
LONGEST_MESSAGE_BYTES = 8 * 1024 * 1024
_LONGEST_LOGS = 50_000
_START_TIMEOUT_S = 300.0
"""Docker may have to fetch the image first."""
_END_TIMEOUT_S = 20.0
_DRIVER = Path(__file__).with_name("executor_driver.py").read_text(encoding="utf-8")
DRIVEN = ("-I", "-u", "-c", _DRIVER)
"""Python's arguments; what follows them are the imports that smolagents' interpreter allows."""


class StepFailed(Exception):
    """The model's code raised, or did not end in time; the message goes back to the model."""


@dataclass(frozen=True)
class Child:
    """A process with pipes, and what else is to be removed when it is ended."""

    process: subprocess.Popen[bytes]
    remove: Callable[[], None] = lambda: None

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        remove: Callable[[], None] = lambda: None,
    ) -> Child:
        """Starts `command`."""
        process = subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return cls(process, remove)

    def exchange(self, message: Mapping[str, Any]) -> bytes:
        """The line that answers `message`; cut off where the process has ended or the line is too long."""
        to_child, from_child = self._pipes()
        try:
            to_child.write(json.dumps(message).encode() + b"\n")
            to_child.flush()
            return from_child.readline(LONGEST_MESSAGE_BYTES)
        except (BrokenPipeError, ValueError):  # it has ended, or was ended and closed meanwhile
            return b""

    def end(self) -> None:
        """Ends the process; may be called again, and from any thread."""
        self.process.kill()
        self.remove()
        self.process.wait(_END_TIMEOUT_S)
        for pipe in self._pipes():
            with suppress(OSError):
                pipe.close()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self.process.stdin is not None and self.process.stdout is not None, "started with pipes"
        return self.process.stdin, self.process.stdout


class ProcessExecutor(PythonExecutor):
    """smolagents' interpreter, which allows `imports` and no others, at the other end of JSON lines."""

    def __init__(
        self,
        imports: Sequence[str] = (),
        *,
        own_time_s: float = OWN_TIME_S,
        step_limit_s: float = STEP_LIMIT_S,
    ) -> None:
        self._imports = imports
        self._own_time_s = own_time_s
        self._step_limit_s = step_limit_s
        self._tools: dict[str, Callable[..., Any]] = {}  # a tool takes and returns whatever it declares
        self._variables: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._child: Child | None = None

    def start(self) -> Child:
        """A new process. It gets nothing of our environment: keys are none of the code's business."""
        return Child.start([sys.executable, *DRIVEN, *self._imports], env={})

    def send_tools(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        """The functions that the code may call; `final_answer` is the driver's own."""
        self._tools = {name: tool for name, tool in tools.items() if name != "final_answer"}

    def send_variables(self, variables: dict[str, Any]) -> None:
        """Values that the code finds under their names."""
        self._variables.update(variables)

    def __call__(self, code_action: str) -> CodeOutput:
        """Runs one step. Variables live on until the process ends. Raises `StepFailed`."""
        child = self._started()
        limit = _Limit(self._own_time_s, self._step_limit_s)
        message = self._exchange(child, {"run": code_action}, limit)
        while "done" not in message:
            message = self._exchange(child, self._called(message), limit)
        return _output(message["done"])

    def cleanup(self) -> None:
        """Ends the process, and lets none be started after it; for any thread."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def _started(self) -> Child:
        with self._lock:
            if self._closed:
                raise StepFailed("The edit has ended; nothing more is run.")
            if self._child is not None:
                return self._child
            child = self._child = self.start()
        beginning = {"tools": list(self._tools), "variables": self._variables}
        self._exchange(child, beginning, _Limit(_START_TIMEOUT_S, _START_TIMEOUT_S))
        return child

    def _called(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            tool = self._tools[message["call"]]
            return {"result": tool(*message["arguments"], **message["named"])}
        except Exception as exc:  # noqa: BLE001  whatever a tool raises is told to the code that called it
            return {"error": str(exc)}

    def _exchange(self, child: Child, message: dict[str, Any], limit: _Limit) -> dict[str, Any]:
        """What the process says to `message`; until then it is the code's own time that passes."""
        with limit.watching(child.end):
            line = child.exchange(message)
        if not line.endswith(b"\n"):
            self._lost(child, limit.exceeded or _why_cut_off(line))
        answer = _parsed(line)
        if answer is None:
            self._lost(child, "sent what is no message")
        return answer

    def _lost(self, child: Child, how: str) -> NoReturn:
        with self._lock:
            if self._child is child:
                self._child = None
        child.end()
        raise StepFailed(f"The Python process {how}; variables are gone, so define them again.")


class _Limit:
    """How long one step may still take: of its own, and with its tools."""

    def __init__(self, own_time_s: float, step_limit_s: float) -> None:
        self._own_time_s = own_time_s
        self._own_left_s = own_time_s
        self._step_limit_s = step_limit_s
        self._step_ends = time.monotonic() + step_limit_s
        self.exceeded: str | None = None

    @contextmanager
    def watching(self, end: Callable[[], None]) -> Iterator[None]:
        """Calls `end` if what is done in here exceeds the limit."""
        began = time.monotonic()
        step_left_s = self._step_ends - began
        whole = step_left_s < self._own_left_s
        too_long = (
            f"took more than {self._step_limit_s:g} s for one step with its tools"
            if whole
            else f"took more than {self._own_time_s:g} s for one step"
        )

        def exceed() -> None:
            self.exceeded = too_long
            end()

        watchdog = threading.Timer(max(0.0, step_left_s if whole else self._own_left_s), exceed)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()
            self._own_left_s -= time.monotonic() - began


def _parsed(line: bytes) -> dict[str, Any] | None:
    with suppress(ValueError, RecursionError):
        message = json.loads(line)
        return message if isinstance(message, dict) else None
    return None


def _why_cut_off(line: bytes) -> str:
    if len(line) >= LONGEST_MESSAGE_BYTES:
        return f"sent more than {LONGEST_MESSAGE_BYTES // 1024**2} MiB at once"
    return "has ended"


def _output(done: dict[str, Any]) -> CodeOutput:
    logs = truncate_content(str(done["logs"]), _LONGEST_LOGS)
    if done["error"]:
        raise StepFailed(f"{logs}{truncate_content(str(done['error']), _LONGEST_LOGS)}")
    return CodeOutput(output=done["output"], logs=logs, is_final_answer=done["final"])
