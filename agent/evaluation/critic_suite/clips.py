"""The clips that good compositions are made of, in words of an editor."""

from __future__ import annotations

from typing import Any

from agent.evaluation.critic_suite.program import Clip, Layer

WIDE, SMALL, UPRIGHT = (1280, 720), (640, 360), (720, 1280)
_PX_PER_FONT_SIZE = 3
"""core draws a font of size 1 three pixels high."""
_FULL = {"height": "100%", "position": "center"}


def video(
    asset: str,
    start_s: float,
    end_s: float,
    source_s: float = 0.0,
    **options: Any,  # noqa: ANN401  options of core's
) -> Clip:
    """Footage that fills a frame of its own shape."""
    return Clip("VideoClip", start_s, end_s, asset, source_s, _given({**_FULL, **options}))


def picture(asset: str, start_s: float, end_s: float, **options: object) -> Clip:
    """A still that fills the frame."""
    return Clip("ImageClip", start_s, end_s, asset, options=_given({**_FULL, **options}))


def sound(asset: str, start_s: float, end_s: float, **options: object) -> Clip:
    """Music or a voice."""
    return Clip("AudioClip", start_s, end_s, asset, options=options)


def captions(asset: str, start_s: float, end_s: float, frame: tuple[int, int], **options: object) -> Clip:
    """Captions low in the frame, on a plate of their own."""
    placed = {"fontSize": round(frame[0] * 0.0113, 1), "position": {"x": "50%", "y": "82%"}}
    return Clip("CaptionClip", start_s, end_s, asset, options={**placed, **options})


def text(
    words: str,
    start_s: float,
    end_s: float,
    frame: tuple[int, int],
    *,
    at: tuple[float, float] = (0.5, 0.5),
    height: float = 0.09,
    **options: object,
) -> Clip:
    """A title around *at*, and so high, both in shares of the frame."""
    placed = {
        "x": round(frame[0] * at[0]),
        "y": round(frame[1] * at[1]),
        "align": "center",
        "baseline": "middle",
    }
    return Clip(
        "TextClip",
        start_s,
        end_s,
        options={"text": words, **placed, **_letters(frame, height), **options},
    )


def plate(start_s: float, end_s: float, frame: tuple[int, int], fill: str = "#000000") -> Clip:
    """A plain background."""
    return Clip(
        "RectangleClip",
        start_s,
        end_s,
        options={"x": 0, "y": 0, "width": frame[0], "height": frame[1], "fill": fill},
    )


def corner(where: str, frame: tuple[int, int], *, share: float = 0.3) -> dict[str, Any]:  # core's options
    """Width, as a share of the frame's, and place of something in a corner such as `top right`."""
    return {
        "width": round(frame[0] * share),
        "height": None,
        "position": None,
        "x": round(frame[0] * (0.04 if "left" in where else 0.96 - share)),
        "y": round(frame[1] * (0.18 if "top" in where else 0.6)),
    }


def fade(key: str, *frames: tuple[float, float]) -> dict[str, Any]:  # an animation of core's
    """An animation of a key through (seconds of the clip, value)."""
    return {"key": key, "frames": [{"time": time_s, "value": value} for time_s, value in frames]}


def fading_in(seconds: float = 0.5) -> list[dict[str, Any]]:
    """An animation from nothing to all."""
    return [fade("opacity", (0, 0), (seconds, 100))]


def fading_in_and_out(length_s: float, seconds: float = 0.5) -> list[dict[str, Any]]:
    """There and away."""
    return [fade("opacity", (0, 0), (seconds, 100), (length_s - seconds, 100), (length_s, 0))]


def layer(role: str, *clips: Clip) -> Layer:
    """Clips that say themselves when they are shown."""
    return Layer(role, clips)


def _letters(frame: tuple[int, int], height: float) -> dict[str, Any]:
    """Size and look of letters that are that share of the frame high."""
    lines = min(frame)
    return {
        "fontSize": round(lines * height / _PX_PER_FONT_SIZE, 1),
        "color": "#FFFFFF",
        "strokes": [{"color": "#101010", "width": round(lines * 0.006, 1)}],
    }


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
