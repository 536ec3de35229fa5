"""The size of the picture, and how footage of another shape fills it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.media.watermark import mark_region
from agent.models.offline.edit import Canvas
from agent.models.offline.task import AssetFacts
from agent.models.offline.timeline import Timeline

_DEFAULT_WIDTH, _DEFAULT_HEIGHT = 1920, 1080
_LONGEST_SIDE_PX = 3840
_MARK_GAP_PX = 4


@dataclass(frozen=True)
class Frame:
    """Even width and height in pixels."""

    width: int
    height: int
    mode: Literal["cover", "contain"]

    @property
    def short_side(self) -> int:
        """The side that sizes of texts go by."""
        return min(self.width, self.height)

    def fit(self, asset: AssetFacts) -> dict[str, str]:
        """The one side that is set to 100%, so that the footage covers the frame or is contained in it."""
        if not asset.width or not asset.height:
            return {"height": "'100%'"}
        wider = asset.width * self.height > asset.height * self.width
        by_height = wider if self.mode == "cover" else not wider
        return {"height" if by_height else "width": "'100%'"}

    @property
    def mark_bottom(self) -> float:
        """The height below which core draws no mark; it does so at the top left without a licence."""
        return round(mark_region().bottom) + _MARK_GAP_PX

    def touches_mark(self, left: float, top: float) -> bool:
        """Whether something that begins there is in the way of core's mark."""
        return left < mark_region().right + _MARK_GAP_PX and top < self.mark_bottom

    def along(self, place: str, near: str, far: str, margin: int, side: int) -> tuple[float, float]:
        """Position and anchor on one axis for a place such as `top-left`."""
        if near in place:
            return margin, 0.0
        if far in place:
            return side - margin, 1.0
        return side / 2, 0.5


def frame_of(canvas: Canvas, timeline: Timeline) -> Frame:
    """The size asked for; else that of the first footage, cut to the ratio asked for."""
    if canvas.size:
        return Frame(_even(canvas.size[0]), _even(canvas.size[1]), canvas.fit)
    width, height = _footage_size(timeline)
    if canvas.ratio is None:
        return Frame(_even(width), _even(height), canvas.fit if canvas.fit == "contain" else "cover")
    wide, tall = canvas.ratio
    unit = min(width, height) / min(wide, tall)
    return Frame(_even(wide * unit), _even(tall * unit), canvas.fit)


def _footage_size(timeline: Timeline) -> tuple[float, float]:
    video = next(
        (piece.asset for piece in timeline.pieces if piece.asset.frame_rate or piece.asset.duration_s), None
    )
    if video is None or not video.width or not video.height:
        return _DEFAULT_WIDTH, _DEFAULT_HEIGHT
    scale = min(1.0, _LONGEST_SIDE_PX / max(video.width, video.height))
    return video.width * scale, video.height * scale


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
