"""The files that the request names: whether they are there, from which second, in which order, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.timeline import FOOTAGE_TYPES, audible_clips, is_made_of, is_moved, length_s, visible_clips
from agent.domain import Expectation, Issue, Severity, Spot, StatedPlace, StatedRange

RANGE_TOLERANCE_S = 0.2
"""Six frames at 30 fps: seconds in a request are seldom meant more exactly."""
COVERS_ALL = 0.9
_THROUGHOUT_SHARE = 0.95
_OFF_CENTRE = 0.2
_HALF_TOLERANCE = 0.03


def check_footage(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    """Blockers for named files that are missing, elsewhere in the video or their file, or gone too soon."""
    return [
        *_missing(summary, expectation),
        *_out_of_order(summary, expectation),
        *_ranges(summary, expectation),
        *_not_throughout(summary, expectation),
        *_misplaced(summary, expectation),
    ]


def lies_in(box: Box, spots: frozenset[Spot], summary: CompositionSummary) -> bool:
    """Whether the middle of the box is in those halves of the frame, or about its centre."""
    across = (box.x + box.width / 2) / summary.width
    down = (box.y + box.height / 2) / summary.height
    holds = {
        Spot.LEFT: across < 0.5 - _HALF_TOLERANCE,
        Spot.RIGHT: across > 0.5 + _HALF_TOLERANCE,
        Spot.TOP: down < 0.5 - _HALF_TOLERANCE,
        Spot.BOTTOM: down > 0.5 + _HALF_TOLERANCE,
        Spot.CENTRE: max(abs(across - 0.5), abs(down - 0.5)) < _OFF_CENTRE,
    }
    return all(holds[spot] for spot in spots)


def described(spots: frozenset[Spot]) -> str:
    """`top right`."""
    return " ".join(spot for spot in Spot if spot in spots)


def _missing(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    there = {clip.asset for clip in (*_pictures(summary), *audible_clips(summary)) if clip.asset}
    made_by_tools = there - expectation.assets
    for name in expectation.shown:
        if any(is_made_of(found, name) for found in there):
            continue
        yield Issue(
            "asset_missing",
            f"The request names {name}, which is neither to be seen nor heard.",
            # What a tool made may have any name.
            Severity.WARNING if made_by_tools else Severity.BLOCKER,
            suggested_fix=f"Use asset({name!r}) in the composition.",
        )


def _out_of_order(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    starts = [
        min(
            (clip.start_seconds for clip in _pictures(summary) if is_made_of(clip.asset, name)),
            default=None,
        )
        for name in expectation.order
    ]
    known = [start for start in starts if start is not None]
    if len(known) == len(starts) and known != sorted(known):
        yield Issue(
            "wrong_order",
            f"The request names {', then '.join(expectation.order)}; they begin at "
            f"{', '.join(f'{start:g}' for start in known)} s.",
            suggested_fix="Put the clips in the order of the request.",
        )


def _ranges(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for stated in expectation.ranges:
        clips = [clip for clip in _pictures(summary) if clip.asset == stated.asset]
        spans = [_source_span(clip) for clip in clips]
        if not clips or _shows(stated, spans, _leeway_s(clips)) or _is_on_timeline(stated, clips):
            continue
        found = " and ".join(f"{start:.2f} to {end:.2f}" for start, end in spans)
        yield Issue(
            "wrong_range",
            f"The request wants {stated.start_s:g} to {stated.end_s:g} s of {stated.asset}, not {found} s.",
            time_s=clips[0].start_seconds,
            suggested_fix=f"Give its clip the range [{stated.start_s:g}, {stated.end_s:g}].",
        )


def _shows(stated: StatedRange, spans: Sequence[tuple[float, float]], leeway_s: float) -> bool:
    """Whether the parts that lie in the range begin and end with it."""
    within = [(start, end) for start, end in spans if start < stated.end_s and end > stated.start_s]
    if not within:
        return False
    begins, ends = min(start for start, _ in within), max(end for _, end in within)
    return abs(begins - stated.start_s) <= leeway_s and abs(ends - stated.end_s) <= leeway_s


def _is_on_timeline(stated: StatedRange, clips: Sequence[ClipSummary]) -> bool:
    """Whether the seconds are those of the video, as they may be meant where a clip lies over another."""
    begins, ends = min(clip.start_seconds for clip in clips), max(clip.end_seconds for clip in clips)
    return begins > 0 and max(abs(begins - stated.start_s), abs(ends - stated.end_s)) <= RANGE_TOLERANCE_S


def _source_span(clip: ClipSummary) -> tuple[float, float]:
    start_s = clip.source_start_seconds or 0.0
    return start_s, start_s + length_s(clip)


def _leeway_s(clips: Sequence[ClipSummary]) -> float:
    """A transition eats into the clips that it joins."""
    return RANGE_TOLERANCE_S + max(clip.transition_seconds or 0.0 for clip in clips)


def _not_throughout(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for name in expectation.throughout:
        clips = [clip for clip in (*visible_clips(summary), *audible_clips(summary)) if clip.asset == name]
        there_s = sum(length_s(clip) for clip in clips)
        if clips and there_s < _THROUGHOUT_SHARE * summary.duration_seconds:
            yield Issue(
                "not_throughout",
                f"The request wants {name} all the time, it is there for {there_s:.2f} of "
                f"{summary.duration_seconds:.2f} s.",
                time_s=max(clip.end_seconds for clip in clips),
                suggested_fix=f"Give it a duration of {summary.duration_seconds:g} s.",
            )


def _misplaced(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for place in expectation.places:
        boxed = [
            (clip, clip.box)
            for clip in _pictures(summary)
            if clip.box
            and is_made_of(clip.asset, place.subject)
            and not is_moved(clip)
            and not _fills(clip.box, summary)
        ]
        if boxed and not any(lies_in(box, place.spots, summary) for _, box in boxed):
            yield _wrong_place(place, *boxed[0])


def _wrong_place(place: StatedPlace, clip: ClipSummary, box: Box) -> Issue:
    return Issue(
        "wrong_place",
        f"The request wants {place.subject} {described(place.spots)}, it is at x {box.x:.0f}, y {box.y:.0f} "
        f"({box.width:.0f}x{box.height:.0f} px).",
        time_s=(clip.start_seconds + clip.end_seconds) / 2,
        suggested_fix=f"Set x and y so that it is {described(place.spots)}.",
    )


def _fills(box: Box, summary: CompositionSummary) -> bool:
    return box.width >= COVERS_ALL * summary.width and box.height >= COVERS_ALL * summary.height


def _pictures(summary: CompositionSummary) -> list[ClipSummary]:
    return [clip for clip in visible_clips(summary) if clip.type in FOOTAGE_TYPES]
