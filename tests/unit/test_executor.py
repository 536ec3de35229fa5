"""The model's Python in a process of its own, here without the container around it."""

import sys

import pytest

from agent.errors import SetupMissing
from agent.executor import ContainerExecutor, StepFailed


@pytest.fixture
def executor():
    executor = ContainerExecutor([sys.executable, "-I", "-u", "-c"], step_timeout_s=5.0)
    yield executor
    executor.cleanup()


def test_variables_live_from_step_to_step(executor):
    """What is printed and the value of the last line come back."""
    executor.send_tools({})
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
    """Nothing after it is run, and `except Exception` does not hold it."""
    executor.send_tools({})

    output = executor("try:\n    final_answer('done')\nexcept Exception:\n    pass\nprint('never')")

    assert (output.output, output.is_final_answer, output.logs) == ("done", True, "")


def test_an_exception_tells_what_and_where(executor):
    """With what had been printed before."""
    executor.send_tools({})

    with pytest.raises(StepFailed, match=r"(?s)before.*ZeroDivisionError"):
        executor("print('before')\n1 / 0")


def test_an_endless_step_is_ended():
    """The process is killed; the next step starts in a new one."""
    executor = ContainerExecutor([sys.executable, "-I", "-u", "-c"], step_timeout_s=1.0)
    executor.send_tools({})

    with pytest.raises(StepFailed, match="took more than 1 s"):
        executor("while True: pass")

    assert executor("print('again')").logs == "again\n"
    executor.cleanup()


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n"], ids=["not installed", "does not answer"])
def test_without_docker_the_fix_is_told(monkeypatch, tmp_path, script):
    """The error names what to do or to choose instead."""
    monkeypatch.setenv("PATH", str(tmp_path))
    if script:
        (tmp_path / "docker").write_text(script)
        (tmp_path / "docker").chmod(0o755)

    with pytest.raises(SetupMissing) as raised:
        ContainerExecutor.in_docker()

    assert "--executor local" in raised.value.hint
