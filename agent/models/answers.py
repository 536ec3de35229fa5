"""What models have in common beyond smolagents' own interface."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

CANNOT = "CANNOT:"
"""A final answer that begins so ends the job without a render; what follows is told to the person."""


@runtime_checkable
class Stoppable(Protocol):
    """A model whose waiting can be ended from another thread."""

    def cancel(self) -> None: ...


def stop_waiting(model: object) -> None:
    """Ends a wait of `model`, if it is one that can be stopped."""
    if isinstance(model, Stoppable):
        model.cancel()
