"""Takes the small pictures of a file in chunks, and holds only figures of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from agent.evaluation.features import Seen
from agent.evaluation.flashes import FlashCounter
from agent.evaluation.palette import HUES, SATURATIONS, Palette, palette_of
from agent.evaluation.standing import StandStills
from agent.media.analysis.scenes import HEIGHT, MAX_RATE, WIDTH, CutDetector, Frames
from agent.media.analysis.values import Span
from agent.media.similarity import BLACK_LEVEL, BLACK_SHARE, Luma, luma_of

_PALETTES_PER_S = 2
_PLACE_PX = 10


class Looking:
    """Sees every frame once and in order, *rate* of them a second."""

    def __init__(self, rate: float, ignored: NDArray[np.bool_] | None = None) -> None:
        self._rate = rate
        self._seen = 0
        self._luma: list[float] = []
        self._change: list[float] = []
        self._brightening: list[float] = []
        self._dark: list[bool] = []
        self._before: tuple[Luma, NDArray[np.int16]] | None = None
        self._palettes: list[Palette] = []
        self._cut_stride = max(1, math.ceil(rate / MAX_RATE - 1e-6))
        self._cuts = CutDetector()
        self._flashes = FlashCounter(rate)
        self._stills = StandStills(rate, ignored)

    def see(self, frames: Frames) -> None:
        """Takes the next chunk: (frame, HEIGHT, WIDTH, 3)."""
        self._measure(frames)
        self._flashes.see(frames)
        self._stills.see(frames)
        self._keep_palettes(frames)
        for index in range(-self._seen % self._cut_stride, len(frames), self._cut_stride):
            self._cuts.see(frames[index])
        self._seen += len(frames)

    def seen(self) -> Seen:
        """What is known when all was seen."""
        dark = np.array(self._dark, dtype=np.bool_)
        return Seen(
            rate=self._rate,
            luma=np.array(self._luma),
            change=np.array(self._change),
            brightening=np.array(self._brightening),
            dark=dark,
            palettes=_by_second(self._palettes),
            cuts_s=tuple(round(cut * self._cut_stride / self._rate, 3) for cut in self._cuts.cuts()),
            flashes_s=self._flashes.flashes_s(),
            black=_spans(dark, self._rate),
            frozen=self._stills.spans(),
        )

    def _measure(self, frames: Frames) -> None:
        luma = luma_of(frames)
        self._luma += (luma.mean(axis=(1, 2)) / 255).tolist()
        self._dark += ((luma < BLACK_LEVEL).mean(axis=(1, 2)) >= BLACK_SHARE).tolist()
        places, levels = _place_means(luma), frames.astype(np.int16)
        places_before, levels_before = self._before or (places[:1], levels[:1])
        rises = np.diff(np.concatenate([places_before, places]), axis=0)
        self._brightening += (np.median(rises, axis=1) / 255).tolist()
        changes = np.abs(np.diff(np.concatenate([levels_before, levels]), axis=0))
        self._change += changes.mean(axis=(1, 2, 3)).tolist()
        self._before = places[-1:], levels[-1:]

    def _keep_palettes(self, frames: Frames) -> None:
        """A palette of each half second's first frame."""
        for index, frame in enumerate(frames, start=self._seen):
            if index / self._rate >= len(self._palettes) / _PALETTES_PER_S - 1e-6:
                self._palettes.append(palette_of(frame))


def _place_means(luma: Luma) -> Luma:
    """(frame, place): means of 9 by 16 places."""
    shape = (len(luma), HEIGHT // _PLACE_PX, _PLACE_PX, WIDTH // _PLACE_PX, _PLACE_PX)
    return np.asarray(luma.reshape(shape).mean(axis=(2, 4)).reshape(len(luma), -1))


def _by_second(palettes: list[Palette]) -> NDArray[np.float32]:
    seconds = [
        palettes[first : first + _PALETTES_PER_S] for first in range(0, len(palettes), _PALETTES_PER_S)
    ]
    means = [np.mean(second, axis=0) for second in seconds]
    return np.stack(means) if means else np.zeros((0, HUES, SATURATIONS), dtype=np.float32)


def _spans(flags: NDArray[np.bool_], rate: float) -> tuple[Span, ...]:
    """Each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return tuple(
        Span(round(int(start) / rate, 3), round(int(end) / rate, 3))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )
