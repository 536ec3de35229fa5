"""Runs the model's Python in a container without network.

smolagents' own container executor copies the tools' source into the container; ours speak to a browser
out here.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from contextlib import suppress
from typing import Self

from agent.errors import SetupMissing
from agent.executor import DRIVEN, OWN_TIME_S, STEP_LIMIT_S, Child, ProcessExecutor

IMAGE = "python:3.12-slim"
_INFO_TIMEOUT_S = 20.0
_REMOVE_TIMEOUT_S = 20.0
_CONFINED = (
    *("--rm", "--interactive", "--network", "none", "--read-only", "--cap-drop", "ALL"),
    *("--memory", "512m", "--memory-swap", "512m", "--cpus", "1", "--pids-limit", "64"),
    *("--security-opt", "no-new-privileges", "--user", "65534:65534"),
)


class ContainerExecutor(ProcessExecutor):
    """Python itself in a container of `image`, which confines it."""

    def __init__(
        self,
        docker: str,
        *,
        image: str = IMAGE,
        own_time_s: float = OWN_TIME_S,
        step_limit_s: float = STEP_LIMIT_S,
    ) -> None:
        super().__init__(own_time_s=own_time_s, step_limit_s=step_limit_s)
        self._docker = docker
        self._image = image

    @classmethod
    def in_docker(cls, *, own_time_s: float = OWN_TIME_S) -> Self:
        """One for the Docker of this machine; raises `SetupMissing` where it does not answer."""
        docker = shutil.which("docker")
        hint = "Install and start Docker, or use --executor local."
        if docker is None:
            raise SetupMissing("Docker is not installed.", hint=hint)
        try:
            subprocess.run([docker, "info"], check=True, capture_output=True, timeout=_INFO_TIMEOUT_S)
        except (subprocess.SubprocessError, OSError) as exc:
            raise SetupMissing("Docker is installed and does not answer.", hint=hint) from exc
        return cls(docker, own_time_s=own_time_s)

    def start(self) -> Child:
        """A new container under a name of its own: ending the client alone would leave it running."""
        name = f"roughcut-{uuid.uuid4().hex}"
        command = [self._docker, "run", "--name", name, *_CONFINED, self._image, "python", *DRIVEN]
        return Child.start(command, remove=lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        # It may be gone already, and a daemon that does not answer cannot be helped from here.
        with suppress(subprocess.SubprocessError, OSError):
            subprocess.run(
                [self._docker, "rm", "--force", name],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_REMOVE_TIMEOUT_S,
            )
