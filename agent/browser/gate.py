"""No green light, no render."""

from __future__ import annotations

from agent.domain import Verdict
from agent.errors import NotGreenlit


class RenderGate:
    """Knows the last verdict on each fingerprint."""

    def __init__(self) -> None:
        self._verdicts: dict[str, Verdict] = {}

    def record(self, verdict: Verdict) -> None:
        """Remember *verdict*; it replaces an earlier one on the same fingerprint."""
        self._verdicts[verdict.fingerprint] = verdict

    def require(self, fingerprint: str) -> None:
        """Raise `NotGreenlit` unless the last verdict on *fingerprint* is a green light."""
        verdict = self._verdicts.get(fingerprint)
        if verdict is None or not verdict.green_light:
            raise NotGreenlit(fingerprint)
