"""A node on fakes, ended after each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from browser_pool.node import Node
from tests.unit.pool.fake_browser import FakeClock, FakeLauncher, NodeWithFakes, settings


@pytest.fixture
async def make_node(tmp_path) -> AsyncIterator:
    """Makes a node with three slots, or with other settings."""
    async with AsyncExitStack() as stack:

        async def make(**changes) -> NodeWithFakes:
            clock = FakeClock()
            launcher = FakeLauncher(tmp_path / "browsers")
            node = await stack.enter_async_context(
                Node(settings(tmp_path, **changes), launcher, disk=tmp_path, clock=clock)
            )
            return NodeWithFakes(node, clock, launcher)

        yield make


@pytest.fixture
async def pool(make_node) -> NodeWithFakes:
    """A node with three slots."""
    return await make_node()
