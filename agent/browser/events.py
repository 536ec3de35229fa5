"""What the page pushes to its agent while it works."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from agent.browser.protocol import EVENT_BINDING, LogEvent, OperatorEvent, ProgressEvent
from browser_pool.chromium.cdp import CdpSession, Json

log = logging.getLogger(__name__)

OnEvent = Callable[[ProgressEvent | LogEvent], None]
OnProgress = Callable[[ProgressEvent], None]


class PageEvents:
    """Hands every event to *on_event*, and progress to whom it concerns just now."""

    def __init__(self, on_event: OnEvent | None) -> None:
        self._on_event = on_event
        self._on_progress: OnProgress | None = None

    async def attach(self, session: CdpSession) -> None:
        """Give the page of *session* the binding by which it pushes."""
        session.on("Runtime.bindingCalled", self._receive)
        await session.call("Runtime.enable")
        await session.call("Runtime.addBinding", {"name": EVENT_BINDING})

    @contextmanager
    def progress_to(self, on_progress: OnProgress | None) -> Iterator[None]:
        """Progress goes to *on_progress* meanwhile."""
        self._on_progress = on_progress
        try:
            yield
        finally:
            self._on_progress = None

    def _receive(self, call: Json) -> None:
        if call["name"] != EVENT_BINDING:
            return
        try:
            event = OperatorEvent.model_validate_json(call["payload"]).root
        except ValidationError as exc:
            # A program can call the binding too.
            log.warning("unknown event", extra={"action": "page_event_unknown", "error": str(exc)})
            return
        if self._on_event:
            self._on_event(event)
        if self._on_progress and isinstance(event, ProgressEvent):
            self._on_progress(event)
