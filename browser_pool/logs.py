"""Log lines of a node: one a record, with its data, and without a token or a key, whoever writes them."""

from __future__ import annotations

import logging
import logging.config
import re
import traceback
from collections.abc import Mapping

from browser_pool.keys import KEY_PREFIX

_SECRETS = re.compile(
    rf"(?P<name>token(?:=|%3D))[^&\s\"'#]+|(?P<scheme>Bearer )\S+|{KEY_PREFIX}[\w-]+", re.IGNORECASE
)
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_BUILT_IN = {*vars(logging.makeLogRecord({})), "message", "asctime", "color_message"}


def configure_logs() -> None:
    """From now on this process logs to stderr as this module says."""
    logging.setLogRecordFactory(RedactedRecord)
    handlers = {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}}
    loggers = {name: {"level": "INFO"} for name in ("browser_pool", "uvicorn")}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": LineFormatter}},
            "handlers": handlers,
            "loggers": loggers,
            "root": {"level": "WARNING", "handlers": ["stderr"]},
        }
    )


def redacted(text: str) -> str:
    """*text* with an ellipsis for each token and key."""
    return _SECRETS.sub(lambda found: f"{found['name'] or found['scheme'] or ''}…", text)


class LineFormatter(logging.Formatter):
    """The message with the record's data behind it, as name=value."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name is logging's
        data = {name: value for name, value in vars(record).items() if name not in _BUILT_IN}
        return redacted(" ".join([super().formatMessage(record), *(f"{k}={v}" for k, v in data.items())]))


class RedactedRecord(logging.LogRecord):
    """A record whose message, arguments and traceback are redacted before any formatter sees them."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # the factory's arguments, passed on
        if isinstance(self.args, tuple):
            self.args = tuple(_clean(value) for value in self.args)
        elif isinstance(self.args, Mapping):
            self.args = {name: _clean(value) for name, value in self.args.items()}
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redacted("".join(traceback.format_exception(*self.exc_info)).rstrip())

    def getMessage(self) -> str:  # noqa: N802  # the name is logging's
        """The message without secrets."""
        return redacted(super().getMessage())


def _clean(value: object) -> object:
    return redacted(value) if isinstance(value, str) else value
