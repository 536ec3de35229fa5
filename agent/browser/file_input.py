"""The page's file input: how a browser opens a file from its own disk, without a byte of it over CDP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from agent.browser.cdp import CdpError
from agent.browser.protocol import FILE_INPUT_ID, FromInput
from agent.errors import PageClosed
from browser_pool.chromium.cdp import CdpSession

Choose = Callable[[], Awaitable[None]]
"""Puts a file into the input by another way than by a path of ours."""

_TIMEOUT_S = 30.0
_READABLE_SIZE = """async function () {
  const file = this.files[0];
  await file.slice(0, 1).arrayBuffer();
  return file.size;
}"""


class FileInput:
    """Holds one file at a time."""

    def __init__(self, session: CdpSession) -> None:
        self._session = session
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def chosen(self, path: Path, choose: Choose | None = None) -> AsyncIterator[FromInput | None]:
        """The input with the file at *path* in it; None if the browser's user may not read that file.

        With *choose* the browser has a copy of its own, and this chooses that one.
        """
        async with self._one_at_a_time:
            yield FromInput(input=0) if await self._choose(path, choose) else None

    async def _choose(self, path: Path, choose: Choose | None) -> bool:
        found = await self._session.call(
            "Runtime.evaluate", {"expression": f"document.getElementById({FILE_INPUT_ID!r})"}
        )
        node = found["result"].get("objectId")
        if node is None:
            raise PageClosed("The operator page was left.", hint="Open it again.")
        try:
            if choose is not None:
                await choose()
            else:
                await self._session.call("DOM.setFileInputFiles", {"files": [str(path)], "objectId": node})
        except CdpError:
            return False
        answer = await self._session.call_function(node, _READABLE_SIZE, timeout_s=_TIMEOUT_S)
        return "exceptionDetails" not in answer and answer["result"].get("value") == path.stat().st_size
