"""`llm.txt` speaks of the protocol that the page has."""

from __future__ import annotations

import re

from agent.browser.connect import BrowserHandle
from agent.browser.page import OperatorPage
from agent.prompts import guide


def test_the_guide_lists_every_method_of_the_page(page: OperatorPage) -> None:
    """The first column of its table names the methods that `describe()` does, no more and no less."""
    _, protocol = guide().split("## Speaking to the page directly")
    calls = re.findall(r"^\| (`.+?`) \|", protocol, re.MULTILINE)
    methods = {name for call in calls for name in re.findall(r"`(\w+)\(", call)}

    assert methods == set(page.description.methods)


async def test_the_page_serves_the_guide(page: OperatorPage, handle: BrowserHandle) -> None:
    """An agent that was told nothing finds it at /llm.txt of the page it drives."""
    served = await handle.page_target.evaluate(
        "fetch('/llm.txt').then(async (answer) => [answer.status, await answer.text()])"
    )

    assert served == [200, guide()]
