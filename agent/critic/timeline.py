"""Which clips a composition shows and plays when, read from its summary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from agent.browser.protocol import Box, ClipSummary, CompositionSummary

TEXT_TYPES = frozenset({"TEXT", "CAPTION"})
FOOTAGE_TYPES = frozenset({"VIDEO", "IMAGE"})
FADE_S = 1.5
"""A declared fade excuses what is seen this near to the clip's ends."""
_SOUND = "AUDIO"
_INVISIBLE_BELOW_PERCENT = 1.0
_INAUDIBLE_UNDER = 0.02
_PLACE_KEYS = frozenset(
    {"x", "y", "translateX", "translateY", "scale", "scaleX", "scaleY", "width", "height", "position"}
)


def visible_clips(summary: CompositionSummary) -> Iterator[ClipSummary]:
    """Clips that put something into the picture, from the top layer down."""
    for layer in summary.layers:
        for clip in layer.clips:
            if clip.type != _SOUND and not clip.disabled and not _is_transparent(clip):
                yield clip


def audible_clips(summary: CompositionSummary) -> Iterator[ClipSummary]:
    """Clips that are heard, of the picture's own sound too."""
    for layer in summary.layers:
        for clip in layer.clips:
            if not clip.disabled and not clip.muted and (loudest(clip) or 0.0) > _INAUDIBLE_UNDER:
                yield clip


def loudest(clip: ClipSummary) -> float | None:
    """The level that the clip reaches, as a share of its file's; None where it has no sound."""
    return clip.peak_volume if clip.peak_volume is not None else clip.volume


def is_made_of(made: str | None, asset: str) -> bool:
    """Whether the name is the asset's or one that a tool gives to what it makes of it."""
    if made is None:
        return False
    stem = PurePath(asset).stem
    return made == asset or (made.startswith(stem) and made[len(stem) :][:1] in ("-", ".", "_"))


def share_of_frame(box: Box, summary: CompositionSummary) -> float:
    """How much of the frame the box covers."""
    across = min(box.x + box.width, summary.width) - max(box.x, 0.0)
    down = min(box.y + box.height, summary.height) - max(box.y, 0.0)
    return max(0.0, across) * max(0.0, down) / (summary.width * summary.height)


def is_moved(clip: ClipSummary) -> bool:
    """Whether its box at the middle is not where it always is."""
    return bool(_PLACE_KEYS & set(clip.animated))


def length_s(clip: ClipSummary) -> float:
    """How long it is there."""
    return clip.end_seconds - clip.start_seconds


def file_begins_s(clip: ClipSummary) -> float:
    """When the beginning of the clip's file is, or would be if it were shown."""
    return clip.start_seconds - (clip.source_start_seconds or 0.0)


def shown_at(summary: CompositionSummary, time_s: float) -> list[ClipSummary]:
    """The visible clips at that time, ends excluded as core does it."""
    return [clip for clip in visible_clips(summary) if clip.start_seconds <= time_s < clip.end_seconds]


def is_fading(summary: CompositionSummary, time_s: float) -> bool:
    """Whether the program declares a fade or transition of something other than text near that time."""
    return any(
        clip.type not in TEXT_TYPES
        and ("opacity" in clip.animated or clip.transition is not None)
        and min(time_s - clip.start_seconds, clip.end_seconds - time_s) <= FADE_S
        for clip in shown_at(summary, time_s)
    )


def label_of(clip: ClipSummary) -> str:
    """How a message calls the clip."""
    name = clip.text or clip.asset
    return f'{clip.type} "{name[:60]}"' if name else clip.type


def line_height_px(clip: ClipSummary) -> float:
    """Most that a line of text is high, in composition pixels; core's `fontSize` has units of its own."""
    lines = (clip.text or "").count("\n") + 1
    return clip.box.height / lines if clip.box else 0.0


def _is_transparent(clip: ClipSummary) -> bool:
    return (
        clip.opacity is not None
        and clip.opacity < _INVISIBLE_BELOW_PERCENT
        and "opacity" not in clip.animated
    )
