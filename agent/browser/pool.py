"""A browser session of the pool, held while its user works: found again, or replaced where it is lost."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from agent.browser.address import scheme_of, without_secrets
from agent.browser.transfer import OnBytes
from agent.errors import BadInput, PageClosed, PoolRefused, RoughcutError, TransferFailed
from agent.settings import Settings
from browser_pool.client import PoolClient, open_pool
from browser_pool.errors import PoolError
from browser_pool.lifecycle import Status
from browser_pool.schemas import SessionRequest, SessionView

log = logging.getLogger(__name__)

OnWait = Callable[[str], None]
"""Told why there is no browser yet."""

_WAIT_S = 120.0
_REQUEST = SessionRequest(
    timeout_s=6 * 3600.0,
    connect_timeout_s=60.0,
    # A model may think for long, and so may a person who chats.
    idle_timeout_s=1800.0,
    # We release it ourselves. Until then a socket that closes is one that will be opened again.
    keep_alive=True,
    metadata={"client": "roughcut"},
)
_ALIVE = (Status.READY, Status.CONNECTED, Status.DISCONNECTED)


@dataclass(frozen=True)
class PoolAddress:
    """Where the pool is, and the key that it wants. Raises `BadInput` if that can be no pool's address."""

    url: str
    key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if scheme_of(self.url) not in ("http", "https"):
            raise BadInput("That is no address of a pool.", hint="Give one such as https://pool.example.")

    @classmethod
    def of(cls, settings: Settings) -> PoolAddress | None:
        """That of the settings; None if they name no pool."""
        if settings.pool_url is None:
            return None
        return cls(settings.pool_url, settings.pool_key.get_secret_value() if settings.pool_key else None)


@dataclass(frozen=True)
class PooledBrowser:
    """A browser session that is ready for a connection."""

    endpoint: str
    headers: dict[str, str] = field(repr=False)
    """The session's token, which is in no address."""


@asynccontextmanager
async def lease_from(address: PoolAddress, on_wait: OnWait | None = None) -> AsyncIterator[PoolLease]:
    """A lease on a browser of the pool; what it holds at the end is released."""
    async with open_pool(address.url, address.key) as pool:
        lease = PoolLease(pool, address, on_wait or (lambda why: None))
        try:
            yield lease
        finally:
            await lease.release()


class PoolLease:
    """Use `lease_from`. Holds one browser session at a time, and the files that were sent to it."""

    def __init__(self, pool: PoolClient, address: PoolAddress, on_wait: OnWait) -> None:
        self._pool = pool
        self._address = address
        self._on_wait = on_wait
        self._session: SessionView | None = None
        self._stored: set[str] = set()

    @property
    def sandboxed(self) -> bool | None:
        """Whether the browser keeps its renderers in Chromium's sandbox, as its node says."""
        return self._session.sandbox if self._session else None

    async def browser(self) -> PooledBrowser:
        """The browser of before with its tabs closed, if it lives; else a new one.

        Raises `PoolRefused` if the pool lends none, `PageClosed` if it does not answer.
        """
        if self._session is None or not await self._found_again(self._session.id):
            await self.release()
            self._session = await self._create()
        return _place(self._session, self._address.url)

    async def choose(
        self, path: Path, sha256: str, *, selector: str, target_id: str, on_bytes: OnBytes | None = None
    ) -> None:
        """Puts the file at *path* into a file input of the page; a session gets its bytes once, by HTTP."""
        if self._session is None:
            raise PageClosed("There is no browser session.")
        session_id, name = self._session.id, f"{sha256}{path.suffix}"
        with _translated(f"{path.name} could not be sent"):
            if name not in self._stored:
                await self._pool.upload(session_id, path, name=name, sha256=sha256, on_bytes=on_bytes)
                self._stored.add(name)
            await self._pool.attach(session_id, (name,), selector=selector, target_id=target_id)

    async def release(self) -> None:
        """Gives the browser back; one that cannot be reached ends by itself."""
        session, self._session = self._session, None
        self._stored.clear()
        if session is not None:
            with suppress(PoolError):
                await self._pool.release(session.id)

    async def _create(self) -> SessionView:
        try:
            session = await self._pool.create(_REQUEST, wait_s=_WAIT_S, on_wait=self._tell)
        except PoolError as exc:
            raise PoolRefused(
                f"No browser from the pool at {without_secrets(self._address.url)}: {exc}",
                hint=_hint(exc),
            ) from exc
        log.info("browser session lent", extra={"action": "pool_lent", "pool_session": session.id})
        return session

    async def _found_again(self, session_id: str) -> bool:
        try:
            session = await self._pool.get(session_id)
            if session.status not in _ALIVE:
                log.warning(
                    "browser session ended", extra={"action": "pool_ended", "why": session.end_reason}
                )
                return False
            # Tabs of before are in nobody's hands, and one that hangs would hold up the next connection.
            await self._pool.reset(session_id)
        except PoolError as exc:
            log.warning("browser session lost", extra={"action": "pool_lost", "why": str(exc)})
            return False
        return True

    def _tell(self, refusal: PoolError, left_s: float) -> None:
        self._on_wait(f"waiting for a browser, up to {left_s:.0f} s: {refusal}")


def _place(session: SessionView, pool_url: str) -> PooledBrowser:
    """The session's address as the pool is reached from here: its node need not know how that is."""
    connect, pool = urlsplit(session.cdp_url), urlsplit(pool_url)
    token = parse_qs(connect.query).get("token", [""])[0]
    scheme = "wss" if pool.scheme == "https" else "ws"
    return PooledBrowser(
        endpoint=f"{scheme}://{pool.netloc.rpartition('@')[2]}{connect.path}",
        headers={"Authorization": f"Bearer {token}"},
    )


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except PoolError as exc:
        raise _lost_or_refused(f"{what}: {exc}", exc) from exc


def _lost_or_refused(message: str, exc: PoolError) -> RoughcutError:
    lost = exc.status in (404, 410) or (exc.status in (502, 503, 504) and exc.code != "digest_mismatch")
    if lost:
        return PageClosed(message, hint="Connect again and repeat the step.")
    return TransferFailed(message, hint=exc.hint)


def _hint(exc: PoolError) -> str:
    if exc.status in (401, 403):
        return "Set ROUGHCUT_POOL_KEY to a key of this pool; who runs it makes one by `roughcut pool keys`."
    return exc.hint or "`roughcut pool status` shows what its nodes do."
