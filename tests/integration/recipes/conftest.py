"""One page for all recipes, and the composition that the test at hand is about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from tests.integration.guide_assets import guide_assets
from tests.integration.recipes.shown import Shown, show


@pytest_asyncio.fixture(scope="session")
async def recipe_page() -> AsyncIterator[OperatorPage]:
    """The operator page with every asset; each program starts from an empty composition anyway."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        for asset in guide_assets().values():
            await page.add_asset(asset)
        yield page


@pytest_asyncio.fixture
async def shown(request: pytest.FixtureRequest, recipe_page: OperatorPage, tmp_path: Path) -> Shown:
    """The recipe that the test is marked with, composed; it has type-checked and run without a warning."""
    marker = request.node.get_closest_marker("recipe")
    assert marker, "Mark the test with the recipe that it is about"
    shown = await show(recipe_page, marker.args[0], tmp_path)
    seconds = marker.kwargs.get("seconds")
    assert seconds is None or shown.summary.duration_seconds == seconds
    return shown
