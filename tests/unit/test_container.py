"""The model's Python in a container: confined, and removed however its step ends."""

import shutil
import subprocess
import threading
import time

import pytest

from agent.container import IMAGE, ContainerExecutor
from agent.errors import SetupMissing
from agent.executor import StepFailed
from tests.unit.fake_docker import FakeDocker


@pytest.fixture
def docker(tmp_path, monkeypatch) -> FakeDocker:
    monkeypatch.setenv("PATH", str(tmp_path))
    return FakeDocker(tmp_path)


def test_a_container_is_confined_and_removed_at_the_end(docker):
    """No network, a disk that is read only, and a name by which it is ended."""
    executor = ContainerExecutor.in_docker()
    executor.send_tools({"double": lambda value: 2 * value})

    assert executor("print(double(21))").logs == "42\n"
    executor.cleanup()

    [run] = docker.asked("run")
    assert {"--network", "none", "--read-only", "--rm", IMAGE} <= set(run)
    assert docker.asked("rm") == [["--force", name] for name in docker.names()]


def test_an_endless_step_removes_its_container(docker):
    """Killing the client alone would leave it running; the next step has a new one."""
    executor = ContainerExecutor.in_docker(own_time_s=1.0)
    executor.send_tools({})

    with pytest.raises(StepFailed, match="took more than 1 s"):
        executor("while True: pass")

    first = docker.names()[0]
    assert ["--force", first] in docker.asked("rm")
    assert executor("print('again')").logs == "again\n"
    executor.cleanup()
    assert len(set(docker.names())) == 2


def test_a_cancelled_edit_removes_the_container_under_way(docker):
    """`cleanup` from another thread ends the step, and no other container is started."""
    executor = ContainerExecutor.in_docker()
    began = threading.Event()
    executor.send_tools({"begin": began.set})
    failed: list[StepFailed] = []

    def step() -> None:
        try:
            executor("begin()\nwhile True: pass")
        except StepFailed as exc:
            failed.append(exc)

    running = threading.Thread(target=step, daemon=True)
    running.start()
    assert began.wait(60)

    executor.cleanup()
    running.join(60)

    assert len(failed) == 1
    assert ["--force", docker.names()[0]] in docker.asked("rm")
    with pytest.raises(StepFailed, match="nothing more is run"):
        executor("print('again')")
    assert len(docker.names()) == 1


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


def image_is_there() -> bool:
    """Whether a daemon runs that has the image: tests fetch nothing."""
    if shutil.which("docker") is None:
        return False
    asked = subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, timeout=20)
    return asked.returncode == 0


@pytest.mark.skipif(not image_is_there(), reason=f"no Docker daemon with {IMAGE}")
def test_a_real_container_does_not_outlive_its_step():
    """The daemon knows it no more once the step has been ended."""
    executor = ContainerExecutor.in_docker(own_time_s=3.0)
    executor.send_tools({})

    with pytest.raises(StepFailed, match="took more than 3 s"):
        executor("while True: pass")
    executor.cleanup()

    end = time.monotonic() + 20
    while containers():
        assert time.monotonic() < end, "the container is still there"
        time.sleep(0.2)


def containers() -> str:
    command = ["docker", "ps", "--all", "--quiet", "--filter", "name=roughcut-"]
    return subprocess.run(command, capture_output=True, check=True, text=True, timeout=20).stdout
