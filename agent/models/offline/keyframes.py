"""Opacity keyframes for fades, in a clip's own time."""

from __future__ import annotations

from agent.models.offline.literal import number, props


def opacity_frames(fade_in_s: float, fade_out_s: float, length_s: float) -> str | None:
    """The `animations` of a clip that fades in, out or both; None if it does not fade."""
    fade_in_s, fade_out_s = shared(fade_in_s, fade_out_s, length_s)
    frames = []
    if fade_in_s:
        frames += [(0.0, 0), (fade_in_s, 100)]
    if fade_out_s:
        frames += [(length_s - fade_out_s, 100), (length_s, 0)]
    if not frames:
        return None
    written = ", ".join(props(time=number(time_s), value=str(value)) for time_s, value in frames)
    return f"[{{ key: 'opacity', frames: [{written}] }}]"


def shared(fade_in_s: float, fade_out_s: float, length_s: float) -> tuple[float, float]:
    """Both fades, shortened in proportion where the clip is too short for them."""
    total = fade_in_s + fade_out_s
    if total <= length_s:
        return fade_in_s, fade_out_s
    return fade_in_s / total * length_s, fade_out_s / total * length_s
