"""The pages of a browser, asked for over the debugging pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from browser_pool.chromium.errors import CdpClosed, CdpTimeout
from browser_pool.chromium.pipe import PipeConnection
from browser_pool.errors import BrowserGone

_CALL_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class PageTarget:
    """One page of a browser."""

    target_id: str
    title: str
    url: str


async def page_targets(control: PipeConnection) -> list[PageTarget]:
    """The pages; raises `CdpTimeout` or `CdpClosed` if the browser does not answer."""
    targets = await control.call("Target.getTargets", timeout_s=_CALL_TIMEOUT_S)
    return [
        PageTarget(target["targetId"], target["title"], target["url"])
        for target in targets["targetInfos"]
        if target["type"] == "page"
    ]


@contextmanager
def browser_gone() -> Iterator[None]:
    """Raises `BrowserGone` where the browser or a page of it went away or does not answer."""
    try:
        yield
    except (CdpTimeout, CdpClosed) as exc:
        raise BrowserGone(f"The browser does not answer: {exc}", hint="Reset the session.") from exc
