"""The database: one transaction at a time, tried again when the connection is lost."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Self, TypeVar

from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from agent.store.connections import BEGIN, connect, default_url, parsed_url
from agent.store.faults import translated, will_pass
from agent.store.schema import bring_up_to_date
from agent.store.views import new_id

__all__ = ["Database", "default_url", "write_id"]

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
"""How long a database that restarts is waited for."""

T = TypeVar("T")
Work = Callable[[Session], T]


class Database:
    """Our tables on SQLite or PostgreSQL. Any thread may use it; each call is a transaction of its own."""

    def __init__(self, url: URL, engine: Engine, patience_s: float) -> None:
        self.url = url
        self.engine = engine
        self._patience_s = patience_s
        self._reading = engine.execution_options(**{BEGIN: "DEFERRED"})

    @classmethod
    def open(cls, url: str, *, patience_s: float = PATIENCE_S) -> Self:
        """The database at *url*, with all tables as this version wants them.

        Raises `StoreFailed` where it does not answer, or was made by a newer version.
        """
        parsed = parsed_url(url)
        database = cls(parsed, connect(parsed), patience_s)
        try:
            database._patiently(partial(bring_up_to_date, database.engine))
        except BaseException:
            database.close()
            raise
        return database

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def do(self, work: Work[T], *, read_only: bool = False) -> T:
        """What *work* returns, after its transaction is committed; nothing is written when it raises.

        With the connection lost or SQLite locked, *work* is done again in a new transaction, also when nobody
        knows whether the commit took effect. So it says what is to be, under ids that were chosen before, and
        never adds to what was. Raises `StoreFailed` when the database is not to be had for `patience_s`.
        *read_only* work does not wait for writers on SQLite.
        """
        name = new_id()
        return self._patiently(partial(self._once, work, name, read_only))

    async def run(self, work: Work[T], *, read_only: bool = False) -> T:
        """`do` in a thread."""
        return await asyncio.to_thread(self.do, work, read_only=read_only)

    def close(self) -> None:
        self.engine.dispose()

    def _once(self, work: Work[T], name: str, read_only: bool) -> T:
        info = {_WRITE_IDS: (f"{name}-{number}" for number in itertools.count(1))}
        with Session(self._reading if read_only else self.engine, info=info) as session, session.begin():
            return work(session)

    def _patiently(self, attempt: Callable[[], T]) -> T:
        deadline = time.monotonic() + self._patience_s
        for pause_s in _pauses_s():
            try:
                return attempt()
            except SQLAlchemyError as exc:
                if not will_pass(exc) or time.monotonic() + pause_s > deadline:
                    raise translated(exc, self.url) from exc
                log.warning(
                    "database not to be had",
                    extra={"action": "database_retry", "why": type(exc).__name__, "pause_s": pause_s},
                )
            time.sleep(pause_s)
        raise AssertionError("the pauses have no end")


_WRITE_IDS = "write_ids"


def write_id(session: Session) -> str:
    """A name for the next thing that this transaction writes; the same when the transaction is done again."""
    names: Iterator[str] = session.info[_WRITE_IDS]
    return next(names)


def _pauses_s() -> Iterator[float]:
    pause_s = 0.02
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, 1.0)
