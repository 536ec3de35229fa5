"""Real browsers for tests: one we launch, one that is a user's own, one that is on another machine."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserHandle, BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.domain import Asset, AssetKind
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE
from browser_pool.chromium.launch import launch_chromium
from browser_pool.chromium.process import Chromium
from tests.remote_browser import RemoteBrowser, remote_browser

KINDS = ("launched", "attached", "remote")


@dataclass(frozen=True)
class Browsers:
    """A browser that is not ours to end, and a way to it from another machine."""

    chromium: Chromium
    remote: RemoteBrowser

    def options(self, kind: str) -> BrowserOptions:
        """How to reach a browser of that kind."""
        address = self.chromium.endpoint.split("/")[2]
        urls = {"launched": None, "attached": f"http://{address}", "remote": self.remote.url}
        return BrowserOptions(cdp_url=urls[kind])


@pytest_asyncio.fixture(scope="session")
async def browsers() -> AsyncIterator[Browsers]:
    """Somebody's running Chromium, behind a proxy that wants a token as well."""
    async with (
        launch_chromium(find_browser(None), LaunchOptions(gpu_flags=SOFTWARE)) as chromium,
        remote_browser(chromium.endpoint) as remote,
    ):
        yield Browsers(chromium, remote)


@pytest.fixture(scope="session", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it runs once for each kind of browser."""
    return str(request.param)


@pytest_asyncio.fixture(scope="session")
async def handle(browsers: Browsers, kind: str) -> AsyncIterator[BrowserHandle]:
    """A connected browser of each kind in turn."""
    async with open_browser(browsers.options(kind)) as handle:
        yield handle


@pytest_asyncio.fixture(scope="session")
async def shared_page(handle: BrowserHandle) -> AsyncIterator[OperatorPage]:
    """The operator page in it."""
    async with open_operator_page(handle) as page:
        yield page


@pytest_asyncio.fixture
async def page(shared_page: OperatorPage) -> AsyncIterator[OperatorPage]:
    """The operator page, empty."""
    yield shared_page
    await shared_page.reset()


def asset_of(path: Path, kind: AssetKind = AssetKind.VIDEO, *, name: str = "") -> Asset:
    """The file at *path* as an asset of a session."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Asset(name or path.name, kind, path, path, digest, digest, path.stat().st_size)
