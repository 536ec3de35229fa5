"""One interface to a browser of ours, the user's own, or one on another machine."""

from __future__ import annotations

import asyncio
import json
import secrets
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from agent.browser.address import is_loopback, scheme_of, without_secrets
from agent.browser.cdp import connect_cdp
from agent.browser.pool import PoolAddress, PoolLease, lease_from
from agent.errors import BadInput, BrowserError, PageClosed, SetupMissing
from agent.settings import Settings
from agent.tracing import leaf_span
from browser_pool.chromium.cdp import CdpConnection, CdpSession
from browser_pool.chromium.errors import ChromiumError
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import gpu_flags
from browser_pool.chromium.launch import launch_chromium
from browser_pool.chromium.process import Chromium
from browser_pool.chromium.sandbox import is_sandboxed

BrowserKind = Literal["launched", "attached", "remote", "pooled"]

_CONNECT_TIMEOUT_S = 15.0
_CLOSE_TIMEOUT_S = 5.0
_FILE_PROBE_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class BrowserOptions:
    """Which browser to use; with a *cdp_url* or a *pool* none is launched."""

    path: Path | None = None
    cdp_url: str | None = field(default=None, repr=False)
    headed: bool = False
    allow_no_sandbox: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with the connection to *cdp_url*."""
    pool: PoolAddress | None = None

    @classmethod
    def of(cls, settings: Settings) -> BrowserOptions:
        """Those that the settings ask for. Raises `BadInput` if they name both a browser and a pool."""
        if settings.cdp_url and settings.pool_url:
            raise BadInput("Both a browser and a pool were named.", hint="Leave out --cdp or --pool.")
        return cls(
            path=settings.browser_path,
            cdp_url=settings.cdp_url.get_secret_value() if settings.cdp_url else None,
            headed=settings.headed,
            allow_no_sandbox=settings.allow_no_sandbox,
            pool=PoolAddress.of(settings),
        )


@dataclass(frozen=True)
class BrowserHandle:
    """A connected browser and a fresh tab in its default context."""

    kind: BrowserKind
    version: str
    endpoint: str = field(repr=False)
    page_target: Page
    connection: CdpConnection
    target_id: str
    """The tab, as `connection` names it."""
    shares_disk: bool
    """Whether the browser can open files of ours by their path (those its user may read)."""
    sandboxed: bool | None
    """None where it cannot be told from here."""
    lease: PoolLease | None = None
    """Takes files to a browser of the pool."""


@asynccontextmanager
async def open_browser(
    options: BrowserOptions, *, lease: PoolLease | None = None
) -> AsyncIterator[BrowserHandle]:
    """Launch, attach to (`http://…`), connect to (`ws://…`, `wss://…`) or lease a browser.

    A launched browser ends on the way out, a leased one with its *lease*, which without one given is that of
    this call. In any other only our own tab is opened, used and closed.
    Raises `SetupMissing` if there is none to launch, `BadInput` if its address is none, `PageClosed` if it
    cannot be reached, `PoolRefused`. No secret of its address shows in an error.
    """
    async with AsyncExitStack() as stack:
        with leaf_span("open browser", kind="page"):
            handle = await _opened(options, lease, stack)
        yield handle


async def _opened(options: BrowserOptions, lease: PoolLease | None, stack: AsyncExitStack) -> BrowserHandle:
    if options.pool is not None and lease is None:
        lease = await stack.enter_async_context(lease_from(options.pool))
    kind, endpoint, headers = await _endpoint(options, lease, stack)
    connection = await stack.enter_async_context(connect_cdp(endpoint, headers))
    browser = await stack.enter_async_context(_playwright(endpoint, headers, kind))
    page = await stack.enter_async_context(_own_tab(browser))
    target_id = await _target_id(page)
    session = await stack.enter_async_context(connection.attached(target_id))
    # A tab behind others is neither throttled nor without animation frames.
    await session.call("Emulation.setFocusEmulationEnabled", {"enabled": True})
    return BrowserHandle(
        kind=kind,
        version=browser.version,
        endpoint=endpoint,
        page_target=page,
        connection=connection,
        target_id=target_id,
        shares_disk=kind == "launched" or (is_loopback(endpoint) and await _sees_our_files(session, kind)),
        sandboxed=lease.sandboxed if lease else await _sandboxed(connection, kind),
        lease=lease,
    )


async def _endpoint(
    options: BrowserOptions, lease: PoolLease | None, stack: AsyncExitStack
) -> tuple[BrowserKind, str, Mapping[str, str]]:
    if lease is not None:
        pooled = await lease.browser()
        return "pooled", pooled.endpoint, pooled.headers
    if options.cdp_url is None:
        return "launched", (await stack.enter_async_context(_launched(options))).endpoint, {}
    if scheme_of(options.cdp_url) in ("ws", "wss"):
        return "remote", options.cdp_url, options.headers
    endpoint = await asyncio.to_thread(_resolve, options.cdp_url, options.headers)
    return "attached", endpoint, options.headers


@asynccontextmanager
async def _launched(options: BrowserOptions) -> AsyncIterator[Chromium]:
    async with AsyncExitStack() as stack:
        try:
            browser = find_browser(options.path)
            chromium = await stack.enter_async_context(
                launch_chromium(
                    browser,
                    LaunchOptions(
                        headed=options.headed,
                        allow_no_sandbox=options.allow_no_sandbox,
                        gpu_flags=() if options.headed else await gpu_flags(browser),
                    ),
                )
            )
        except ChromiumError as exc:
            raise SetupMissing(str(exc), hint=exc.hint) from exc
        yield chromium


def _resolve(url: str, headers: Mapping[str, str]) -> str:
    """The WebSocket that the browser at *url* names in its `/json/version`."""
    base, question, query = url.partition("?")
    request = urllib.request.Request(
        f"{base.rstrip('/')}/json/version{question}{query}", headers=dict(headers)
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({} if is_loopback(url) else None))
    try:
        with opener.open(request, timeout=_CONNECT_TIMEOUT_S) as response:
            return str(json.load(response)["webSocketDebuggerUrl"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as exc:
        if isinstance(exc, urllib.error.HTTPError):
            exc.close()
        # Not `from exc`, whose text may hold the address.
        raise PageClosed(
            f"No browser answers at {without_secrets(url)}: {_reason(exc)}",
            hint="Start it with --remote-debugging-port=9222 and its own --user-data-dir.",
        ) from None


def _reason(exc: Exception) -> str:
    if isinstance(exc, urllib.error.HTTPError):
        return f"HTTP {exc.code}"
    if isinstance(exc, OSError):
        return str(exc)
    return f"what answers is no browser ({type(exc).__name__})"


@asynccontextmanager
async def _playwright(endpoint: str, headers: Mapping[str, str], kind: BrowserKind) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.connect_over_cdp(
                endpoint,
                headers=dict(headers),
                timeout=_CONNECT_TIMEOUT_S * 1000,
                no_defaults=kind != "launched",
            )
        except PlaywrightError:
            # Not `from` it: its text holds the address.
            raise PageClosed(
                f"Could not connect to the browser at {without_secrets(endpoint)}.",
                hint="If one of its tabs does not respond, close that tab.",
            ) from None
        try:
            yield browser
        finally:
            await browser.close()  # over CDP this lets go of the browser and leaves it running


@asynccontextmanager
async def _own_tab(browser: Browser) -> AsyncIterator[Page]:
    # Only the default context outlives a dropped socket.
    try:
        page = await browser.contexts[0].new_page()
    except PlaywrightError as exc:
        raise PageClosed("The browser opened no tab.") from exc
    try:
        yield page
    finally:
        with suppress(PlaywrightError, TimeoutError):  # the browser may be gone, or the tab may hang
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await page.close()


async def _sandboxed(connection: CdpConnection, kind: BrowserKind) -> bool | None:
    return await is_sandboxed(connection) if kind == "launched" else None


async def _target_id(page: Page) -> str:
    try:
        session = await page.context.new_cdp_session(page)
        info = await session.send("Target.getTargetInfo")
        await session.detach()
    except PlaywrightError as exc:
        raise PageClosed("The tab went away.") from exc
    return str(info["targetInfo"]["targetId"])


async def _sees_our_files(session: CdpSession, kind: BrowserKind) -> bool:
    """Whether a file of ours, named by its path, has the same content there: a port may be forwarded."""
    if kind in ("remote", "pooled"):
        return False
    token = secrets.token_hex(16)
    with tempfile.NamedTemporaryFile("w", prefix="roughcut-probe-", suffix=".txt") as probe:
        probe.write(token)
        probe.flush()
        Path(probe.name).chmod(0o644)  # the browser may run as another user
        try:
            found = await session.call(
                "Runtime.evaluate",
                {"expression": "document.createElement('input')"},
                timeout_s=_FILE_PROBE_TIMEOUT_S,
            )
            node = found["result"]["objectId"]
            await session.call_function(
                node, "function () { this.type = 'file'; }", timeout_s=_FILE_PROBE_TIMEOUT_S
            )
            await session.call("DOM.setFileInputFiles", {"files": [probe.name], "objectId": node})
            content = await session.call_function(
                node, "function () { return this.files[0].text(); }", timeout_s=_FILE_PROBE_TIMEOUT_S
            )
        except BrowserError:
            return False
    return bool(content["result"].get("value") == token)
