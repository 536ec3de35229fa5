"""Keeps the linear algebra of embedding on one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it BLAS uses one thread: on a busy machine more of them wait for each other, ten times as long.

    The limit is the whole process's, so only one at a time is within.
    """
    with _lock, _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
