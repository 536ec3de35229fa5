"""Starts a Chromium of our own and sees to it that it ends with us, however we end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from browser_pool.chromium.account import browser_account
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.process import Chromium, ChromiumProcess
from browser_pool.chromium.scratch import scratch_folder


@asynccontextmanager
async def launch_chromium(browser: Path, options: LaunchOptions | None = None) -> AsyncIterator[Chromium]:
    """A fresh Chromium, ended with all its processes and its folder removed on the way out.

    As root it runs as an unprivileged user, so that it keeps its sandbox. It goes without one only if the
    machine offers none and the options allow it. Raises `NotStarted` if it does not start.
    """
    account = browser_account()
    with scratch_folder(account) as scratch:
        process = ChromiumProcess(browser, scratch, account, options or LaunchOptions())
        try:
            yield await process.start()
        finally:
            await process.end()
