"""The detail that a file really holds, by the width of its edges against those of its sources."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agent.critic.timeline import shown_at
from agent.evaluation.declared import Declared, DeclaredImage, DeclaredText
from agent.evaluation.features import Features, Still
from agent.evaluation.scoring import lin, log_lin
from agent.evaluation.sharpness import edge_width_px
from agent.evaluation.sources import Source
from agent.evaluation.subject import Subject
from agent.evaluation.values import Part
from agent.media.similarity import Picture

DETAIL = "detail"
LEAST_LINES = 360
SOFTEST, SHARP = 0.6, 0.95
"""Share of the expected sharpness. Enlarging twice was measured to leave 0.5 to 0.8, CRF 28 0.96 and more."""
SHARPEST_PX = 1.6
"""No narrower edges are expected: scaling and encoding make photographs as soft as this."""
UNKNOWN_EDGE_PX, UNKNOWN_GROWTH = 1.8, 0.26
"""Edges of footage at 360 lines, by the power of its lines wider above: 2.2 px at 720, 2.4 at 1080."""
UNKNOWN_SOFTEST = 1.7
"""Times as wide as that is soft beyond doubt without anything to compare with."""

_STILLS = 12
_STEP_S = 2.0
_QUARTILE = 25


@dataclass(frozen=True)
class _Edges:
    """Edge widths of the stills of one source, and what is expected of them."""

    expected_px: float
    found_px: list[float] = field(default_factory=list)

    @property
    def sharpness(self) -> float:
        """Share of the expected, by the sharper quarter: footage has soft shots of its own."""
        return self.expected_px / float(np.percentile(self.found_px, _QUARTILE))


def moments(duration_s: float) -> tuple[float, ...]:
    """Seconds at which stills are compared: at most twelve, at least two seconds apart."""
    count = max(1, min(_STILLS, round(duration_s / _STEP_S)))
    return tuple(round(duration_s * (number + 0.5) / count, 3) for number in range(count))


def detail(
    features: Features,
    declared: Declared,
    subject: Subject,
    sources: Sequence[Source],
    pairs: Sequence[tuple[Picture, Picture]],
) -> Part:
    """Against the sources and *pairs* (approved frame, the file's), else against what is usual."""
    groups = list(_edges_by_source(features, declared, subject, sources))
    shares = [group.sharpness for group in groups if group.found_px]
    shares += _shares_of_samples(pairs)
    if shares:
        worst = min(shares)
        return Part(DETAIL, lin(worst, SOFTEST, SHARP), 0.35, f"{worst:.0%} as sharp as its source")
    return _detail_alone(features, declared)


def _detail_alone(features: Features, declared: Declared) -> Part:
    lines = min(features.media.width or LEAST_LINES, features.media.height or LEAST_LINES)
    usual_px = UNKNOWN_EDGE_PX * max(1.0, lines / LEAST_LINES) ** UNKNOWN_GROWTH
    found = [width for _, width in _edge_widths(features, declared)]
    if not found:
        return Part(DETAIL, None, 0.35, "too few edges to measure")
    width_px = float(np.percentile(found, _QUARTILE))
    score = log_lin(width_px, usual_px * UNKNOWN_SOFTEST, usual_px)
    return Part(DETAIL, score, 0.35, f"edges are {width_px:.1f} px wide, {usual_px:.1f} is usual at its size")


def _edges_by_source(
    features: Features, declared: Declared, subject: Subject, sources: Sequence[Source]
) -> Iterator[_Edges]:
    """The stills of each source that is in sight in a fifth of them; of all where it is not known."""
    known = [source for source in sources if source.edge_widths_px]
    found = list(_edge_widths(features, declared))
    if not known or not found:
        return
    if subject.summary is None:
        scales = (
            max((features.media.height or 1) / source.height, (features.media.width or 1) / source.width)
            for source in known
        )
        expected = min(_expected_px(source, scale) for source, scale in zip(known, scales, strict=True))
        yield _Edges(expected, [width for _, width in found])
        return
    resolution = (features.media.width or 0) / subject.summary.width
    for source in known:
        group = _Edges(0.0)
        scales_shown = []
        for time_s, width in found:
            clip = next(
                (clip for clip in shown_at(subject.summary, time_s) if clip.asset == source.name), None
            )
            if clip is not None and clip.box is not None:
                group.found_px.append(width)
                scales_shown.append(clip.box.width * resolution / source.width)
        if len(group.found_px) >= max(1, len(found) / 5):
            yield _Edges(_expected_px(source, max(scales_shown)), group.found_px)


def _expected_px(source: Source, scale: float) -> float:
    return max(SHARPEST_PX, scale * float(np.percentile(source.edge_widths_px, _QUARTILE)))


def _edge_widths(features: Features, declared: Declared) -> Iterator[tuple[float, float]]:
    """Time and edge width of each still that is compared, without declared letters and logos."""
    for still in compared_stills(features):
        picture = still.picture()
        width = edge_width_px(picture, _overlaid(declared, still.time_s, picture))
        if width is not None:
            yield still.time_s, width


def compared_stills(features: Features) -> Iterator[Still]:
    for moment in moments(features.duration_s):
        if (still := features.still_at(moment)) is not None:
            yield still


def _overlaid(declared: Declared, time_s: float, picture: Picture) -> NDArray[np.bool_] | None:
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), dtype=np.bool_)
    overlays: tuple[DeclaredText | DeclaredImage, ...] = (*declared.texts, *declared.images)
    for shown in overlays:
        box = shown.box
        if box is None or not shown.span.start_s <= time_s < shown.span.end_s or box.width * box.height > 0.5:
            continue
        top, bottom = max(0.0, box.y) * height, max(0.0, box.y + box.height) * height
        left, right = max(0.0, box.x) * width, max(0.0, box.x + box.width) * width
        mask[math.floor(top) : math.ceil(bottom), math.floor(left) : math.ceil(right)] = True
    return mask if mask.any() else None


def _shares_of_samples(pairs: Sequence[tuple[Picture, Picture]]) -> list[float]:
    """How sharp the file is in the size of the approved frames, by the softer quarter; empty without any."""
    shares = []
    for approved, found in pairs:
        wanted, have = edge_width_px(approved), edge_width_px(found)
        if wanted is not None and have is not None:
            shares.append(max(wanted, SHARPEST_PX) / max(have, SHARPEST_PX))
    return [float(np.percentile(shares, _QUARTILE))] if shares else []
