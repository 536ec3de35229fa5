"""Keeps tokens and keys out of every log line, whoever writes it."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping

from browser_pool.keys import KEY_PREFIX

_SECRETS = re.compile(
    rf"(?P<name>token(?:=|%3D))[^&\s\"'#]+|{KEY_PREFIX}[\w-]+|(?P<scheme>Bearer )\S+", re.IGNORECASE
)


def redacted(text: str) -> str:
    """*text* with an ellipsis for each token and key."""
    return _SECRETS.sub(lambda found: f"{found['name'] or found['scheme'] or ''}…", text)


def redact_logs() -> None:
    """From now on no log record of this process holds a token or a key."""
    logging.setLogRecordFactory(_RedactedRecord)


class _RedactedRecord(logging.LogRecord):
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
        return redacted(super().getMessage())


def _clean(value: object) -> object:
    return redacted(value) if isinstance(value, str) else value
