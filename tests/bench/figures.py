"""What a bench measured: values of several rounds, their median, and whether the target is met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

Say = Callable[[str], None]
"""Tells whoever waits what is measured now."""


@dataclass(frozen=True)
class Target:
    """A bound that the median has to keep; the bound itself keeps it."""

    bound: float
    at_least: bool

    def met_by(self, value: float) -> bool:
        """Whether *value* is on the right side."""
        return value >= self.bound if self.at_least else value <= self.bound


def at_least(bound: float) -> Target:
    """More is better."""
    return Target(bound, at_least=True)


def at_most(bound: float) -> Target:
    """Less is better."""
    return Target(bound, at_least=False)


@dataclass(frozen=True)
class Figure:
    """One measured thing, one value a round; *detail* says what it is made of."""

    name: str
    unit: str
    values: tuple[float, ...]
    target: Target | None = None
    detail: str = ""

    @property
    def median(self) -> float:
        """The figure to quote."""
        return median(self.values)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps the target; None where there is none."""
        return self.target.met_by(self.median) if self.target else None


@dataclass(frozen=True)
class Measured:
    """What a bench found, and a sentence for each peer that it left out."""

    figures: tuple[Figure, ...]
    skipped: tuple[str, ...] = ()


def paired_ratios(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, ...]:
    """Each round's ratio. Rounds are paired because a shared machine's speed changes between them."""
    return tuple(above / below for above, below in zip(numerators, denominators, strict=True))
