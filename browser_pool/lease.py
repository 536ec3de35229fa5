"""One browser session as the node lends it: from the request to the tombstone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from browser_pool.clock import Clock
from browser_pool.downloads import Downloads
from browser_pool.errors import Conflict, PoolError, SessionEnded
from browser_pool.events import EventLog, Value
from browser_pool.gpu_probe import GpuReport
from browser_pool.lifecycle import EndReason, Status, closing
from browser_pool.presence import Presence
from browser_pool.relay.route import Link
from browser_pool.schemas import SessionRequest
from browser_pool.screencast import Screencast
from browser_pool.session import BrowserSession, SessionSpec, Usage
from browser_pool.slots import Claim
from browser_pool.timers import Attendance, Standing, deadline
from browser_pool.uploads import UploadLimits, Uploads

_WARNED_AHEAD_S = 60.0


@dataclass(frozen=True)
class Running:
    """What a session is made of from *since* on, on the monotonic clock."""

    browser: BrowserSession
    uploads: Uploads
    downloads: Downloads
    screencast: Screencast
    since: float


@dataclass(frozen=True)
class BrowserFacts:
    """What is told of a browser, also when it has ended."""

    product: str
    sandboxed: bool
    gpu: GpuReport


class Lease:
    """A browser session lent to a tenant.

    It knows where it stands and when its time is up; `Node` alone moves it from one stage to the next.
    """

    def __init__(
        self,
        session_id: str,
        tenant: str,
        request: SessionRequest,
        spec: SessionSpec,
        claim: Claim,
        clock: Clock,
    ) -> None:
        self.id = session_id
        self.tenant = tenant
        self.request = request
        self.spec = spec
        self.claim = claim
        self.events = EventLog()
        self.decided = asyncio.Event()
        """Set once the browser is there, or there will be none."""
        self.over = asyncio.Event()
        """Set once it begins to end."""
        self.failure: PoolError | None = None
        self.end_reason: EndReason | None = None
        self.usage: Usage | None = None
        self.created_at = clock.now()
        self.started_at: datetime | None = None
        self.connected_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.queue_s: float | None = None
        self.launch_s: float | None = None
        self.presence = Presence(clock.monotonic())
        self.running: Running | None = None
        """Its browser and files; None before they are there and after they are gone."""
        self._clock = clock
        self._stage_since = clock.monotonic()
        self._expires: float | None = None
        self._last_facts: BrowserFacts | None = None
        self._warned = False
        self._tell("created")

    @property
    def status(self) -> Status:
        """Where it stands."""
        if self.ended_at:
            return Status.FAILED if self.failure else Status.ENDED
        if self.end_reason:
            return Status.ENDING
        if not self.running:
            return Status.STARTING if self.started_at else Status.QUEUED
        return _STATUS[self.presence.attendance]

    @property
    def expires_at(self) -> datetime | None:
        """When its lifetime ends; None before that has begun."""
        return None if self._expires is None else self._wall_time(self._expires)

    @property
    def facts(self) -> BrowserFacts | None:
        """Of its browser, also when that has ended; None before it is there."""
        if not self.running:
            return self._last_facts
        browser = self.running.browser
        return BrowserFacts(browser.product, browser.sandboxed, browser.gpu)

    @property
    def last_activity_at(self) -> datetime:
        """When a client last gave a sign of life."""
        return self._wall_time(self.presence.last_sign_at)

    def usable(self) -> Running:
        """Its browser and files; raises `SessionEnded`, or `Conflict` before they are there."""
        if self.end_reason:
            raise SessionEnded(self.id, self.end_reason)
        if self.running is None:
            raise Conflict(f"Session {self.id} is not ready yet.", code="not_ready", retry_after_s=1.0)
        return self.running

    def starting(self) -> None:
        """It has a slot; its browser starts."""
        self.started_at = self._clock.now()
        self.queue_s = self._next_stage()
        self._tell("starting", queue_s=self.queue_s)

    def ready(self, browser: BrowserSession, limits: UploadLimits, *, max_lifetime_s: float) -> None:
        """Its *browser* is there: lifetime and patience count from now."""
        self.launch_s = self._next_stage()
        self.running = Running(
            browser=browser,
            uploads=Uploads(browser.files, limits),
            downloads=Downloads(browser.downloads),
            screencast=Screencast(browser.control),
            since=self._stage_since,
        )
        self._expires = self._stage_since + min(self.request.timeout_s, max_lifetime_s)
        self.sign()
        self._tell("ready", launch_s=self.launch_s)
        self.decided.set()

    def extend(self, timeout_s: float, *, max_lifetime_s: float) -> None:
        """Its lifetime ends *timeout_s* from now, within *max_lifetime_s* in all."""
        running = self.usable()
        self.sign()
        self._expires = min(self._clock.monotonic() + timeout_s, running.since + max_lifetime_s)
        self._warned = False
        self._tell("extended", remaining_s=self._expires - self._clock.monotonic())

    def sign(self) -> None:
        """A client is at work on the session, if not on its socket."""
        self.presence.sign(self._clock.monotonic())

    def join(self, link: Link) -> None:
        """A client is connected to the browser by *link*; it is dismissed if the session has begun to end."""
        if self.end_reason:
            told = closing(self.end_reason)
            link.close(told.code, told.reason)
            return
        self.connected_at = self.connected_at or self._clock.now()
        self.presence.join(link, self._clock.monotonic())
        self._tell("connected", clients=len(self.presence))

    def leave(self, link: Link, *, clean: bool) -> None:
        """The client of *link* is gone; *clean*: with a close frame."""
        if self.presence.leave(link, self._clock.monotonic(), clean=clean):
            self._tell("disconnected", clients=len(self.presence), clean=clean)

    def time_up(self) -> EndReason | None:
        """Why it has to end now; None: it may go on. A deadline that comes near is told of once."""
        if self._expires is None or self.end_reason:
            return None
        presence = self.presence
        standing = Standing(presence.attendance, presence.last_sign_at, self._expires)
        end = deadline(standing, self.request)
        remaining_s = end.at - self._clock.monotonic()
        if remaining_s > _WARNED_AHEAD_S:
            self._warned = False
        elif not self._warned:
            self._warned = True
            self.tell_end_soon(end.reason, remaining_s)
        return end.reason if remaining_s <= 0 else None

    def tell_end_soon(self, reason: EndReason, remaining_s: float) -> None:
        """Tell its readers that it ends in *remaining_s*, if nothing happens."""
        self._tell("end_soon", reason=reason, remaining_s=max(0.0, remaining_s))

    def end(self, reason: EndReason, failure: PoolError | None = None) -> None:
        """From now on it ends: its clients are dismissed and nobody is let in."""
        self.end_reason = reason
        self.failure = failure
        if self.running:
            self.running.uploads.close()
        self.presence.dismiss(closing(reason))
        self._tell("ending", reason=reason)
        self.decided.set()
        self.over.set()

    def ended(self) -> None:
        """Nothing of it is left but this record, which is small."""
        self.ended_at = self._clock.now()
        self._last_facts = self.facts
        self.running = None
        self._tell("ended", reason=self.end_reason)
        self.events.close()

    def reset(self) -> None:
        """Its pages were replaced by a fresh one."""
        self.sign()
        self._tell("reset")

    def _next_stage(self) -> float:
        now = self._clock.monotonic()
        duration_s, self._stage_since = now - self._stage_since, now
        return duration_s

    def _wall_time(self, monotonic: float) -> datetime:
        return self._clock.now() + timedelta(seconds=monotonic - self._clock.monotonic())

    def _tell(self, name: str, **data: Value) -> None:
        self.events.publish(name, self._clock.now(), **data)


_STATUS = {
    Attendance.AWAITED: Status.READY,
    Attendance.PRESENT: Status.CONNECTED,
    Attendance.CLOSED: Status.DISCONNECTED,
    Attendance.DROPPED: Status.DISCONNECTED,
}
