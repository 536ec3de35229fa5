"""Metric 4: whether texts on screen can be read: what they say, on what, how large, where and how long."""

from __future__ import annotations

from collections.abc import Sequence

from agent.evaluation.caption_measures import Measured, Measurer, from_declared, moments_of
from agent.evaluation.caption_scales import SCALES, misspelt
from agent.evaluation.declared import Declared, DeclaredText
from agent.evaluation.features import Features
from agent.evaluation.found_captions import found_captions, found_moments
from agent.evaluation.reading import is_readable
from agent.evaluation.scoring import score_of
from agent.evaluation.values import Assessment, Metric, Score
from agent.media.ocr import TextReader

MOST_TEXTS = 120
"""Of a long file as many are measured, spread over its length: each costs about a tenth of a second."""


def caption_moments(declared: Declared, duration_s: float) -> tuple[float, ...]:
    """The moments whose stills `captions` wants."""
    if not declared.known:
        return found_moments(duration_s)
    return tuple(at_s for text in _measured_texts(declared) for at_s in moments_of(text.span))


def captions(features: Features, declared: Declared, reader: TextReader | None) -> Assessment:
    """Five parts, each the mean of its average and its worst text; combined as `scoring.combined` says.

    - Legible 0.30: share of the meant letters that OCR reads, 0 at 0.5, 1 at 0.95; not judged of a text that
      has less than half of the points for contrast, size or place, which is why letters are missed.
    - Contrast 0.25: WCAG ratio of letters to their surroundings, over its logarithm 0 at 1.5, 1 at 4.5
      (WCAG 2.2, 1.4.3: 4.5 for text). OCR alone does not tell: it reads letters of 35 % opacity.
    - Size 0.15: height of a line of the frame's shorter side, 0 at 2 %, 1 at 5.5 % (BBC: about 8 %).
    - Safe area 0.15: letters to the nearest edge, 0 at 0.5 % of the frame, 1 at 5 % (SMPTE ST 2046-1, EBU
      R 95: 5 %); 0 where the frame cuts a text, which also blocks.
    - Reading speed 0.15: characters a second, 0 at 30, 1 at 17 (Netflix: 17 for adults, 20 in newer guides),
      and of captions how long they stay, 0 at 0.2 s, 1 at 0.83 s (Netflix: 5/6 s); the lower of the two.
      Not judged of captions of a word or two, which go with the voice.

    What is meant comes from the composition. A foreign file is judged, without the first part, by captions
    that are read again a second later. Without a *reader* only size, place and speed are judged, as declared,
    and the score is not complete.
    """
    if features.seen is None:
        return Assessment(Score(Metric.CAPTIONS, None, why="there is no picture"))
    texts = _measured_texts(declared)
    if declared.known and not texts:
        return Assessment(Score(Metric.CAPTIONS, None, why="no captions are declared"))
    if reader is None or reader.why_not:
        why = f"not read: {reader.why_not if reader else 'OCR is switched off'}"
        return _assessment([from_declared(text, features.media) for text in texts], why, complete=False)
    if not declared.known:
        return _of_foreign(features, reader)
    measurer = Measurer(features, reader)
    return _of_declared(
        [
            measurer.measure(text) if is_readable(text.text) else from_declared(text, features.media)
            for text in texts
        ]
    )


def _of_declared(measured: Sequence[Measured]) -> Assessment:
    unread = sum(figures.recall is None for figures in measured)
    why = f"{unread} of {len(measured)} texts are in letters that the reader does not know" if unread else ""
    return _assessment(measured, why, complete=not unread)


def _of_foreign(features: Features, reader: TextReader) -> Assessment:
    found = found_captions(features, reader)
    if not found:
        why = "no captions were found, and no composition declares any"
        return Assessment(Score(Metric.CAPTIONS, None, why=why))
    why = f"what {len(found)} captions were meant to say is not known: no composition declares it"
    return _assessment(found, why, complete=True)


def _assessment(measured: Sequence[Measured], why: str, *, complete: bool) -> Assessment:
    parts = [scale.part_of(measured) for scale in SCALES]
    findings = [finding for scale in SCALES for finding in scale.finding(measured)]
    score = score_of(Metric.CAPTIONS, parts, why=why, complete=complete)
    return Assessment(score, (*findings, *misspelt(measured)))


def _measured_texts(declared: Declared) -> list[DeclaredText]:
    shown = [text for text in declared.texts if text.text.strip() and text.span.duration_s > 0]
    stride = max(1, -(-len(shown) // MOST_TEXTS))
    return shown[::stride]
