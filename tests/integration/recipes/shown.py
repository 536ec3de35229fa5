"""What a recipe shows and sounds like in the real page, in units of its composition."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from agent.browser.page import OperatorPage
from agent.browser.protocol import Composed, CompositionSummary
from agent.domain import ExportSettings, Verdict
from agent.media.similarity import Luma, Picture, luma_of, picture_of
from docs_index.recipes import read_recipes
from tests.frame_code import frame_number

RECIPES = Path(__file__).parents[3] / "docs_index" / "recipes"

SAMPLED_WIDTH = 640
RATE_HZ = 48_000
SINE_LEVEL = 1 / 8
"""Amplitude of a tone of the guide's assets that is played as it is."""

_Value = TypeVar("_Value", bound=np.generic)
_SMALL_FILE = ExportSettings(fps=15, resolution=0.1)
_ABOVE_THE_NUMBER = 0.79
_LIMIT_S = 30

recipe = pytest.mark.recipe
"""`@recipe("slug", seconds=3)`: the test's `shown` is that recipe, which is that long."""


async def show(page: OperatorPage, slug: str, folder: Path) -> Shown:
    """Runs the recipe; fails where it does not type-check, throws or leads to a warning."""
    program = next(found.program for found in read_recipes(RECIPES) if found.name == slug)
    return await _run(page, program, folder)


@dataclass(frozen=True)
class Shown:
    """A recipe's composition in the page."""

    page: OperatorPage
    program: str
    composed: Composed
    folder: Path

    @property
    def summary(self) -> CompositionSummary:
        """As the page sums it up."""
        return self.composed.summary

    async def but(self, given: str, other: str) -> Shown:
        """The same with *other* in place of *given*, to compare with; from then on the page shows that."""
        assert given in self.program
        return await _run(self.page, self.program.replace(given, other), self.folder)

    async def at(self, time_s: float, *, width: int = SAMPLED_WIDTH) -> Frame:
        """The frame at *time_s*."""
        (frame,) = await self.frames(time_s, width=width)
        return frame

    async def frames(self, *times_s: float, width: int = SAMPLED_WIDTH) -> list[Frame]:
        """The frames at those times, in their order; one call draws them faster than several."""
        samples = await self.page.sample(times=times_s, width=width)
        drawn = [
            min(samples, key=lambda sample: abs(sample.timestamp_s - time_s)) for time_s in times_s
        ]  # fmt: skip
        scale = self.summary.width / samples[0].width
        return [Frame(picture_of(sample.jpeg), scale) for sample in drawn]

    async def sound(self) -> Sound:
        """All that is heard, out of a rendered file."""
        fingerprint, output = self.composed.fingerprint, self.folder / "rendered.mov"
        self.page.gate.record(Verdict(fingerprint, green_light=True, judged_by="test"))
        await self.page.render(fingerprint, _SMALL_FILE, output)
        return Sound(_decoded(output))


class Place(NamedTuple):
    """A box of the composition, in its pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Frame:
    """One frame. Places and sizes are pixels of the composition, colours sRGB of 0 to 255."""

    picture: Picture
    scale: float
    """Pixels of the composition for one of the picture."""

    @cached_property
    def luma(self) -> Luma:
        """Brightness, at the picture's size."""
        return luma_of(self.picture)

    @property
    def above_the_number(self) -> Frame:
        """The same without the blocks of footage that fills the frame, which are black and white."""
        return Frame(self.picture[: int(len(self.picture) * _ABOVE_THE_NUMBER)], self.scale)

    def colour_at(self, x: float, y: float, *, size: float = 16) -> tuple[float, ...]:
        """Mean colour of the square of *size* around (x, y)."""
        return self.colour_in(x - size / 2, y - size / 2, size, size)

    def colour_in(self, x: float, y: float, width: float, height: float) -> tuple[float, ...]:
        """Mean colour of the box with its top left corner at (x, y)."""
        return tuple(self._cut(self.picture, x, y, width, height).mean(axis=(0, 1)))

    def brightness_in(self, x: float, y: float, width: float, height: float) -> float:
        """Mean luma of that box."""
        return float(self._cut(self.luma, x, y, width, height).mean())

    def frame_number(self, x: float = 0, y: float = 0, width: float = 0, height: float = 0) -> int:
        """The number of the footage frame that fills the box (default: the whole frame)."""
        shown_height, shown_width = (side * self.scale for side in self.luma.shape)
        return frame_number(self._cut(self.luma, x, y, width or shown_width, height or shown_height))

    def box_of(self, colour: Sequence[float], *, tolerance: float = 30) -> Place:
        """What all pixels of about that colour lie in, to two pixels of the picture; fails without any."""
        rows, columns = np.nonzero(self.is_about(colour, tolerance=tolerance))
        assert rows.size, f"nothing of the colour {colour}"
        left, top = columns.min() * self.scale, rows.min() * self.scale
        right, bottom = (columns.max() + 1) * self.scale, (rows.max() + 1) * self.scale
        return Place(left, top, right - left, bottom - top)

    def share_of(self, colour: Sequence[float], *, tolerance: float = 30) -> float:
        """Share of the pixels that are of about that colour."""
        return float(np.mean(self.is_about(colour, tolerance=tolerance)))

    def is_about(self, colour: Sequence[float], *, tolerance: float = 30) -> NDArray[np.bool_]:
        """Which pixels of the picture are of about that colour."""
        distance = np.abs(self.picture.astype(np.float64) - colour).max(axis=2)
        return np.asarray(distance <= tolerance)

    def _cut(
        self, values: NDArray[_Value], x: float, y: float, width: float, height: float
    ) -> NDArray[_Value]:
        left, top = round(x / self.scale), round(y / self.scale)
        right, bottom = round((x + width) / self.scale), round((y + height) / self.scale)
        cut = values[max(0, top) : max(bottom, top + 1), max(0, left) : max(right, left + 1)]
        assert cut.size, f"({x}, {y}) is outside the frame"
        return cut


@dataclass(frozen=True)
class Sound:
    """What the left side hears."""

    samples: NDArray[np.float32]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / RATE_HZ

    def loudness(self, start_s: float, end_s: float) -> float:
        """Root mean square of that stretch, full scale being 1."""
        heard = self._between(start_s, end_s)
        return float(np.sqrt(np.mean(heard * heard)))

    def volume_of(self, frequency_hz: float, start_s: float, end_s: float) -> float:
        """How loud the tone of that pitch is there, 1 being as it is in its file."""
        heard = self._between(start_s, end_s)
        turns = np.exp(-2j * np.pi * frequency_hz * np.arange(len(heard)) / RATE_HZ)
        window = np.hanning(len(heard))
        return float(2 * abs(np.sum(heard * window * turns)) / window.sum() / SINE_LEVEL)

    def _between(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        return self.samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)].astype(np.float64)


def mix(top: Sequence[float], below: Sequence[float], opacity: float) -> tuple[float, ...]:
    """The colour of *top* over *below*, *opacity* of 0 to 100."""
    return tuple((a * opacity + b * (100 - opacity)) / 100 for a, b in zip(top, below, strict=True))


def near(values: float | Sequence[float], tolerance: float = 10) -> object:
    """To compare colours or places with: equal if none of the values differs by more than *tolerance*."""
    return pytest.approx(values, abs=tolerance)


async def _run(page: OperatorPage, program: str, folder: Path) -> Shown:
    composed = await page.compose(program)
    assert isinstance(composed, Composed), composed.diagnostics
    assert composed.summary.warnings == ()
    return Shown(page, program, composed, folder)


def _decoded(file: Path) -> NDArray[np.float32]:
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-map", "0:a", "-af", "pan=mono|c0=c0"]
    command += ["-ar", str(RATE_HZ), "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT_S).stdout
    return np.frombuffer(raw, np.float32)
