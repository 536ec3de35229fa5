"""Files to and from a browser that does not share our disk: the chunked way, over loopback."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psutil

from agent.browser.calls import PageCalls
from agent.browser.connect import BrowserHandle, open_browser
from agent.browser.file_input import FileInput
from agent.browser.serve import ORIGIN, PageServer, built_page, serving
from agent.browser.transfer import download, upload
from agent.media.storage import sha256_of
from browser_pool.chromium.cdp import CdpSession
from tests.bench.figures import Figure, Measured, Say, at_least
from tests.bench.meter import Spent, interleaved, seconds_of
from tests.bench.pages import BROWSER
from tests.media import cached

_SIZE_BYTES = 300_000_000
_MB = 1_000_000
_CALL_TIMEOUT_S = 120.0
_INTO, _OUT = "upload", "download"
# What the page renders lies on the browser's own disk, so the file to fetch is copied there.
_AS_IF_RENDERED = """(async () => {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle('bench-transfer', { create: true });
  const [file] = document.getElementById('operator-files').files;
  await file.stream().pipeTo(await handle.createWritable());
  return { artifactFile: () => handle.getFile() };
})()"""


async def measure(rounds: int, say: Say) -> Measured:
    """MB/s both ways of one large file, disk to disk with its SHA-256 compared, and our memory meanwhile."""
    file = _random_file()
    digest = sha256_of(file)
    memory = _OurMemory()
    with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as folder:
        async with open_browser(BROWSER) as handle, _operator_page(handle) as (calls, server):
            rendered = await _as_if_rendered(calls.session, file)
            ways = {
                _INTO: partial(_upload, calls, server, file, digest, memory),
                _OUT: partial(_download, rendered, Path(folder) / "fetched", digest, memory),
            }
            memory.begin()
            spent = await interleaved(ways, rounds, say)
    return Measured(
        (
            _speed("transfer: into the browser", spent[_INTO], 40),
            _speed("transfer: out of the browser", spent[_OUT], 80),
            memory.figure(),
        )
    )


class _OurMemory:
    """How much more memory this process holds at most than at the beginning."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.begin()

    def begin(self) -> None:
        self._first_bytes = self._peak_bytes = self._process.memory_info().rss

    def look(self, *_: int) -> None:
        """Called with every chunk."""
        self._peak_bytes = max(self._peak_bytes, self._process.memory_info().rss)

    def figure(self) -> Figure:
        growth_mb = (self._peak_bytes - self._first_bytes) / _MB
        peak = f"at most {self._peak_bytes / _MB:.0f} MB resident, for a file of {_SIZE_BYTES / _MB:.0f} MB"
        return Figure("transfer: growth of our memory", "MB", (growth_mb,), detail=peak)


async def _upload(calls: PageCalls, server: PageServer, file: Path, digest: str, memory: _OurMemory) -> float:
    upload_ids: list[str] = []

    async def send() -> None:
        sent = upload(calls, server, file, name=file.name, sha256=digest, on_bytes=memory.look)
        upload_ids.append(await sent)

    seconds = await seconds_of(send())
    await calls.call("abortUpload", {"uploadId": upload_ids[0]}, timeout_s=_CALL_TIMEOUT_S)
    return seconds


async def _download(rendered: PageCalls, output: Path, digest: str, memory: _OurMemory) -> float:
    return await seconds_of(
        download(rendered, "", output, size_bytes=_SIZE_BYTES, sha256=digest, on_bytes=memory.look)
    )


@asynccontextmanager
async def _operator_page(handle: BrowserHandle) -> AsyncIterator[tuple[PageCalls, PageServer]]:
    """The parts that `open_operator_page` is made of: a shared disk would spare it the transfer."""
    async with (
        handle.connection.attached(handle.target_id) as session,
        serving(built_page(), session) as server,
    ):
        await session.call("Page.navigate", {"url": f"{ORIGIN}/"})
        yield await PageCalls.when_ready(session), server


async def _as_if_rendered(session: CdpSession, file: Path) -> PageCalls:
    """Calls to an object that has *file* as its only artifact."""
    async with FileInput(session).chosen(file) as source:
        if source is None:
            raise RuntimeError(f"The browser's user may not read {file}")
        made = await session.call(
            "Runtime.evaluate",
            {"expression": _AS_IF_RENDERED, "awaitPromise": True},
            timeout_s=_CALL_TIMEOUT_S,
        )
    return PageCalls(session, made["result"]["objectId"])


def _random_file() -> Path:
    def write(output: Path) -> None:
        with output.open("wb") as file:
            for _ in range(_SIZE_BYTES // _MB):
                file.write(os.urandom(_MB))

    return cached(["random bytes", _SIZE_BYTES], write, suffix=".bin")


def _speed(name: str, spent: Sequence[Spent], target_mb_per_s: float) -> Figure:
    return Figure(
        name,
        "MB/s",
        tuple(_SIZE_BYTES / _MB / each.seconds for each in spent),
        at_least(target_mb_per_s),
        f"{_SIZE_BYTES / _MB:.0f} MB over loopback, disk to disk, SHA-256 compared",
    )
