"""Small pictures of a video at equal distances, taken from the frames in which its cuts are looked for."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from agent.media.analysis.scenes import HEIGHT, WIDTH, Frames
from agent.media.storage import written_aside

_QUALITY = 90


class Filmstrip:
    """Keeps a frame for each *interval_s*, the first at the start."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._kept: list[Frames] = []

    def see(self, at_s: float, frame: Frames) -> None:
        """Takes the frame shown at *at_s* if it is the first of its interval."""
        if at_s >= len(self._kept) * self._interval_s - 1e-6:
            self._kept.append(frame)

    def save(self, path: Path) -> None:
        """Writes the frames under each other; a video without any gets an empty file."""
        buffer = io.BytesIO()
        if self._kept:
            Image.fromarray(np.concatenate(self._kept)).save(buffer, "JPEG", quality=_QUALITY)
        with written_aside(path) as aside:
            aside.write_bytes(buffer.getvalue())


def read_filmstrip(path: Path, aspect_ratio: float, *, width: int, height: int) -> list[Image.Image]:
    """The pictures of a saved filmstrip, each in its shape, in the middle of *width* by *height*."""
    if not path.stat().st_size:
        return []
    shown = round(min(width, height * aspect_ratio)), round(min(height, width / aspect_ratio))
    with Image.open(path) as strip:
        return [
            _fitted(strip.crop((0, top, WIDTH, top + HEIGHT)), shown, width, height)
            for top in range(0, strip.height, HEIGHT)
        ]


def _fitted(picture: Image.Image, shown: tuple[int, int], width: int, height: int) -> Image.Image:
    cell = Image.new("RGB", (width, height))
    cell.paste(picture.resize(shown), ((width - shown[0]) // 2, (height - shown[1]) // 2))
    return cell
