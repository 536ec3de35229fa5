"""What is asked of a text on screen: points for its figures, and what to say where there are too few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agent.domain import Issue, Severity
from agent.evaluation.caption_measures import Measured
from agent.evaluation.declared import DeclaredText
from agent.evaluation.scoring import lin, log_lin
from agent.evaluation.values import Finding, Metric, Part

_TELLING = 0.75
"""A part below this keeps the metric from being golden."""
_POOR = 0.5
_FEW_WORDS, _FEW_LETTERS = 2, 16
_NAMED = 40


@dataclass(frozen=True)
class Scale:
    """One of the five parts."""

    part: str
    weight: float
    points: Callable[[Measured], float | None]
    figure: Callable[[Measured], str]
    wanted: str
    code: str
    fix: str

    def part_of(self, measured: Sequence[Measured]) -> Part:
        """The mean of the average and of the worst text, so that neither hides the other."""
        judged = self._judged(measured)
        if not judged:
            return Part(self.part, None, self.weight, "not measured")
        points = [points for points, _ in judged]
        worst = min(judged, key=lambda pair: pair[0])[1]
        score = (float(np.mean(points)) + min(points)) / 2
        return Part(self.part, score, self.weight, f"{self.figure(worst)} at worst, {self.wanted}")

    def finding(self, measured: Sequence[Measured]) -> Iterator[Finding]:
        """One for all texts that have too few points, at the worst of them."""
        poor = [pair for pair in self._judged(measured) if pair[0] < _TELLING]
        if not poor:
            return
        worst = min(poor, key=lambda pair: pair[0])[1]
        blocks = any(figures.outside for _, figures in poor) and self is SAFE_AREA
        yield finding_of(
            worst,
            "text_outside_frame" if blocks else self.code,
            f"{_named(worst)}: {self.figure(worst)}, {self.wanted}{_and_others(len(poor) - 1)}.",
            self.fix,
            Severity.BLOCKER if blocks else Severity.WARNING,
        )

    def _judged(self, measured: Sequence[Measured]) -> list[tuple[float, Measured]]:
        pairs = [(self.points(figures), figures) for figures in measured]
        return [(points, figures) for points, figures in pairs if points is not None]


def finding_of(
    figures: Measured, code: str, message: str, fix: str, severity: Severity = Severity.WARNING
) -> Finding:
    """About one text, for as long as it is shown."""
    issue = Issue(code, message, severity, figures.at_s, fix, source="evaluation")
    return Finding(issue, Metric.CAPTIONS, until_s=max(figures.at_s, figures.text.span.end_s))


def misspelt(measured: Sequence[Measured]) -> Iterator[Finding]:
    """Each plain text that reads other words than were meant; no score rests on it, because readers err."""
    for figures in measured:
        if figures.differing and all(
            _is_good(scale.points(figures)) for scale in (CONTRAST, SIZE, SAFE_AREA)
        ):
            pairs = "; ".join(f'"{read}" for "{meant}"' for meant, read in figures.differing)
            fix = "Compare the words; a fanciful font or a busy background can mislead the reader, too."
            yield finding_of(figures, "text_differs", f"{_named(figures)} reads {pairs}.", fix)


def _is_good(points: float | None) -> bool:
    return points is not None and points >= _TELLING


def _legible(figures: Measured) -> float | None:
    """Letters that are missed because they are faint, small or cut off count there, and not here as well."""
    if figures.recall is None or (figures.recall > 0 and _is_poor(figures)):
        return None
    return lin(figures.recall, 0.5, 0.95)


def _is_poor(figures: Measured) -> bool:
    points = (_contrast(figures), _size(figures), _safe_area(figures))
    return any(found is not None and found < _POOR for found in points)


def _contrast(figures: Measured) -> float | None:
    return None if figures.contrast is None else log_lin(figures.contrast, 1.5, 4.5)


def _size(figures: Measured) -> float | None:
    return None if figures.line_height is None else lin(figures.line_height, 0.02, 0.055)


def _safe_area(figures: Measured) -> float | None:
    if figures.margin is None:
        return None
    return 0.0 if figures.outside else lin(figures.margin, 0.005, 0.05)


def _speed(figures: Measured) -> float | None:
    """Characters a second; a caption has to stay for a while as well, a title is read at its own speed.

    Not judged of captions of a word or two: they come and go with the voice.
    """
    if figures.letters_per_s is None or figures.shown_s is None or _follows_voice(figures.text):
        return None
    speed = lin(figures.letters_per_s, 30, 17)
    return min(speed, lin(figures.shown_s, 0.2, 5 / 6)) if figures.text.is_caption else speed


def _follows_voice(text: DeclaredText) -> bool:
    return text.is_caption and len(text.text.split()) <= _FEW_WORDS and len(text.text) <= _FEW_LETTERS


def _margin_figure(figures: Measured) -> str:
    return "cut off by the frame" if figures.outside else f"{figures.margin or 0:.1%} from the edge"


LEGIBLE = Scale(
    "legible",
    0.30,
    _legible,
    lambda figures: f"{figures.recall or 0:.0%} of the letters read",
    "95 % wanted",
    "text_unreadable",
    "See that the text is shown at that time, whole, on top and in a plain font.",
)
CONTRAST = Scale(
    "contrast",
    0.25,
    _contrast,
    lambda figures: f"{figures.contrast or 1:.1f}:1",
    "4.5:1 wanted",
    "text_low_contrast",
    "Give it another color, a dark stroke or shadow, or a background plate.",
)
SIZE = Scale(
    "size",
    0.15,
    _size,
    lambda figures: f"lines of {figures.line_height or 0:.1%} of the shorter side",
    "5.5 % wanted",
    "text_too_small",
    "Make the font larger.",
)
SAFE_AREA = Scale(
    "safe area",
    0.15,
    _safe_area,
    _margin_figure,
    "5 % wanted",
    "text_near_edge",
    "Move it, or break the line: keep 5 % of the frame free around texts.",
)
SPEED = Scale(
    "reading speed",
    0.15,
    _speed,
    lambda figures: (
        f"{figures.letters_per_s or 0:.0f} characters a second, shown {figures.shown_s or 0:.1f} s"
    ),
    "at most 17 and at least 0.8 s wanted",
    "text_too_fast",
    "Show it longer, or say it in fewer words.",
)
SCALES = (LEGIBLE, CONTRAST, SIZE, SAFE_AREA, SPEED)


def _named(figures: Measured) -> str:
    text = " ".join(figures.text.text.split())
    return f'"{text[:_NAMED]}…"' if len(text) > _NAMED else f'"{text}"'


def _and_others(count: int) -> str:
    return f"; {count} more texts are alike" if count > 1 else "; one more text is alike" if count else ""
