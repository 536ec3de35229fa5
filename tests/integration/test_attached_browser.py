"""Somebody's own browser, lent to us: we come and go, and nothing of theirs is touched."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent.browser.cdp import connect_cdp
from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from browser_pool.chromium.cdp import CdpConnection
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE
from browser_pool.chromium.launch import launch_chromium
from tests.balancer import until
from tests.e2e.cli import heed_interrupts

THEIR_PAGE = "data:text/html,<title>Letter</title><textarea>Dear</textarea>"
WHAT_THEY_SEE = """JSON.stringify({
    url: location.href.slice(0, 20), title: document.title, text: document.querySelector('textarea').value,
    size: [innerWidth, innerHeight, devicePixelRatio], agent: navigator.userAgent,
})"""
ATTACHED = """
import asyncio, sys
from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page

async def main():
    async with open_browser(BrowserOptions(cdp_url=sys.argv[1])) as handle, open_operator_page(handle):
        print("working", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


class Person:
    """Works in a browser of their own, and looks at it through a connection of their own."""

    def __init__(self, connection: CdpConnection, address: str) -> None:
        self._connection = connection
        self.address = address

    async def opens_a_letter(self) -> None:
        await self._connection.call("Target.createTarget", {"url": THEIR_PAGE})
        await until(lambda: any(tab["title"] == "Letter" for tab in self._tabs()))
        await self._evaluate("document.querySelector('textarea').value = 'Dear Jane'")

    async def sees(self) -> dict[str, Any]:
        """Tabs, the letter in its tab, and the window that it is in."""
        tab = self._letter()
        window = await self._connection.call("Browser.getWindowForTarget", {"targetId": tab})
        contexts = await self._connection.call("Target.getBrowserContexts")
        return {
            "letter": json.loads(await self._evaluate(WHAT_THEY_SEE)),
            "window": window["bounds"],
            "contexts": contexts["browserContextIds"],
            "tabs": self.tabs(),
        }

    def tabs(self) -> set[str]:
        return {tab["id"] for tab in self._tabs()}

    def _letter(self) -> str:
        return next(tab["id"] for tab in self._tabs() if tab["title"] == "Letter")

    def _tabs(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.address}/json/list", timeout=10) as answer:
            return [tab for tab in json.load(answer) if tab["type"] == "page"]

    async def _evaluate(self, expression: str) -> str:
        async with self._connection.attached(self._letter()) as session:
            found = await session.call("Runtime.evaluate", {"expression": expression})
        return str(found["result"]["value"])


@pytest_asyncio.fixture
async def person() -> AsyncIterator[Person]:
    """With a letter half written."""
    async with (
        launch_chromium(find_browser(None), LaunchOptions(gpu_flags=SOFTWARE)) as chromium,
        connect_cdp(chromium.endpoint) as connection,
    ):
        person = Person(connection, f"http://{chromium.endpoint.split('/')[2]}")
        await person.opens_a_letter()
        yield person


async def test_we_leave_what_we_found(person: Person):
    """Tabs, text, window and contexts are as they were; only our own tab came and went."""
    before = await person.sees()

    async with (
        open_browser(BrowserOptions(cdp_url=person.address)) as handle,
        open_operator_page(handle) as page,
    ):
        during = await person.sees()
        await page.compose("composition.resize(640, 360);")

    assert len(during["tabs"] - before["tabs"]) == 1
    assert during | {"tabs": before["tabs"]} == before
    assert await person.sees() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
async def test_a_command_that_is_ended_takes_nothing_along(person: Person, how: signal.Signals):
    """The person's tabs live on; a command that could still act closes its own."""
    before = await person.sees()
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ATTACHED, person.address, stdout=subprocess.PIPE, preexec_fn=heed_interrupts
    )
    assert command.stdout is not None
    assert await command.stdout.readline() == b"working\n"
    command.send_signal(how)
    async with asyncio.timeout(30):
        await command.wait()

    if how is signal.SIGINT:
        await until(lambda: person.tabs() == before["tabs"])
    after = await person.sees()
    assert before["tabs"] <= after["tabs"]
    assert after | {"tabs": before["tabs"]} == before
