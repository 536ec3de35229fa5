"""The log of one job: every event of ours with its data, a line of JSON each, in the session's folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

_OURS = "agent"
_RUNNING: ContextVar[tuple[str, ...]] = ContextVar("running_jobs", default=())
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


@contextmanager
def logged_to(path: Path, job_id: str) -> Iterator[None]:
    """What our packages say in this context, from INFO on, goes to `path` too, each with the job's id."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines(job_id=job_id))
    handler.addFilter(lambda _: job_id in _RUNNING.get())
    logger = logging.getLogger(_OURS)
    # Never set back: jobs that run at once end in any order, and each wants its own.
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    token = _RUNNING.set((*_RUNNING.get(), job_id))
    try:
        yield
    finally:
        _RUNNING.reset(token)
        logger.removeHandler(handler)
        handler.close()


class JsonLines(logging.Formatter):
    """What was said, with all that was given as `extra`, and with the job that it was said in.

    Each line has *always*, too.
    """

    def __init__(self, **always: str) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        data = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        running = _RUNNING.get()
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **({"job_id": running[-1]} if running else {}),
            **self._always,
            "event": record.getMessage(),
            **data,
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False, default=str)
