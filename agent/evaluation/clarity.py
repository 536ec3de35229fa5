"""Metric 1: whether the file is as large, as sharp, as smooth and in the shape that was asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from agent.domain import Issue, MediaInfo, Severity
from agent.evaluation.approved import Pair, approved_pairs
from agent.evaluation.declared import Declared
from agent.evaluation.detail import DETAIL, LEAST_LINES, detail
from agent.evaluation.features import Curve, Features, Seen
from agent.evaluation.matching import Match, compared_stills
from agent.evaluation.scoring import lin, score_of
from agent.evaluation.sharpness import blockiness
from agent.evaluation.sources import Source
from agent.evaluation.subject import Subject
from agent.evaluation.values import Assessment, Finding, Metric, Part
from agent.media.similarity import luma_of, similarity

RESOLUTION, FRAME_RATE, FIDELITY, ASPECT = "resolution", "frame rate", "compression", "aspect"

USUAL_PIXELS = 1920 * 1080
"""More is not expected of a file for which no size was asked."""
SMALLEST_LINES = 120
"""Of a file of which nothing is known: 360 lines are the least that is offered as standard definition."""
LEAST_RATE = 24.0
"""Film's rate; 24 and 25 a second are enough where nothing else was asked or is in the footage."""
USUAL_RATE = 30.0
WORST_SSIM, GOOD_SSIM = 0.85, 0.97
WORST_BLOCKS, GOOD_BLOCKS = 2.0, 0.9
WORST_QUANTISER, GOOD_QUANTISER = 44.0, 34.0
"""Measured: x264 at CRF 18 to 30 has 10 to 34, at 38 up to 42, at 45 39 to 49, and less where little moves;
files of our own 16 to 26, slides 10 to 24, dark and soft film 13 to 15."""
WORST_ASPECT, GOOD_ASPECT = 0.15, 0.01
"""Differences of the logarithms: 1 % is rounding, 16 % makes circles eggs."""
STRETCHED = 0.04
"""Less is within what corners of moving pictures tell."""
UNCROPPED_LIKENESS = 0.97
"""Correlation of a frame with the whole of its source; what is cropped to another shape has less."""
TELLING = 0.75

_QUARTILE = 25
_MOVES_LEVELS = 0.3
_REPEATED_SHARE = 0.08
_AROUND = 7


def clarity(
    features: Features,
    declared: Declared,
    subject: Subject,
    sources: Sequence[Source],
    matches: Sequence[Match],
    stretch: float | None = None,
) -> Assessment:
    """Resolution 0.30, detail 0.35, frame rate 0.15, compression 0.10, aspect 0.10; `scoring.combined`.

    Resolution: sqrt(pixels / wanted), the wanted never more than the best source has; straight from 120 to
    360 lines where nothing is known. Detail: fine variance that is left of the same frames of the sources
    and of the approved frames, 0 at 0.3, 1 at 0.95; where none is the same, width of edges against that of
    the sources (0 at 0.6 of its sharpness, 1 at 0.95), or without any against what footage of the size
    usually has. Frame rate: new pictures a second (repeated ones do not count) over what was asked and the
    footage has. Compression: SSIM to the approved frames, 0 at 0.85, 1 at 0.97; without them the worse of the
    8 x 8 grid that shows, 0 at 2 levels, 1 at 0.9, and of how coarsely H.264 was quantised (`quantiser`), 0
    at 44, 1 at 34. Aspect: logarithm of the ratio to what was asked, or of the
    footage's own shape where it is stretched (`stretching`), 0 at 0.15, 1 at 0.01. The thresholds of
    detail, grid and quantiser were measured (`sharpness`), those of SSIM, aspect and size are the project's
    (notes/evaluation.md, 4).
    """
    seen = features.seen
    if seen is None:
        return Assessment(score_of(Metric.CLARITY, (), why="there is no picture"))
    pairs = list(approved_pairs(features, subject))
    parts = (
        _resolution(features.media, subject, sources),
        detail(features, declared, sources, matches, pairs),
        _frame_rate(seen, subject, sources),
        _fidelity(features, pairs),
        _aspect(features.media, subject, matches, stretch),
    )
    return Assessment(score_of(Metric.CLARITY, parts), tuple(_findings(parts)))


def wanted_size(subject: Subject) -> tuple[int, int] | None:
    """Pixels that were asked for, by the composition or else in the request; None: nowhere."""
    if subject.summary is not None:
        scale = subject.export.resolution if subject.export else 1.0
        return round(subject.summary.width * scale), round(subject.summary.height * scale)
    stated = subject.expectation
    return (stated.width, stated.height) if stated.width and stated.height else None


def wanted_aspect(subject: Subject) -> float | None:
    """Width over height that was asked for, or that the approved frames have."""
    if size := wanted_size(subject):
        return size[0] / size[1]
    if subject.samples:
        return subject.samples[0].width / subject.samples[0].height
    return subject.expectation.aspect_ratio


def _resolution(media: MediaInfo, subject: Subject, sources: Sequence[Source]) -> Part:
    width, height = media.width or 0, media.height or 0
    best = max((source.width * source.height for source in sources), default=0)
    size = wanted_size(subject)
    said = f"{width}x{height}"
    if size is None and not best:
        score = lin(min(width, height), SMALLEST_LINES, LEAST_LINES)
        return Part(RESOLUTION, score, 0.30, f"{said}, no size was asked for")
    wanted = size[0] * size[1] if size else USUAL_PIXELS
    held = min(wanted, best) if best else wanted
    asked = f"{size[0]}x{size[1]} wanted" if size else "nothing wanted"
    footage = f", the footage has {best / 1e6:.1f} megapixels" if best else ""
    return Part(RESOLUTION, min(1.0, math.sqrt(width * height / held)), 0.30, f"{said}, {asked}{footage}")


def _frame_rate(seen: Seen, subject: Subject, sources: Sequence[Source]) -> Part:
    footage = max((source.rate for source in sources if source.rate), default=None)
    asked = subject.export.fps if subject.export else None
    wanted = min(asked or USUAL_RATE, footage or asked or LEAST_RATE)
    shown = new_pictures_per_s(seen)
    said = f"{shown:.1f} new pictures a second of {seen.rate:g} frames, {wanted:g} wanted"
    return Part(FRAME_RATE, min(1.0, shown / wanted), 0.15, said)


def new_pictures_per_s(seen: Seen) -> float:
    """The rate without the frames that repeat the one before while the picture moves."""
    repeated, judged = _repeats(seen.change[1:])
    return seen.rate * (1 - repeated / judged) if judged else seen.rate


def _repeats(change: Curve) -> tuple[int, int]:
    """How many frames repeat the one before, of those around which the third largest change is movement."""
    if len(change) < 2 * _AROUND + 1:
        return 0, 0
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(change, _AROUND, mode="reflect"), 2 * _AROUND + 1
    )
    usual = np.partition(around, -3, axis=1)[:, -3]
    moves = usual > _MOVES_LEVELS
    return int((moves & (change < _REPEATED_SHARE * usual)).sum()), int(moves.sum())


def _fidelity(features: Features, pairs: Sequence[Pair]) -> Part:
    if pairs:
        alike = [similarity(luma_of(pair.approved), luma_of(pair.found), pair.ignored) for pair in pairs]
        value = float(np.percentile(alike, _QUARTILE))
        return Part(
            FIDELITY, lin(value, WORST_SSIM, GOOD_SSIM), 0.10, f"SSIM {value:.3f} to what was approved"
        )
    return min(_judged(features), key=lambda part: math.inf if part.score is None else part.score)


def _judged(features: Features) -> Iterator[Part]:
    """Without anything to compare with: what shows of the coding, and what the file says of it."""
    grids = [blockiness(still.picture()) for still in compared_stills(features)]
    blocks = float(np.median(grids)) if grids else None
    score = None if blocks is None else lin(blocks, WORST_BLOCKS, GOOD_BLOCKS)
    yield Part(FIDELITY, score, 0.10, "" if blocks is None else f"blocks show by {blocks:.1f} levels")
    if (quantiser := features.quantiser) is not None:
        said = f"quantised by {quantiser:.0f} of 51, at most {GOOD_QUANTISER:g} wanted"
        yield Part(FIDELITY, lin(quantiser, WORST_QUANTISER, GOOD_QUANTISER), 0.10, said)


def _aspect(media: MediaInfo, subject: Subject, matches: Sequence[Match], stretch: float | None) -> Part:
    if stretch is not None and abs(math.log(stretch)) > STRETCHED:
        score = lin(abs(math.log(stretch)), WORST_ASPECT, GOOD_ASPECT)
        return Part(ASPECT, score, 0.10, f"the footage is shown {stretch:.2f} times as wide as high")
    wanted = wanted_aspect(subject) or _uncropped_aspect(matches)
    if wanted is None or not media.width or not media.height:
        return Part(ASPECT, None, 0.10, "none was asked for")
    found = media.width / media.height
    score = lin(abs(math.log(found / wanted)), WORST_ASPECT, GOOD_ASPECT)
    return Part(ASPECT, score, 0.10, f"{found:.2f} to 1, {wanted:.2f} wanted")


def _uncropped_aspect(matches: Sequence[Match]) -> float | None:
    """The shape of the footage where the file shows all of it; None where it may be cropped on purpose."""
    whole = [match.source for match in matches if match.likeness >= UNCROPPED_LIKENESS]
    return whole[0].width / whole[0].height if len(whole) * 2 > len(matches) else None


_FIXES = {
    RESOLUTION: "Export at the size of the composition: resolution 1, or a larger composition.",
    DETAIL: "Show the footage no larger than it is, and encode at a higher bitrate.",
    FRAME_RATE: "Export at the frame rate of the footage.",
    FIDELITY: "Encode at a higher bitrate.",
    ASPECT: "Export in the composition's own shape; fill the frame by cropping, not by stretching.",
}


def _findings(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        if part.score is not None and part.score < TELLING:
            code = f"clarity_{part.name.replace(' ', '_')}"
            message = f"The {part.name} is poor: {part.measured}."
            issue = Issue(code, message, Severity.WARNING, None, _FIXES[part.name], source="evaluation")
            yield Finding(issue, Metric.CLARITY)
