"""What goes wrong with what is laid over the footage: logos, insets, the other half of a split screen."""

from __future__ import annotations

from dataclasses import replace

from agent.evaluation.critic_suite.defect import Kind, every, first, frame_of
from agent.evaluation.critic_suite.good import Good
from agent.evaluation.critic_suite.program import Clip, Program


def _across(clip: Clip, good: Good) -> Clip:
    """In the corner opposite."""
    width, height = frame_of(good)
    left = float(clip.options["x"]) < 0.5 * width
    high = float(clip.options["y"]) < 0.5 * height
    across = width - float(clip.options["width"]) - 50 if left else 50
    return clip.having(x=round(across), y=round(height * (0.6 if high else 0.18)))


def _sides_exchanged(good: Good) -> Program | None:
    if "Split screen" not in good.request:
        return None
    left, right = good.program.of("footage")[0], good.program.of("inset")[0]
    return good.program.changed(lambda clip: replace(clip, asset=right.asset), "footage").changed(
        lambda clip: replace(clip, asset=left.asset), "inset"
    )


def _hidden(good: Good) -> Program | None:
    if "Split screen" in good.request:
        return None
    layers = good.program.layers
    below = [part for part in layers if part.role == "inset" or part.clips[0].asset == "logo.png"]
    if not below:
        return None
    return replace(good.program, layers=(*below, *(part for part in layers if part not in below)))


def _soon_gone(clip: Clip, good: Good) -> Clip:
    return clip.lasting(good.program.duration_s * 0.4)


OVERLAY_KINDS = (
    Kind(
        "logo in the wrong corner",
        "the corner opposite",
        first("overlay", _across, where="corner|bottom right"),
    ),
    Kind("inset in the wrong corner", "the corner opposite", first("inset", _across, where="corner")),
    Kind("sides exchanged", "left and right of a split screen", _sides_exchanged),
    Kind("hidden behind", "logo or inset under the footage that fills the frame", _hidden),
    Kind("missing logo", "no logo", every("overlay", lambda clip, _: None, where="logo")),
    Kind("missing inset", "no second picture", every("inset", lambda clip, _: None)),
    Kind(
        "logo soon gone",
        "asked for throughout, there for 40 %",
        first("overlay", _soon_gone, where="throughout|whole"),
    ),
    Kind(
        "stretched logo",
        "a logo as high as it is wide",
        first(
            "overlay",
            lambda clip, _: clip.having(height=clip.options["width"], keepAspectRatio=False),
            where="logo",
        ),
    ),
    Kind(
        "huge logo",
        "a logo over a third of the picture",
        first(
            "overlay",
            lambda clip, good: clip.having(width=frame_of(good)[0] // 2, x=400, y=250),
            where="logo",
        ),
        visible_to_checks=False,
    ),
)
