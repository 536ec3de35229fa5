"""Runs every case of the suite in one operator page, and counts the critic's mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent.browser.page import OperatorPage
from agent.domain import Judge
from agent.evaluation.critic_suite.result import SuiteResult

OnCase = Callable[[int, int, str], None]
"""Cases done, cases in all, and what is judged now."""


async def run_critic_suite(
    page: OperatorPage,
    judge: Judge | None = None,
    *,
    footage: Path,
    on_case: OnCase = lambda done, total, name: None,
) -> SuiteResult:
    """The whole suite; its footage is made in the folder *footage*, and the page is emptied afterwards.

    Without a *judge* the checks are measured alone. Raises `BrowserError`, `MediaToolFailed`, `ModelError`.
    """
    raise NotImplementedError
