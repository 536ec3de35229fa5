"""The model's Python in a process of its own: interpreted, or by Python itself as in a container."""

import sys
import threading
import time
from pathlib import Path

import pytest

from agent.executor import DRIVEN, Child, ProcessExecutor, StepFailed

LIMITS = {"own_time_s": 5.0}


class PlainPython(ProcessExecutor):
    """What runs in the container, here without the container around it."""

    def start(self) -> Child:
        return Child.start([sys.executable, *DRIVEN])


def interpreter(**limits: float) -> ProcessExecutor:
    return ProcessExecutor(["json", "math", "re"], **(LIMITS | limits))


def plain_python(**limits: float) -> ProcessExecutor:
    return PlainPython(**(LIMITS | limits))


@pytest.fixture(params=[interpreter, plain_python])
def new_executor(request):
    made: list[ProcessExecutor] = []

    def make(**limits: float) -> ProcessExecutor:
        made.append(request.param(**limits))
        made[-1].send_tools({})
        return made[-1]

    yield make
    for executor in made:
        executor.cleanup()


@pytest.fixture
def executor(new_executor) -> ProcessExecutor:
    return new_executor()


def test_variables_live_from_step_to_step(executor):
    """What is printed and the value of the last line come back."""
    executor("program = 'one'")

    output = executor("program = program.replace('one', 'two')\nprint('so:', program)\nlen(program)")

    assert (output.output, output.logs, output.is_final_answer) == ("3", "so: two\n", False)


def test_tools_are_called_out_here(executor):
    """Arguments go out, results come in."""
    asked = []
    executor.send_tools(
        {"video_editor": lambda typescript: asked.append(typescript) or f"COMPOSED {typescript}"}
    )

    output = executor("print(video_editor('a'), video_editor(typescript='b'))")

    assert asked == ["a", "b"]
    assert output.logs == "COMPOSED a COMPOSED b\n"


def test_a_tool_that_fails_raises_in_there(executor):
    """The code may catch it; else the step fails with its words."""

    def fails():
        raise RuntimeError("FAILED: nothing is composed")

    executor.send_tools({"visual_feedback": fails})

    assert (
        executor("try:\n    visual_feedback()\nexcept Exception as e:\n    print(e)").logs
        == "FAILED: nothing is composed\n"
    )
    with pytest.raises(StepFailed, match="nothing is composed"):
        executor("visual_feedback()")


def test_a_final_answer_ends_the_step(executor):
    """Nothing after it is run."""
    output = executor("final_answer('done')\nprint('never')")

    assert (output.output, output.is_final_answer, output.logs) == ("done", True, "")


def test_an_exception_tells_what_and_where(executor):
    """With what had been printed before."""
    with pytest.raises(StepFailed, match=r"(?s)before.*ZeroDivisionError"):
        executor("print('before')\n1 / 0")


@pytest.mark.parametrize(
    "code",
    ["sum(range(10**13))", "9 ** 9 ** 9", "for n in range(10**9): sum(range(10**6))"],
    ids=["sum", "power", "loop"],
)
def test_a_step_without_end_is_ended(new_executor, code):
    """Also one single operation, which no thread could be called back from; the next step starts afresh."""
    executor = new_executor(own_time_s=1.0)

    with pytest.raises(StepFailed, match="took more than 1 s for one step"):
        executor(code)

    assert executor("print('again')").logs == "again\n"


def test_tool_calls_do_not_renew_the_time_of_a_step(new_executor):
    """The code's own time between them is counted together."""
    executor = new_executor(own_time_s=1.5)
    executor.send_tools({"ask": lambda: "no"})

    with pytest.raises(StepFailed, match=r"took more than 1\.5 s for one step;"):
        executor("for n in range(10**6): ask()\n" * 10)


def test_the_time_of_the_tools_is_not_the_codes_own(new_executor):
    """A slow tool costs the code nothing."""
    executor = new_executor(own_time_s=1.5)
    executor.send_tools({"ask": lambda: time.sleep(2)})

    assert executor("ask()\nprint('done')").logs == "done\n"


def test_a_step_with_its_tools_has_an_end_too(new_executor):
    """However little time the code itself takes."""
    executor = new_executor(step_limit_s=1.0)
    executor.send_tools({"ask": lambda: time.sleep(0.3)})

    with pytest.raises(StepFailed, match="took more than 1 s for one step with its tools"):
        executor("for n in range(1000): ask()")


def test_cleaning_up_ends_the_step_under_way(executor):
    """From another thread, at once; nothing is run after it."""
    began = threading.Event()
    executor.send_tools({"begin": began.set})
    failed: list[StepFailed] = []

    def step() -> None:
        try:
            executor("begin()\nsum(range(10**13))")
        except StepFailed as exc:
            failed.append(exc)

    running = threading.Thread(target=step, daemon=True)
    running.start()
    assert began.wait(60)

    executor.cleanup()
    running.join(60)

    assert len(failed) == 1
    with pytest.raises(StepFailed, match="nothing more is run"):
        executor("print('again')")


def test_a_huge_line_does_not_fill_our_memory():
    """What is sent out has a longest line; the process is ended there."""
    executor = plain_python()
    executor.send_tools({})

    with pytest.raises(StepFailed, match="sent more than 8 MiB"):
        executor("import sys\nwhile True: sys.__stdout__.write('x' * 2**20)")

    assert executor("print('again')").logs == "again\n"
    executor.cleanup()


@pytest.mark.parametrize("line", ["nonsense", "[1]", "[" * 100_000])
def test_what_is_no_message_ends_the_process(line):
    """A container may say what it likes."""
    executor = plain_python()
    executor.send_tools({})

    with pytest.raises(StepFailed, match="no message"):
        executor(f"import sys\nsys.__stdout__.write({line!r} + chr(10))\nsys.__stdout__.flush()")
    executor.cleanup()


def test_python_itself_keeps_a_final_answer_from_the_codes_own_handlers():
    """`except Exception` does not hold it."""
    executor = plain_python()
    executor.send_tools({})

    output = executor("try:\n    final_answer('done')\nexcept Exception:\n    pass\nprint('never')")

    assert (output.output, output.is_final_answer, output.logs) == ("done", True, "")
    executor.cleanup()


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "open('/etc/passwd')",
        "().__class__.__mro__",
        "ask.__globals__",
        "ask._bridge",
        "'x' * 2**40",
    ],
)
def test_the_interpreter_reaches_nothing_else(code):
    """No files, no processes, no way from a tool to what is behind it, no more memory than it may have."""
    executor = interpreter()
    executor.send_tools({"ask": lambda: "yes"})

    with pytest.raises(StepFailed, match=r"Error|not allowed|Forbidden"):
        executor(code)

    assert executor("print(ask())").logs == "yes\n"
    executor.cleanup()


def test_the_process_has_none_of_our_environment(monkeypatch):
    """Keys are none of its business."""
    monkeypatch.setenv("ROUGHCUT_MODEL_API_KEY", "secret")

    child = ProcessExecutor(["json"]).start()
    told = Path(f"/proc/{child.process.pid}/environ").read_bytes()
    child.end()

    assert told == b""
