"""What one decode of a file leaves for all metrics: figures of each frame, a few stills, the sound."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.domain import Loudness, MediaInfo
from agent.media.analysis.values import Beats, Span
from agent.media.similarity import Picture

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Still:
    """One frame at full size, on disk as a JPEG of the best quality while the evaluation lasts."""

    time_s: float
    path: Path

    def picture(self) -> Picture:
        """Height x width x 3, red, green and blue; decoded anew each time."""
        with Image.open(self.path) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)

    def scaled(self, width: int, height: int) -> Picture:
        """The picture at another size."""
        with Image.open(self.path) as image:
            return np.asarray(
                image.convert("RGB").resize((width, height), Image.Resampling.BOX), dtype=np.uint8
            )

    def jpeg(self) -> bytes:
        """The still as it lies on disk."""
        return self.path.read_bytes()


@dataclass(frozen=True)
class Seen:
    """What the frames show. Arrays have an entry a frame; frame i is shown from i / `rate` on."""

    rate: float
    luma: Curve
    """Mean luma, 0 to 1."""
    change: Curve
    """Mean absolute difference to the frame before in levels of 255; 0 for the first."""
    brightening: Curve
    """How much brighter the typical place (the median of 9 by 16) is than a frame ago, -1 to 1: light and
    fades change it, movement hardly does."""
    dark: NDArray[np.bool_]
    """Whether it is black: 98 % of the pixels under a tenth of white."""
    palettes: NDArray[np.float32]
    """(second, hue, saturation): shares of the colours of each second, brightness left out."""
    cuts_s: tuple[float, ...] = ()
    flashes_s: tuple[float, ...] = ()
    """When the second half of each flash (general or red, WCAG 2.3.1) is seen."""
    black: tuple[Span, ...] = ()
    """From one frame on."""
    frozen: tuple[Span, ...] = ()
    """From half a second on; declared texts do not count as movement."""

    @property
    def frame_count(self) -> int:
        return len(self.luma)


@dataclass(frozen=True)
class Heard:
    """What the first sound of the file holds."""

    loudness: Loudness
    momentary: tuple[tuple[float, float], ...]
    """Seconds and momentary loudness (400 ms) in LUFS, ten a second."""
    silences: tuple[Span, ...]
    """At least 0.3 s that stay 20 dB under the file's own loudness."""
    channel_levels_db: tuple[float, ...]
    """RMS of each channel."""
    beats: Beats | None
    drop_outs: tuple[Span, ...] = ()
    """Short silences that the sound falls into and rises out of at once, from full level to full level."""


@dataclass(frozen=True)
class Features:
    """Input of every metric. `seen` is None for a file without a picture, `heard` for one without sound."""

    media: MediaInfo
    duration_s: float
    seen: Seen | None
    heard: Heard | None
    stills: tuple[Still, ...] = field(default=())
    """In order of time; one for each moment that a metric asked for (`moments`): the frame shown then."""
    quantiser: float | None = None
    """Mean quantisation parameter of H.264, 0 to 51; None for other codecs."""
    faults: tuple[str, ...] = ()
    """What the decoder complained about; empty for a sound file."""

    def still_at(self, time_s: float) -> Still | None:
        """The still that was asked for at *time_s*; None where no frame is within a tenth of a second."""
        nearest = min(self.stills, key=lambda still: abs(still.time_s - time_s), default=None)
        return nearest if nearest is not None and abs(nearest.time_s - time_s) <= 0.1 else None
