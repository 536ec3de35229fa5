"""The page's file input: how a browser that sees our disk opens a file without copying a byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent.browser.cdp import CdpError
from agent.browser.protocol import FILE_INPUT_ID, FromInput
from agent.errors import PageClosed
from browser_pool.chromium.cdp import CdpSession

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
    async def chosen(self, path: Path) -> AsyncIterator[FromInput | None]:
        """The input with the file at *path* in it; None if the browser's user may not read that file."""
        async with self._one_at_a_time:
            yield FromInput(input=0) if await self._choose(path) else None

    async def _choose(self, path: Path) -> bool:
        found = await self._session.call(
            "Runtime.evaluate", {"expression": f"document.getElementById({FILE_INPUT_ID!r})"}
        )
        node = found["result"].get("objectId")
        if node is None:
            raise PageClosed("The operator page was left.", hint="Open it again.")
        try:
            await self._session.call("DOM.setFileInputFiles", {"files": [str(path)], "objectId": node})
        except CdpError:
            return False
        answer = await self._session.call_function(node, _READABLE_SIZE, timeout_s=_TIMEOUT_S)
        return "exceptionDetails" not in answer and answer["result"].get("value") == path.stat().st_size
