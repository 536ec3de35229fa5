"""Where the picture stands still although frames go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agent.media.analysis.scenes import HEIGHT, WIDTH, Frames
from agent.media.analysis.values import Span

SHORTEST_S = 0.5

_BLOCK_LEVELS = 0.8
_PIXEL_LEVELS = 14
"""An encoder refines a picture that stands by up to 0.5 levels of a block and 9 of a pixel, measured at CRF
18 to 32; a mouth, a cursor or a zoom of a pixel a second change more."""
_LIVE_NOISE_LEVELS = 0.05
"""Mean change between neighbours: up to 0.02 in a frame that is repeated, from 0.03 on for a camera."""
_BLOCK_PX = 10
_ANOTHER_LEVELS = 2.0


class StandStills:
    """Sees all frames in order; pixels under *ignored* do not count as movement."""

    def __init__(self, rate: float, ignored: NDArray[np.bool_] | None = None) -> None:
        self._rate = rate
        self._counts = (
            np.ones((HEIGHT, WIDTH), dtype=np.float32) if ignored is None else (~ignored).astype(np.float32)
        )
        self._seen = 0
        self._began = 0
        self._first: NDArray[np.float32] | None = None
        self._before: NDArray[np.float32] | None = None
        self._changes: list[float] = []
        self._found: list[_Run] = []

    def see(self, frames: Frames) -> None:
        """Takes the next frames."""
        for luma in frames.mean(axis=3, dtype=np.float32):
            if self._first is None or self._before is None or not self._stands(luma - self._first):
                self._close()
                self._began, self._first, self._changes = self._seen, luma, []
            else:
                self._changes.append(float(np.abs((luma - self._before) * self._counts).mean()))
            self._before = luma
            self._seen += 1

    def spans(self) -> tuple[Span, ...]:
        """The stretches of at least half a second, to be asked for when all was seen."""
        self._close()
        self._first = None
        return tuple(_joined(self._found, 1.5 / self._rate))

    def _stands(self, difference: NDArray[np.float32]) -> bool:
        counted = difference * self._counts
        shape = (HEIGHT // _BLOCK_PX, _BLOCK_PX, WIDTH // _BLOCK_PX, _BLOCK_PX)
        blocks = np.abs(counted.reshape(shape).mean(axis=(1, 3)))
        return bool(blocks.max() <= _BLOCK_LEVELS and np.abs(counted).max() <= _PIXEL_LEVELS)

    def _close(self) -> None:
        """Keeps the run that ends before this frame, if it is long enough and without a camera's noise."""
        long_enough = self._seen - self._began >= SHORTEST_S * self._rate
        if self._first is None or not long_enough or not self._changes:
            return
        if np.median(self._changes) <= _LIVE_NOISE_LEVELS:
            self._found.append(_Run(self._began / self._rate, self._seen / self._rate, self._first))


@dataclass(frozen=True)
class _Run:
    """Frames that show one picture."""

    start_s: float
    end_s: float
    picture: NDArray[np.float32] = field(repr=False)


def _joined(runs: list[_Run], gap_s: float) -> Iterator[Span]:
    """Runs of one picture that follow each other are one: a key frame drew it a little differently."""
    start_s = runs[0].start_s if runs else 0.0
    for run, after in pairwise([*runs, None]):
        assert run is not None, "only the last is none"
        if after is None or after.start_s - run.end_s > gap_s or _differ(run, after):
            yield Span(round(start_s, 3), round(run.end_s, 3))
            start_s = after.start_s if after else 0.0


def _differ(one: _Run, other: _Run) -> bool:
    return float(np.abs(one.picture - other.picture).mean()) > _ANOTHER_LEVELS
