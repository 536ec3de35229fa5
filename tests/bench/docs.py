"""Documentation search: building the index, the first search of a fresh process, and those after it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from docs_index.errors import EmbedderUnavailable
from docs_index.weights import installed_weights
from tests.bench.figures import Figure, Measured, Say, at_most
from tests.bench.meter import until_quiet

_COMMAND = Path(sys.executable).with_name("roughcut")
_TIMEOUT_S = 300


@dataclass(frozen=True)
class _Round:
    build_s: float
    first_s: float
    next_ms: float
    peak_mb: float
    command_s: float


async def measure(rounds: int, say: Say) -> Measured:
    """In each round an index is built from nothing, then searched by a fresh process and by the command."""
    try:
        installed_weights()
    except EmbedderUnavailable as exc:
        return Measured((), (f"Documentation search by meaning: {exc} {exc.hint}",))
    measured: list[_Round] = []
    for number in range(1, rounds + 1):
        say(f"documentation search, round {number} of {rounds}")
        await until_quiet()
        measured.append(await asyncio.to_thread(_measured_round))
    return Measured(_figures(measured))


def _figures(measured: list[_Round]) -> tuple[Figure, ...]:
    def of(name: str) -> tuple[float, ...]:
        return tuple(getattr(one, name) for one in measured)

    return (
        Figure("docs: index", "s", of("build_s"), at_most(30), "built from nothing"),
        Figure("docs: first search", "s", of("first_s"), at_most(1), "from the start of its process"),
        Figure("docs: next searches", "ms", of("next_ms"), at_most(60), "medians of twenty"),
        Figure("docs: memory", "MB", of("peak_mb"), at_most(150), "peak of that process"),
        Figure("docs: command", "s", of("command_s"), detail="roughcut docs search, start to end"),
    )


def _measured_round() -> _Round:
    with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as cache:
        environment = {**os.environ, "ROUGHCUT_CACHE": cache}
        build_s = _seconds([str(_COMMAND), "docs", "build"], environment)
        _seconds([str(_COMMAND), "docs", "search", "mask"], environment)  # to warm up
        first_s, rest = _probed(environment)
        command_s = _seconds([str(_COMMAND), "docs", "search", "picture in picture"], environment)
    return _Round(build_s, first_s, rest["next_ms"], rest["peak_mb"], command_s)


def _probed(environment: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Seconds to the first answer, and what the process says at its end."""
    started_s = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.docs_probe"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        first_s = time.perf_counter() - started_s
        if first != {"mode": "hybrid", "heavy": []}:
            raise RuntimeError(f"Expected a search by meaning without heavy libraries, got {first}")
        rest, _ = process.communicate(timeout=_TIMEOUT_S)
    return first_s, json.loads(rest)


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=_TIMEOUT_S)
    return time.perf_counter() - started_s
