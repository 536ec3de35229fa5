"""Flashes that can harm: counted by area, size and frequency as WCAG 2.3.1 and ITU-R BT.1702 define them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from agent.critic.contrast import relative_luminance
from agent.media.analysis.scenes import HEIGHT, WIDTH, Frames

LEAST_CHANGE = 0.10
"""WCAG: a change of 10 % of the maximum relative luminance."""
DARKER_BELOW = 0.80
"""WCAG: where the darker image is under 0.80."""
RED_SHARE = 0.8
"""WCAG: saturated red has R / (R + G + B) of at least 0.8, in linear light."""
_NEARLY_RED_SHARE = 0.7
LEAST_RED_CHANGE = 20 / 320
"""WCAG's working definition: (R - G - B) x 320 changes by more than 20."""
FIELD = (1 / 3, 1 / 3)
"""WCAG: a field of 10 degrees is 341 x 256 of 1024 x 768 pixels."""
FIELD_SHARE = 0.25
"""WCAG: concurrent flashes in more than a quarter of any such field."""

_CELL_PX = 5
_ROWS, _COLUMNS = HEIGHT // _CELL_PX, WIDTH // _CELL_PX
_WINDOW = (round(FIELD[0] * _ROWS), round(FIELD[1] * _COLUMNS))
_TOGETHER_S = 0.1
"""What changes within this time is one flash to the eye."""
_ONE_WAY = 3.0
"""Movement brightens here what it darkens there; a flash changes this many times more in one direction."""
_AT_ONCE_SHARE = 0.6
"""A picture that is inverted changes both ways, but nearly everywhere and in one frame."""

_Grid = NDArray[np.float32]
_Windows = NDArray[np.bool_]

_LINEAR = relative_luminance(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)).astype(np.float32)
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


class FlashCounter:
    """Sees all frames in order, in chunks of any length."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._general = _Swings(LEAST_CHANGE, DARKER_BELOW, rate)
        self._red = _Swings(LEAST_RED_CHANGE, np.inf, rate)

    def see(self, frames: Frames) -> None:
        """Takes the next frames."""
        cells = _cell_means(_LINEAR[frames])
        for luminance, redness in zip(cells @ _WEIGHTS, _redness(cells), strict=True):
            self._general.see(luminance)
            self._red.see(redness)

    def flashes_s(self) -> tuple[float, ...]:
        """When each flash ends, in the field that flashes most; general or red, whichever is worse."""
        return max(
            (
                tuple(round(frame / self._rate, 3) for frame in kind.flashes())
                for kind in (self._general, self._red)
            ),
            key=lambda times_s: (most_in_a_second(times_s), len(times_s)),
        )


class _Swings:
    """Opposing changes of one figure of each cell, and the fields where enough cells make them together."""

    def __init__(self, least: float, darker_below: float, rate: float) -> None:
        self._least, self._darker_below, self._rate = least, darker_below, rate
        self._together = max(1, round(_TOGETHER_S * rate))
        self._frame = -1
        self._high = self._low = np.zeros((_ROWS, _COLUMNS), dtype=np.float32)
        self._rising = np.zeros((_ROWS, _COLUMNS), dtype=np.int8)
        self._rose = np.full((_ROWS, _COLUMNS), -(10**6))
        self._fell = self._rose.copy()
        windows = (_ROWS - _WINDOW[0] + 1, _COLUMNS - _WINDOW[1] + 1)
        self._last = np.zeros(windows, dtype=np.int8)
        self._used = np.full(windows, -(10**6))
        self._events: list[_Event] = []

    def see(self, grid: _Grid) -> None:
        """Takes the figure of the next frame's cells."""
        self._frame += 1
        if self._frame == 0:
            self._high, self._low = grid, grid
            return
        self._high, self._low = np.maximum(self._high, grid), np.minimum(self._low, grid)
        rises = (grid - self._low >= self._least) & (self._low < self._darker_below) & (self._rising <= 0)
        falls = (
            (self._high - grid >= self._least) & (grid < self._darker_below) & (self._rising >= 0) & ~rises
        )
        changed = rises | falls
        if not changed.any():
            return
        self._rising = np.where(rises, 1, np.where(falls, -1, self._rising)).astype(np.int8)
        self._high, self._low = np.where(changed, grid, self._high), np.where(changed, grid, self._low)
        self._rose[rises], self._fell[falls] = self._frame, self._frame
        self._note(self._fields(self._rose), self._fields(self._fell))

    def flashes(self) -> list[int]:
        """Frames at which the worst field has completed a pair of opposing changes."""
        if not self._events:
            return []
        frames = np.array([event.frame for event in self._events])
        seen = np.stack([event.fields for event in self._events]).reshape(len(frames), -1)
        worst = max(
            range(seen.shape[1]), key=lambda field: _most_in_a_second(frames[seen[:, field]], self._rate)
        )
        return [int(frame) for frame in frames[seen[:, worst]][1::2]]

    def _fields(self, when: NDArray[np.int_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shares of each field's cells that changed lately and are not counted yet, and in this frame."""
        views = sliding_window_view(when, _WINDOW)
        late = views > np.maximum(self._frame - self._together, self._used)[..., None, None]
        return late.mean(axis=(2, 3)), (views == self._frame).mean(axis=(2, 3))

    def _note(
        self,
        rose: tuple[NDArray[np.float64], NDArray[np.float64]],
        fell: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> None:
        up, down = self._together_ways(rose[0], fell[0])
        at_once = rose[1] + fell[1] >= _AT_ONCE_SHARE
        up_next = (up | (at_once & (rose[1] >= fell[1]))) & (self._last <= 0)
        down_next = (down | (at_once & (fell[1] > rose[1]))) & (self._last >= 0) & ~up_next
        fields = up_next | down_next
        if not fields.any():
            return
        self._last = np.where(up_next, 1, np.where(down_next, -1, self._last)).astype(np.int8)
        self._used = np.where(fields, self._frame, self._used)
        self._events.append(_Event(self._frame, fields))

    def _together_ways(
        self, rose: NDArray[np.float64], fell: NDArray[np.float64]
    ) -> tuple[_Windows, _Windows]:
        late = self._frame - self._together
        ups, downs = int((self._rose > late).sum()), int((self._fell > late).sum())
        return (rose >= FIELD_SHARE) & (ups >= _ONE_WAY * downs), (fell >= FIELD_SHARE) & (
            downs >= _ONE_WAY * ups
        )


@dataclass(frozen=True)
class _Event:
    """The fields that changed at a frame."""

    frame: int
    fields: _Windows


def most_in_a_second(flashes_s: tuple[float, ...]) -> int:
    """The largest number of flashes within any second."""
    times = np.array(flashes_s)
    return max((int(((times >= start) & (times < start + 1)).sum()) for start in times), default=0)


def _most_in_a_second(frames: NDArray[np.int_], rate: float) -> int:
    return most_in_a_second(tuple(frames[1::2] / rate))


def _cell_means(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """(frame, row, column, colour), of the inner pixels: what touches a cell's edge does not fill it."""
    shape = (len(linear), _ROWS, _CELL_PX, _COLUMNS, _CELL_PX, 3)
    inner = linear.reshape(shape)[:, :, 1:-1, :, 1:-1]
    return np.asarray(inner.mean(axis=(2, 4)), dtype=np.float32)


def _redness(cells: NDArray[np.float32]) -> NDArray[np.float32]:
    """R - G - B of what is a saturated red; what is nearly one counts in part, so that noise is no flash."""
    red, rest = cells[..., 0], cells[..., 1] + cells[..., 2]
    saturated = (red / np.maximum(red + rest, 1e-6) - _NEARLY_RED_SHARE) / (RED_SHARE - _NEARLY_RED_SHARE)
    return np.asarray(np.maximum(0, red - rest) * np.clip(saturated, 0, 1), dtype=np.float32)
