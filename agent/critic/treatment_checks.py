"""How footage is treated without being asked to: turned, stretched, recoloured, hidden, repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.contrast import parse_hex
from agent.critic.timeline import (
    FOOTAGE_TYPES,
    audible_clips,
    is_moved,
    label_of,
    length_s,
    share_of_frame,
    visible_clips,
)
from agent.domain import Expectation, Issue, Severity

STRETCH_TOLD, STRETCH_BLOCKS = 0.01, 0.04
"""Of the natural logarithm of the ratio; a circle 4 % out of round is seen as an oval."""
_UPRIGHT_DEG = 45.0
_VEIL_SHARE = 0.8
_VEIL_OPACITIES = (10.0, 95.0)
_COLOURFUL_LEVELS = 40
_HIDING_SHARE = 0.98
_SEEN_FOR_SURE_S = 0.1
_REPEATED_SHARE = 0.5
_REPEATED_S = 0.5
_HARMFUL = {
    "grayscale": lambda value: value >= 30,
    "sepia": lambda value: value >= 30,
    "invert": lambda value: value >= 20,
    "hue-rotate": lambda value: abs(value) >= 15,
    "saturate": lambda value: value <= 50 or value >= 200,
    "brightness": lambda value: value <= 60 or value >= 180,
    "contrast": lambda value: value <= 50 or value >= 200,
}
"""From when on a filter of core's is more than a correction, in percent or degrees."""
_BLURRED_FROM_PX = 3.0
_FILTER = re.compile(r"([a-z-]+)\(\s*(-?[\d.]+)")


def check_treatment(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    """Blockers for what no request asks for, unless this one speaks of that sort of thing."""
    liberties = expectation.liberties
    issues = [*_off_frame(summary), *_hidden(summary, expectation)]
    for clip in _footage(summary):
        issues += () if "turn" in liberties else _turned(clip)
        issues += () if "shape" in liberties else _stretched(clip)
        issues += () if "colour" in liberties else _recoloured(clip)
        issues += () if "blur" in liberties else _blurred(clip, summary)
    issues += () if "colour" in liberties else _veiled(summary)
    issues += () if "repeat" in liberties else _repeated(summary)
    return issues


def _turned(clip: ClipSummary) -> Iterator[Issue]:
    turn = (clip.rotation or 0.0) % 360
    lies = _UPRIGHT_DEG < turn < 360 - _UPRIGHT_DEG and "rotation" not in clip.animated
    if lies or clip.flipped:
        how = f"turned by {turn:g} degrees" if lies else f"mirrored ({clip.flipped})"
        yield _issue(
            "footage_turned", f"{label_of(clip)} is {how}, nobody asked for that.", clip, "Show it upright."
        )


def _stretched(clip: ClipSummary) -> Iterator[Issue]:
    if clip.stretch is None or abs(clip.stretch - 1) < STRETCH_TOLD:
        return
    blocks = max(clip.stretch, 1 / clip.stretch) - 1 > STRETCH_BLOCKS
    yield _issue(
        "footage_stretched",
        f"{label_of(clip)} is {clip.stretch:.2f} times as wide as it was filmed, for its height.",
        clip,
        "Give it a width or a height, not both, and leave keepAspectRatio as it is.",
        Severity.BLOCKER if blocks else Severity.WARNING,
    )


def _recoloured(clip: ClipSummary) -> Iterator[Issue]:
    for name, value in _filters(clip):
        if name in _HARMFUL and _HARMFUL[name](value):
            yield _issue(
                "footage_recoloured",
                f"{label_of(clip)} has {name} {value:g}, nobody asked for that.",
                clip,
                "Take the effect away.",
            )


def _blurred(clip: ClipSummary, summary: CompositionSummary) -> Iterator[Issue]:
    """A blurred copy behind the footage itself is the usual way to fill a frame."""
    sharp_too = any(
        other.asset == clip.asset and not dict(_filters(other)).get("blur") and _overlap_s(clip, other) > 0
        for other in _footage(summary)
    )
    if dict(_filters(clip)).get("blur", 0.0) >= _BLURRED_FROM_PX and not sharp_too:
        yield _issue(
            "footage_blurred",
            f"{label_of(clip)} is blurred, nobody asked for that.",
            clip,
            "Take the effect away.",
        )


def _filters(clip: ClipSummary) -> list[tuple[str, float]]:
    return [(name, float(value)) for name, value in _FILTER.findall(clip.filter or "")]


def _veiled(summary: CompositionSummary) -> Iterator[Issue]:
    """A plate of a colour that the picture shines through; a grey one only darkens it for letters."""
    for clip in visible_clips(summary):
        colour = parse_hex(clip.color)
        if (
            clip.type in FOOTAGE_TYPES
            or clip.box is None
            or colour is None
            or clip.type in ("TEXT", "CAPTION")
        ):
            continue
        shines = _VEIL_OPACITIES[0] <= (clip.opacity or 0.0) <= _VEIL_OPACITIES[1]
        colourful = max(colour) - min(colour) > _COLOURFUL_LEVELS
        if shines and colourful and share_of_frame(clip.box, summary) > _VEIL_SHARE and not clip.animated:
            yield _issue(
                "picture_tinted",
                f"A plate of {clip.color} tints the whole picture, nobody asked for that.",
                clip,
                "Take it away.",
            )


def _off_frame(summary: CompositionSummary) -> Iterator[Issue]:
    for clip in _footage(summary):
        if clip.box and clip.box.width > 0 and share_of_frame(clip.box, summary) == 0 and not is_moved(clip):
            yield _issue(
                "clip_outside_frame",
                f"{label_of(clip)} is outside the frame: it is never seen.",
                clip,
                "Place it with position: 'center', or with x and y inside the frame.",
            )


def _hidden(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    """An asset of which nothing is seen because other footage or a plate lies over it all the time.

    One that is heard, and not named as something to see, may be meant so.
    """
    heard = {clip.asset for clip in audible_clips(summary)}
    seen = {clip.asset for clip, above in _stacked(summary) if _seen_s(clip, above) > _SEEN_FOR_SURE_S}
    told: set[str | None] = set()
    for clip in _footage(summary):
        meant = clip.asset in heard and clip.asset not in expectation.shown
        if clip.asset not in seen and clip.asset not in told and clip.box and not meant:
            told.add(clip.asset)
            yield _issue(
                "clip_hidden",
                f"{label_of(clip)} is never seen: other clips lie over it.",
                clip,
                "Put its layer above: a layer added last, or at index 0, is on top.",
            )


def _stacked(summary: CompositionSummary) -> Iterator[tuple[ClipSummary, list[ClipSummary]]]:
    """Each clip of footage with what lies in the layers above it and lets nothing through."""
    above: list[ClipSummary] = []
    for layer in summary.layers:
        visible = [clip for clip in visible_clips(summary) if clip in layer.clips]
        for clip in visible:
            if clip.type in FOOTAGE_TYPES:
                yield clip, list(above)
        above += [clip for clip in visible if _is_opaque(clip)]


def _is_opaque(clip: ClipSummary) -> bool:
    """Pictures may have holes, so only video and plates hide for sure."""
    solid = clip.type == "VIDEO" or clip.type == "RECT"
    return solid and (clip.opacity or 0.0) >= 99 and not clip.animated and not clip.rotation


def _seen_s(clip: ClipSummary, above: list[ClipSummary]) -> float:
    """How long something of the clip's box is not covered by a single clip above."""
    if clip.box is None or is_moved(clip):
        return length_s(clip)
    covers = [other for other in above if other.box and _covered(clip.box, other.box) >= _HIDING_SHARE]
    spans = sorted((other.start_seconds, other.end_seconds) for other in covers)
    seen, now = 0.0, clip.start_seconds
    for start, end in spans:
        seen += max(0.0, min(start, clip.end_seconds) - now)
        now = max(now, min(end, clip.end_seconds))
    return seen + max(0.0, clip.end_seconds - now)


def _covered(box: Box, by: Box) -> float:
    across = min(box.x + box.width, by.x + by.width) - max(box.x, by.x)
    down = min(box.y + box.height, by.y + by.height) - max(box.y, by.y)
    area = box.width * box.height
    return max(0.0, across) * max(0.0, down) / area if area > 0 else 0.0


def _repeated(summary: CompositionSummary) -> Iterator[Issue]:
    """The same moments of a file twice, one after the other."""
    videos = [clip for clip in _footage(summary) if clip.type == "VIDEO" and length_s(clip) >= _REPEATED_S]
    videos.sort(key=lambda clip: clip.start_seconds)
    for number, second in enumerate(videos):
        for first in videos[:number]:
            shared_s = _shared_source_s(first, second)
            if shared_s > _REPEATED_SHARE * min(length_s(first), length_s(second)):
                yield _issue(
                    "footage_repeated",
                    f"{label_of(second)} shows {shared_s:.2f} s that were shown from "
                    f"{first.start_seconds:.2f} s on already.",
                    second,
                    "Use another part of the file, or leave it out.",
                )
                break


def _shared_source_s(first: ClipSummary, second: ClipSummary) -> float:
    if first.source_start_seconds is None or second.source_start_seconds is None:
        return 0.0
    if first.asset != second.asset or _overlap_s(first, second) > _SEEN_FOR_SURE_S:
        return 0.0
    begins = first.source_start_seconds, second.source_start_seconds
    return min(begins[0] + length_s(first), begins[1] + length_s(second)) - max(begins)


def _overlap_s(first: ClipSummary, second: ClipSummary) -> float:
    """How long both are there; a clip with itself not at all."""
    if first is second:
        return 0.0
    return min(first.end_seconds, second.end_seconds) - max(first.start_seconds, second.start_seconds)


def _footage(summary: CompositionSummary) -> list[ClipSummary]:
    return [clip for clip in visible_clips(summary) if clip.type in FOOTAGE_TYPES]


def _issue(
    code: str, message: str, clip: ClipSummary, fix: str, severity: Severity = Severity.BLOCKER
) -> Issue:
    return Issue(code, message, severity, clip.start_seconds, fix)
