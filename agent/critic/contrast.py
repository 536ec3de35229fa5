"""Whether a text can be read against the pixels that are really behind and around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.picture_checks import Frame
from agent.critic.timeline import label_of, line_height_px, visible_clips
from agent.domain import Issue, Severity
from agent.media.similarity import Picture

NORMAL_CONTRAST = 4.5
LARGE_CONTRAST = 3.0
"""WCAG 2.2, success criterion 1.4.3: 4.5:1, and 3:1 for large text (18 pt)."""
UNREADABLE_CONTRAST = 1.5
"""Where the captions metric of our evaluation gives no point any more; it spans 1.5 to 4.5."""
LARGE_LINE = 1.15 * 24 / 1080
"""18 pt are 24 px, here taken of a 1080 line picture, with the leading of most fonts."""
_SLICES = 8
_WORST_SLICES_PERCENTILE = 25
_RING_PERCENTILE = 75
_STROKE_PERCENTILE = 92
_RING_PIXELS = 3
_LIKE_TEXT = 60.0
_SMALLEST_MEASURED_PIXELS = 10.0
_HIDDEN_SHARE = 0.003
_SAME_SHARE = 0.6
_SOLID_OPACITY = 80.0
_FAINT_OPACITY = 20.0

_Mask = NDArray[np.bool_]


def check_contrast(frames: Sequence[Frame], summary: CompositionSummary) -> Iterator[Issue]:
    """Issues of texts that are covered or too like their background in the sample nearest to their middle."""
    for clip in visible_clips(summary):
        if clip.type != "TEXT" or clip.box is None or "color" in clip.animated:
            continue
        colour, frame = parse_hex(clip.color), middle_frame(clip, frames)
        if colour is None or frame is None:
            continue
        area = _crop(frame.picture, clip.box, summary)
        scale = frame.picture.shape[1] / summary.width
        if area is None or line_height_px(clip) * scale < _SMALLEST_MEASURED_PIXELS:
            continue
        yield from _issues_of(clip, area, colour, frame.time_s, summary.height)


def parse_hex(colour: str | None) -> tuple[int, int, int] | None:
    """`#RGB`, `#RRGGBB` or `#RRGGBBAA` as levels; None for anything else."""
    if colour is None or not re.fullmatch(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", colour):
        return None
    digits = colour[1:] if len(colour) > 4 else "".join(digit * 2 for digit in colour[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def contrast_ratio(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """WCAG's (L1 + 0.05) / (L2 + 0.05) of relative luminances, the lighter above."""
    lighter, darker = np.maximum(first, second), np.minimum(first, second)
    return np.asarray((lighter + 0.05) / (darker + 0.05), dtype=np.float64)


def relative_luminance(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """WCAG's relative luminance of sRGB levels, 0 to 1."""
    share = picture / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), dtype=np.float64)


def text_contrast(area: Picture, colour: tuple[int, int, int]) -> float:
    """Contrast of letters of *colour* to what is next to them, in the worst quarter of the text's width.

    Measured on pixels around the letters, so that a plate, stroke or shadow counts.
    """
    letters = _letters(area, colour)
    text = relative_luminance(np.array(colour, dtype=np.uint8))
    ratios = contrast_ratio(relative_luminance(area), text)
    around, percentile = _grown(letters, _RING_PIXELS) & ~letters, _RING_PERCENTILE
    if letters.mean() > _SAME_SHARE:
        # All is like the text and no letter can be told apart; only the few pixels of a stroke may differ.
        around, percentile = np.ones_like(letters), _STROKE_PERCENTILE
    columns = np.array_split(np.arange(area.shape[1]), min(_SLICES, area.shape[1]))
    slices = [
        float(np.percentile(ratios[:, part][around[:, part]], percentile))
        for part in columns
        if around[:, part].any()
    ]
    return float(np.percentile(slices, _WORST_SLICES_PERCENTILE)) if slices else 1.0


def middle_frame(clip: ClipSummary, frames: Sequence[Frame]) -> Frame | None:
    """The frame nearest to the clip's middle, if it is in the middle half."""
    length_s = clip.end_seconds - clip.start_seconds
    middle_s = (clip.start_seconds + clip.end_seconds) / 2
    nearest = min(frames, key=lambda frame: abs(frame.time_s - middle_s), default=None)
    if nearest is None or abs(nearest.time_s - middle_s) > length_s / 4:
        return None
    return nearest


def _issues_of(
    clip: ClipSummary, area: Picture, colour: tuple[int, int, int], time_s: float, frame_height: int
) -> Iterator[Issue]:
    opacity = 100.0 if clip.opacity is None else clip.opacity
    if opacity < _FAINT_OPACITY and "opacity" not in clip.animated:
        yield Issue(
            "text_unreadable",
            f"{label_of(clip)} has an opacity of {opacity:g} %: it can hardly be seen.",
            time_s=time_s,
            suggested_fix="Give it an opacity of 100.",
        )
        return
    if opacity < _SOLID_OPACITY or "opacity" in clip.animated:
        colour = _as_seen(area, colour, opacity)
    elif _letters(area, colour).mean() < _HIDDEN_SHARE:
        yield Issue(
            "text_hidden",
            f"{label_of(clip)} is not to be seen at {time_s:.2f} s although its clip is there.",
            time_s=time_s,
            suggested_fix="Put its layer above the footage: a layer added last, or at index 0, is on top.",
        )
        return
    contrast = text_contrast(area, colour)
    needed = LARGE_CONTRAST if line_height_px(clip) >= LARGE_LINE * frame_height else NORMAL_CONTRAST
    if contrast >= needed:
        return
    blocking = contrast < UNREADABLE_CONTRAST
    yield Issue(
        "text_unreadable" if blocking else "text_low_contrast",
        f"{label_of(clip)} has a contrast of {contrast:.1f}:1 to what is behind it, {needed:g}:1 is needed.",
        Severity.BLOCKER if blocking else Severity.WARNING,
        time_s,
        "Give it another color, a dark stroke or shadow, or a background plate.",
    )


def _crop(picture: Picture, box: Box, summary: CompositionSummary) -> Picture | None:
    scale = picture.shape[1] / summary.width
    left, top = max(0, round(box.x * scale)), max(0, round(box.y * scale))
    area = picture[top : round((box.y + box.height) * scale), left : round((box.x + box.width) * scale)]
    return area if area.size and min(area.shape[:2]) >= _RING_PIXELS else None


def _as_seen(area: Picture, colour: tuple[int, int, int], opacity: float) -> tuple[int, int, int]:
    behind = np.median(area.reshape(-1, 3), axis=0)
    mixed = np.array(colour) * opacity / 100 + behind * (1 - opacity / 100)
    red, green, blue = (round(float(level)) for level in mixed)
    return red, green, blue


def _letters(area: Picture, colour: tuple[int, int, int]) -> _Mask:
    distance = np.linalg.norm(area.astype(np.float64) - np.array(colour), axis=2)
    return np.asarray(distance < _LIKE_TEXT, dtype=np.bool_)


def _grown(mask: _Mask, pixels: int) -> _Mask:
    grown = mask
    for _ in range(pixels):
        padded = np.pad(grown, 1)
        grown = (
            padded[1:-1, 1:-1] | padded[:-2, 1:-1] | padded[2:, 1:-1] | padded[1:-1, :-2] | padded[1:-1, 2:]
        )
    return grown
