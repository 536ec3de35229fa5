"""What the suite found: per kind of defect, how many got a green light; and how many good ones got none."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Tally:
    """How often the critic was wrong: by checks alone, and with the vision model if one was asked."""

    cases: int
    wrong_by_checks: int
    wrong_with_vision: int | None = None

    @property
    def rate(self) -> float:
        """Share that the checks alone had wrong."""
        return self.wrong_by_checks / self.cases if self.cases else 0.0

    @property
    def rate_with_vision(self) -> float | None:
        """Share that both together had wrong; None where no model was asked."""
        if self.wrong_with_vision is None:
            return None
        return self.wrong_with_vision / self.cases if self.cases else 0.0


@dataclass(frozen=True)
class KindResult:
    """One kind of defect; wrong means that it passed."""

    name: str
    shows: str
    visible_to_checks: bool
    tally: Tally
    passed: tuple[str, ...] = ()
    """The compositions in which the checks alone let it pass."""


@dataclass(frozen=True)
class SuiteResult:
    """Of all kinds, and of the good compositions, where wrong means that they were refused."""

    kinds: tuple[KindResult, ...]
    good: Tally
    refused: tuple[tuple[str, str], ...]
    """Good compositions that the checks refuse, each with the code of the issue."""
    elapsed_s: float

    @property
    def false_pass(self) -> Tally:
        """Over the kinds that checks can see."""
        return _sum([kind.tally for kind in self.kinds if kind.visible_to_checks])

    @property
    def false_pass_of_all(self) -> Tally:
        """Over all kinds, also those that only a model can see."""
        return _sum([kind.tally for kind in self.kinds])

    def as_dict(self) -> dict[str, object]:
        """The figures for machines."""
        return {
            **asdict(self),
            "false_pass": asdict(self.false_pass),
            "false_pass_rate": self.false_pass.rate,
            "false_pass_of_all": asdict(self.false_pass_of_all),
            "false_fail_rate": self.good.rate,
        }


def _sum(tallies: list[Tally]) -> Tally:
    seen = [tally.wrong_with_vision for tally in tallies if tally.wrong_with_vision is not None]
    return Tally(
        sum(tally.cases for tally in tallies),
        sum(tally.wrong_by_checks for tally in tallies),
        sum(seen) if seen else None,
    )
