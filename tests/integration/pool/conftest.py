"""Folders and browsers that several tests of the pool use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from browser_pool.session import BrowserSession
from tests.pool_sessions import reachable_folder, running


@pytest.fixture
def home() -> Iterator[Path]:
    """A node's folder for sessions."""
    with reachable_folder() as folder:
        yield folder


@pytest_asyncio.fixture(scope="session")
async def neighbour() -> AsyncIterator[BrowserSession]:
    """A session that nothing may happen to, whatever happens to others."""
    with reachable_folder() as folder:
        async with running(folder / "n1-neighbour") as session:
            yield session
