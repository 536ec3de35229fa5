"""Ended sessions, still told of for an hour: a client that comes back learns why its session is gone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

_KEPT = 10_000

_Ended = TypeVar("_Ended")


class Tombstones(Generic[_Ended]):
    """Ended sessions by id, at most 10 000, the oldest forgotten first."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._ended: OrderedDict[str, tuple[float, _Ended]] = OrderedDict()

    def __iter__(self) -> Iterator[_Ended]:
        """The ended sessions, oldest first."""
        return (ended for _, ended in self._ended.values())

    def add(self, session_id: str, ended: _Ended, now: float) -> None:
        """Remember *ended* from *now* on."""
        self._ended[session_id] = (now, ended)
        if len(self._ended) > _KEPT:
            self._ended.popitem(last=False)

    def get(self, session_id: str) -> _Ended | None:
        """The ended session with that id, if it is remembered."""
        found = self._ended.get(session_id)
        return found[1] if found else None

    def forget_old(self, now: float) -> None:
        """Drop those whose time is over."""
        while self._ended and now - next(iter(self._ended.values()))[0] > self._keep_s:
            self._ended.popitem(last=False)
