"""What a real WebGL2 context of a session says, and what its WebCodecs encode: never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

GpuWish = Literal["auto", "require", "off"]


@dataclass(frozen=True)
class GpuReport:
    """The graphics of one running browser."""

    requested: GpuWish
    hardware: bool
    renderer: str
    """As WebGL2 names it; empty without WebGL2."""
    webgl2: bool
    webgpu: bool
    encoders: tuple[str, ...]
    """Codecs that WebCodecs encodes, such as `avc`, `vp9`, `opus`."""
