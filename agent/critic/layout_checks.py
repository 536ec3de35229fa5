"""What can be seen in the timeline's figures alone: cut texts, gaps, clips that run out of the video."""

from __future__ import annotations

import math
from collections.abc import Iterator

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.timeline import FOOTAGE_TYPES, TEXT_TYPES, label_of, line_height_px, visible_clips
from agent.domain import Issue, Severity
from agent.media.watermark import Region, mark_region

EDGE_PIXELS = 2.0
"""Rounding; more than this over the edge is cut off."""
TITLE_SAFE = 0.05
"""SMPTE ST 2046-1 keeps titles this share from each edge."""
SAFE_MARGIN = 0.02
"""Screens no longer overscan, so only less than this is told."""
SMALLEST_TEXT = 0.02
"""Share of the picture's height under which captions are hard to read on a phone (our evaluation's notes)."""
ILLEGIBLE_TEXT = 0.018
"""13 of 720 lines with their leading: letters of seven, which few encoders keep."""
_BOX_PADDING_PX = 3.5
"""Core measures a line with its leading, and so much more."""
MARK_OVERLAP = 0.1
"""Share of a text that core's mark may cover."""
CROPPED_SHARE = 0.2
HARDLY_SHARE = 0.1
"""Wide footage that covers an upright frame still shows a third of itself, at 21:9 a quarter."""
GAP_S = 0.25
"""At the end of the video a shorter gap is told only; between clips each one is a flash of the background."""
CARD_S = 0.5
"""A title card that is shorter is none."""
_FRAME_S = 1 / 30
_OWN_CODES = frozenset(
    {"text_outside_frame", "clip_outside_frame", "past_end", "zero_length", "no_visible_clip"}
)


def check_layout(summary: CompositionSummary, *, watermarked: bool) -> list[Issue]:
    """Issues of boxes and times, then the page's own warnings about anything else."""
    issues = [*_gaps(summary), *_footage_gaps(summary)]
    for clip in visible_clips(summary):
        issues += _times(clip, summary.duration_seconds)
        if clip.type in TEXT_TYPES and clip.box:
            issues += _text_box(clip, clip.box, summary, watermarked)
        if clip.type in FOOTAGE_TYPES and clip.box:
            issues += _footage_box(clip, clip.box, summary)
    issues += [
        Issue(warning.code, warning.message, Severity.WARNING)
        for warning in summary.warnings
        if warning.code not in _OWN_CODES
    ]
    return issues


def _gaps(summary: CompositionSummary) -> Iterator[Issue]:
    covered_to = 0.0
    spans = sorted((clip.start_seconds, clip.end_seconds) for clip in visible_clips(summary))
    for start, end in [*spans, (summary.duration_seconds, summary.duration_seconds)]:
        between = covered_to > 0 and start < summary.duration_seconds
        if start - covered_to > _FRAME_S:
            yield Issue(
                "gap",
                f"Nothing but the background is shown from {covered_to:.2f} to {start:.2f} s.",
                Severity.BLOCKER if between or start - covered_to >= GAP_S else Severity.WARNING,
                covered_to,
                "Move or extend clips over it, end the sound with the picture, or add a core.RectangleClip "
                "if an empty picture is meant.",
            )
        covered_to = max(covered_to, end)


def _footage_gaps(summary: CompositionSummary) -> Iterator[Issue]:
    """The background between two pictures under a text that goes on: a text of its own is a title card."""
    clips = list(visible_clips(summary))
    texts = [clip for clip in clips if clip.type in TEXT_TYPES]
    spans = sorted((clip.start_seconds, clip.end_seconds) for clip in clips if clip.type not in TEXT_TYPES)
    covered_to = math.inf
    for start, end in spans:
        over = any(clip.start_seconds < covered_to and clip.end_seconds > start for clip in texts)
        under = any(clip.start_seconds < start and clip.end_seconds > covered_to for clip in texts)
        if start - covered_to > _FRAME_S and under and (over or start - covered_to < CARD_S):
            yield Issue(
                "gap",
                f"The background is seen behind the text from {covered_to:.2f} to {start:.2f} s.",
                time_s=covered_to,
                suggested_fix="Move or extend the clips so that they meet.",
            )
        covered_to = end if covered_to is math.inf else max(covered_to, end)


def _times(clip: ClipSummary, duration_s: float) -> Iterator[Issue]:
    span = f"{label_of(clip)} runs from {clip.start_seconds:.2f} to {clip.end_seconds:.2f} s"
    if clip.end_seconds - clip.start_seconds < _FRAME_S / 2:
        yield Issue(
            "zero_length",
            f"{span}: it is never shown.",
            time_s=clip.start_seconds,
            suggested_fix="Give it a duration, or leave it out.",
        )
    elif clip.end_seconds > duration_s + _FRAME_S / 2:
        yield Issue(
            "past_end",
            f"{span}, the video ends at {duration_s:.2f} s.",
            time_s=duration_s,
            suggested_fix=f"Let it end at {duration_s:.2f} s, or extend the picture.",
        )


def _text_box(clip: ClipSummary, box: Box, summary: CompositionSummary, watermarked: bool) -> Iterator[Issue]:
    middle_s = (clip.start_seconds + clip.end_seconds) / 2
    room = min(box.x, box.y, summary.width - box.x - box.width, summary.height - box.y - box.height)
    if room < -EDGE_PIXELS:
        yield Issue(
            "text_outside_frame",
            f"{label_of(clip)} spans x {box.x:.0f} to {box.x + box.width:.0f}, y {box.y:.0f} to "
            f"{box.y + box.height:.0f} in a frame of {summary.width}x{summary.height}: it is cut off.",
            time_s=middle_s,
            suggested_fix=_fitting(clip, box, summary),
        )
    elif room < SAFE_MARGIN * min(summary.width, summary.height):
        yield Issue(
            "text_near_edge",
            f"{label_of(clip)} is {room:.0f} px from the edge.",
            Severity.WARNING,
            middle_s,
            "Keep 5 % of the frame free around texts.",
        )
    if watermarked and _overlap(box, mark_region()) > MARK_OVERLAP:
        yield Issue(
            "text_under_mark",
            f"{label_of(clip)} is where core draws its mark (top left); the two cannot be read.",
            time_s=middle_s,
            suggested_fix=f"Move it below y = {mark_region().bottom:.0f} or to the right of "
            f"x = {mark_region().right:.0f}.",
        )
    # Captions between two words have no height: nothing is to be read there.
    line_px = line_height_px(clip) - _BOX_PADDING_PX
    if line_height_px(clip) > 0 and line_px < SMALLEST_TEXT * summary.height:
        yield Issue(
            "text_too_small",
            f"A line of {label_of(clip)} is {line_px:.0f} px high in a frame of {summary.height}.",
            Severity.BLOCKER if line_px < ILLEGIBLE_TEXT * summary.height else Severity.WARNING,
            middle_s,
            "Double its fontSize.",
        )


def _footage_box(clip: ClipSummary, box: Box, summary: CompositionSummary) -> Iterator[Issue]:
    shown = _overlap(box, Region(0, 0, summary.width, summary.height))
    if 0 < shown < CROPPED_SHARE:
        yield Issue(
            "footage_cropped",
            f"{label_of(clip)} is {box.width:.0f}x{box.height:.0f} px: the frame of "
            f"{summary.width}x{summary.height} shows {shown:.0%} of it.",
            Severity.BLOCKER if shown < HARDLY_SHARE else Severity.WARNING,
            (clip.start_seconds + clip.end_seconds) / 2,
            "Give it either a width or a height of '100%', not both, and position: 'center'.",
        )


def _fitting(clip: ClipSummary, box: Box, summary: CompositionSummary) -> str:
    """The fontSize that fits where the size is at fault, else where to move it."""
    room = 1 - 2 * TITLE_SAFE
    factor = min(room * summary.width / box.width, room * summary.height / box.height) if box.width else 1.0
    if factor >= 1:
        return "Move it: its whole box has to be inside the frame, better 5 % away from the edges."
    if clip.font_size:
        fitting = math.floor(clip.font_size * factor)
        return f"Use fontSize {fitting} (it is {clip.font_size:g}), or break the line."
    return f"Make it {factor:.2f} times as large, or break the line."


def _overlap(box: Box, region: Region) -> float:
    """Share of *box* that *region* covers."""
    across = min(box.x + box.width, region.right) - max(box.x, region.left)
    down = min(box.y + box.height, region.bottom) - max(box.y, region.top)
    area = box.width * box.height
    return max(0.0, across) * max(0.0, down) / area if area > 0 else 0.0
