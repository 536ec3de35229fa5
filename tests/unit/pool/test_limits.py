"""Who has to go when a session takes too much."""

from __future__ import annotations

import psutil

from browser_pool.confinement.limits import MIB, Limits, Load, excess

_LIMITS = Limits(memory_mb=1000, pids=500)


def test_within_its_limits_nothing_has_to_go() -> None:
    """All together count."""
    assert excess([_load("", 400, 40), _load("renderer", 600, 400)], _LIMITS) is None
    assert excess([], _LIMITS) is None


def test_of_memory_the_largest_page_goes() -> None:
    """Not the browser, however much that takes."""
    small, large = _load("renderer", 300, 10), _load("renderer", 310, 10)

    assert excess([_load("", 390, 40), small, large, _load("gpu-process", 200, 10)], _LIMITS) is large


def test_of_threads_the_page_with_the_most_goes() -> None:
    """Before the kernel refuses the next one to whoever asks for it."""
    many = _load("renderer", 10, 400)

    assert excess([_load("", 10, 60), _load("renderer", 500, 10), many], _LIMITS) is many


def test_without_a_page_the_largest_goes() -> None:
    """Then there is nothing to keep."""
    browser = _load("", 900, 40)

    assert excess([browser, _load("utility", 200, 10)], _LIMITS) is browser


def _load(kind: str, memory_mb: int, threads: int) -> Load:
    return Load(psutil.Process(), kind, memory_mb * MIB, threads)
