"""Which clips a composition shows when, read from its summary."""

from __future__ import annotations

from collections.abc import Iterator

from agent.browser.protocol import ClipSummary, CompositionSummary

TEXT_TYPES = frozenset({"TEXT", "CAPTION"})
FOOTAGE_TYPES = frozenset({"VIDEO", "IMAGE"})
FADE_S = 1.5
"""A declared fade excuses what is seen this near to the clip's ends."""
_SOUND = "AUDIO"
_INVISIBLE_BELOW_PERCENT = 1.0


def visible_clips(summary: CompositionSummary) -> Iterator[ClipSummary]:
    """Clips that put something into the picture, from the top layer down."""
    for layer in summary.layers:
        for clip in layer.clips:
            if clip.type != _SOUND and not clip.disabled and not _is_transparent(clip):
                yield clip


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
