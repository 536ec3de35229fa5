"""The log of one job: every event of ours with its data, a line of JSON each, in the session's folder."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

_OURS = "agent"
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


@contextmanager
def logged_to(path: Path, job_id: str) -> Iterator[None]:
    """Events of our packages go to `path` too, from INFO on, each with the job's id."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(JsonLines(job_id=job_id))
    logger = logging.getLogger(_OURS)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()


class JsonLines(logging.Formatter):
    """What was said, with all that was given as `extra`, and with *always* in each line."""

    def __init__(self, **always: str) -> None:
        super().__init__()
        self._always = always

    def format(self, record: logging.LogRecord) -> str:
        data = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **self._always,
            "event": record.getMessage(),
            **data,
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False, default=str)
