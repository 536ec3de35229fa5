"""What a person waits for: the page, a check of a changed program, the command line."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from agent.browser.connect import open_browser
from agent.browser.page import OperatorPage, open_operator_page
from tests.bench import job
from tests.bench.figures import Figure, Measured, Say, at_most
from tests.bench.meter import until_quiet
from tests.bench.pages import BROWSER

_CHECKS = 10
_COMMAND = Path(sys.executable).with_name("roughcut")
_COMMAND_TIMEOUT_S = 60


async def measure_page(rounds: int, say: Say) -> Measured:
    """From nothing to a page that has described itself: browser, page and its probe of codecs."""
    values_ms = []
    for number in range(1, rounds + 1):
        say(f"page, round {number} of {rounds}")
        started_s = time.perf_counter()
        async with open_browser(BROWSER) as handle, open_operator_page(handle):
            values_ms.append(_ms_since(started_s))
    return Measured(
        (Figure("page ready", "ms", tuple(values_ms), detail="browser launched to page described"),)
    )


async def measure_check(rounds: int, say: Say) -> Measured:
    """The median of ten checks in each round, each of another program, once the worker is warm."""
    async with open_browser(BROWSER) as handle, open_operator_page(handle) as page:
        await page.add_asset(job.asset(job.footage()))
        say("check, to warm up")
        await _checks_ms(page, 0)
        medians_ms = []
        for number in range(1, rounds + 1):
            say(f"check, round {number} of {rounds}")
            await until_quiet()
            medians_ms.append(median(await _checks_ms(page, number)))
    detail = f"medians of {_CHECKS} checks of a changed program of {len(job.PROGRAM.splitlines())} lines"
    return Measured((Figure("warm check", "ms", tuple(medians_ms), at_most(150), detail),))


async def measure_command(rounds: int, say: Say) -> Measured:
    """`roughcut --help` in a process of its own."""
    values_ms = []
    for number in range(rounds + 1):
        say(f"command line, round {number} of {rounds}" if number else "command line, to warm up")
        await until_quiet()
        started_s = time.perf_counter()
        await asyncio.to_thread(_show_help)
        values_ms.append(_ms_since(started_s))
    return Measured((Figure("command line", "ms", tuple(values_ms[1:]), at_most(500), "roughcut --help"),))


def _show_help() -> None:
    subprocess.run([_COMMAND, "--help"], check=True, capture_output=True, timeout=_COMMAND_TIMEOUT_S)


async def _checks_ms(page: OperatorPage, round_number: int) -> list[float]:
    """Each program has another title and another mistake, so that no earlier answer serves."""
    values_ms = []
    for number in range(_CHECKS):
        name = f"take{round_number}_{number}"
        program = job.PROGRAM.replace(job.TITLE, name) + f"picture.{name}();\n"
        started_s = time.perf_counter()
        result = await page.check(program)
        values_ms.append(_ms_since(started_s))
        if not any(name in diagnostic.message for diagnostic in result.diagnostics):
            raise RuntimeError(f"Expected a diagnostic on {name}, got {result.diagnostics}")
    return values_ms


def _ms_since(started_s: float) -> float:
    return (time.perf_counter() - started_s) * 1000
