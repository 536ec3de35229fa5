"""The detail that a file really holds, by the width of its edges against those of its sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from agent.evaluation.approved import Pair
from agent.evaluation.declared import Declared
from agent.evaluation.features import Features
from agent.evaluation.matching import Match, compared_stills, overlaid
from agent.evaluation.scoring import lin, log_lin
from agent.evaluation.sharpness import edge_width_px, fine_share
from agent.evaluation.sources import Source
from agent.evaluation.values import Part

DETAIL = "detail"
LEAST_LINES = 360
LEAST_LEFT, MOST_LEFT = 0.3, 0.95
"""Share of the fine variance that is left of the same frame of the source. Measured: enlarged twice 0.2 to
0.65, blurred by 1 px 0.2 to 0.5, CRF 42 0.3 to 0.7, CRF 28 0.9 to 1."""
SOFTEST, SHARP = 0.6, 0.95
"""Share of the source's sharpness where no frame could be matched: enlarged twice 0.5 to 0.8, CRF 28 0.96."""
SHARPEST_PX = 1.6
"""No narrower edges are expected: scaling and encoding make photographs as soft as this."""
UNKNOWN_EDGE_PX, UNKNOWN_GROWTH = 1.8, 0.26
"""Edges of footage at 360 lines, by the power of its lines wider above: 2.2 px at 720, 2.4 at 1080."""
UNKNOWN_SOFTEST = 1.7
"""Times as wide as that is soft beyond doubt without anything to compare with."""

_WEIGHT = 0.35
_QUARTILE = 25
_FEWEST_MATCHES = 3


def detail(
    features: Features,
    declared: Declared,
    sources: Sequence[Source],
    matches: Sequence[Match],
    pairs: Sequence[Pair],
) -> Part:
    """Against the same frames of the footage and the approved ones; where there are none, against what the
    footage has elsewhere, or against what is usual.
    """
    left = [match.detail for match in matches] if len(matches) >= _enough(features) else []
    approved = [fine_share(pair.found) / held for pair in pairs if (held := fine_share(pair.approved)) > 0]
    shares = [float(np.percentile(each, _QUARTILE)) for each in (left, approved) if each]
    if shares:
        worst = min(shares)
        said = f"{worst:.0%} of the source's fine detail is left"
        return Part(DETAIL, lin(worst, LEAST_LEFT, MOST_LEFT), _WEIGHT, said)
    found = list(_edge_widths(features, declared))
    if not found:
        return Part(DETAIL, None, _WEIGHT, "too few edges to measure")
    # Footage has soft shots of its own: the sharper quarter tells.
    width_px = float(np.percentile(found, _QUARTILE))
    known = [source for source in sources if source.edge_widths_px]
    return _against_footage(width_px, features, known) if known else _against_usual(width_px, features)


def _enough(features: Features) -> int:
    return min(_FEWEST_MATCHES, len(list(compared_stills(features))))


def _against_footage(width_px: float, features: Features, sources: Sequence[Source]) -> Part:
    width, height = features.media.width or 1, features.media.height or 1
    expected_px = min(
        max(width / source.width, height / source.height)
        * float(np.percentile(source.edge_widths_px, _QUARTILE))
        for source in sources
    )
    share = max(SHARPEST_PX, expected_px) / max(SHARPEST_PX, width_px)
    return Part(DETAIL, lin(share, SOFTEST, SHARP), _WEIGHT, f"{share:.0%} as sharp as its footage")


def _against_usual(width_px: float, features: Features) -> Part:
    lines = min(features.media.width or LEAST_LINES, features.media.height or LEAST_LINES)
    usual_px = UNKNOWN_EDGE_PX * max(1.0, lines / LEAST_LINES) ** UNKNOWN_GROWTH
    score = log_lin(width_px, usual_px * UNKNOWN_SOFTEST, usual_px)
    said = f"edges are {width_px:.1f} px wide, {usual_px:.1f} is usual at its size"
    return Part(DETAIL, score, _WEIGHT, said)


def _edge_widths(features: Features, declared: Declared) -> Iterator[float]:
    """Of each still that is compared, without declared letters and logos."""
    for still in compared_stills(features):
        picture = still.picture()
        width = edge_width_px(picture, overlaid(declared, still.time_s, picture))
        if width is not None:
            yield width
