"""A brand's logo in pictures: where it is, how large, how opaque, and in which colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from agent.media.similarity import Picture, luma_of

_LIKENESS, _LIKENESS_OF_FEW = 0.65, 4.0
"""A place shows the logo from a normalised correlation of 0.65 + 4 / root of its pixels: few pixels are like
anything somewhere. Measured: opaque logos of 25 to 80 pixels width 0.88 to 0.97, other content up to 0.71.
"""
_STILL_LIKE = 0.45
"""Enough at a place where the logo was found in other pictures."""
_LEAST_OPACITY = 0.08
_SHORTER_SIDE_PX = 360
_WIDTHS = tuple(float(width) for width in np.geomspace(0.03, 0.4, 19))
"""Shares of the frame's width at which it is looked for, in steps of 15 %."""
_FINER = (0.93, 0.965, 1.035, 1.07)
_ONE_BY_ONE = 4
_LEAST_PX = 8
_SLACK_PX = 4
_OPAQUE = 0.5
_GROUNDS = (0.0, 128.0, 255.0)
"""Luma that is tried behind a logo with transparent parts."""
_BORDER = 0.06
_LEAST_SPREAD = 8.0
"""A white logo over white has no shape."""

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Sighting:
    """The logo in one picture; its rectangle is in shares of the frame's width and height."""

    left: float
    top: float
    width: float
    height: float
    likeness: float
    is_sure: bool
    """Whether it is known for the logo by itself, without other pictures."""
    opacity: float
    colour_distance: float
    """Mean CIE76 difference to the logo's own colours."""


class LogoFinder:
    """Looks for one logo, whose file can be read: the brand kit was checked."""

    def __init__(self, path: Path) -> None:
        with Image.open(path) as image:
            rgba = image.convert("RGBA")
        self._template = cache(lambda width_px: _Template.of(rgba, width_px))

    def sightings(self, pictures: Sequence[Picture]) -> list[Sighting | None]:
        """What each of *pictures*, all of one video and size, shows of the logo; None where it is not there.

        A logo stays in its place while the picture behind it changes. So it is looked for in the mean of
        all, where even a faint one stands out, else in a few pictures one by one, and then at the place
        where it was found in each. One that only the mean shows is taken to be in all.
        """
        scaled = [_scaled(picture) for picture in pictures]
        if not scaled:
            return []
        mean = np.asarray(np.mean(scaled, axis=0), np.uint8)
        chosen = np.unique(np.linspace(0, len(scaled) - 1, _ONE_BY_ONE).astype(int))
        looked_at = (mean, *(scaled[index] for index in chosen))
        found = next((seen for picture in looked_at if (seen := self._search(picture))), None)
        if found is None:
            return [None for _ in scaled]
        each = [self._again(picture, found) for picture in scaled]
        if not any(seen.is_sure for seen in each):
            return [found for _ in scaled]
        return [seen if seen.likeness >= _STILL_LIKE else None for seen in each]

    def _search(self, picture: Picture) -> Sighting | None:
        """The likeliest place at any size, if it is likely enough."""
        luma = _luma(picture)
        coarse = max((self._match(luma, width * luma.shape[1]) for width in _WIDTHS), key=_Match.surplus)
        fine = [self._match(luma, coarse.width_px * share) for share in _FINER]
        found = self._sighting(picture, max([coarse, *fine], key=_Match.surplus))
        return found if found.is_sure else None

    def _again(self, picture: Picture, found: Sighting) -> Sighting:
        """The likeliest place within a few pixels of where it was found."""
        height, width = picture.shape[:2]
        width_px = found.width * width
        slack = _SLACK_PX + self._template(round(width_px)).border_px
        left, top = max(0, round(found.left * width) - slack), max(0, round(found.top * height) - slack)
        right = round((found.left + found.width) * width) + slack
        bottom = round((found.top + found.height) * height) + slack
        match = self._match(_luma(picture)[top:bottom, left:right], width_px)
        return self._sighting(picture, replace(match, x=match.x + left, y=match.y + top))

    def _match(self, luma: Plane, width_px: float) -> _Match:
        """The likeliest place for a logo of that width; of no likeness where it does not fit."""
        template = self._template(round(width_px))
        height, width = template.opaque.shape
        if min(height, width) < _LEAST_PX or height > luma.shape[0] or width > luma.shape[1]:
            return _Match(0.0, 1.0, width_px, 0, 0)
        likeness = template.likeness_in(luma)
        y, x = divmod(int(likeness.argmax()), likeness.shape[1])
        needed = _LIKENESS + _LIKENESS_OF_FEW / math.sqrt(float(height * width))
        return _Match(float(likeness[y, x]), needed, width_px, x, y)

    def _sighting(self, picture: Picture, match: _Match) -> Sighting:
        template = self._template(round(match.width_px))
        (height, width), border = template.opaque.shape, template.border_px
        frame_height, frame_width = picture.shape[:2]
        patch = picture[match.y : match.y + height, match.x : match.x + width]
        fits = patch.shape[:2] == (height, width)
        opacity = template.opacity_in(_luma(patch)) if fits else 0.0
        return Sighting(
            (match.x + border) / frame_width,
            (match.y + border) / frame_height,
            (width - 2 * border) / frame_width,
            (height - 2 * border) / frame_height,
            match.likeness,
            match.surplus() >= 0 and opacity >= _LEAST_OPACITY,
            opacity,
            template.colour_distance(patch) if fits else 0.0,
        )


@dataclass(frozen=True)
class _Match:
    likeness: float
    needed: float
    width_px: float
    x: int
    y: int

    def surplus(self) -> float:
        """How much more like the logo it is than is asked of its size."""
        return self.likeness - self.needed


@dataclass(frozen=True)
class _Template:
    """The logo at one size. What is transparent is tried as dark, grey and light: its shape tells as well."""

    rgb: Picture
    lumas: tuple[Plane, ...]
    opaque: NDArray[np.bool_]
    border_px: int
    """Transparent pixels on each side that are not the logo's."""

    @classmethod
    def of(cls, logo: Image.Image, width_px: int) -> _Template:
        """The logo scaled to that width."""
        size = (max(1, width_px), max(1, round(width_px * logo.height / logo.width)))
        rgba = np.asarray(logo.resize(size, Image.Resampling.BOX), np.uint8)
        border_px = 0
        if (rgba[..., 3] < 255 * _OPAQUE).any():
            border_px = max(2, round(_BORDER * width_px))
            rgba = np.pad(rgba, ((border_px, border_px), (border_px, border_px), (0, 0)))
        rgb, alpha = np.ascontiguousarray(rgba[..., :3]), rgba[..., 3] / 255.0
        luma = _luma(rgb)
        lumas = [np.asarray(alpha * luma + (1 - alpha) * ground, np.float32) for ground in _GROUNDS]
        shapes = [shape for shape in lumas if float(shape.std()) > _LEAST_SPREAD]
        return cls(rgb, tuple(shapes if border_px else [luma]), alpha >= _OPAQUE, border_px)

    def likeness_in(self, picture: Plane) -> Plane:
        """Normalised correlation at each place, over the likeliest ground; 0 where the picture is plain."""
        maps = [np.asarray(cv2.matchTemplate(picture, luma, cv2.TM_CCOEFF_NORMED)) for luma in self.lumas]
        likeness = np.nan_to_num(np.max(maps, axis=0), nan=0.0, posinf=0.0, neginf=0.0)
        # Rounding gives anything where there is nothing to correlate with.
        return np.asarray(np.where(likeness > 1.001, 0.0, likeness), np.float32)

    def opacity_in(self, patch: Plane) -> float:
        """How much the luma of *patch* is made of the logo instead of what is behind it, 0 to 1."""
        own, seen = _luma(self.rgb)[self.opaque], patch[self.opaque]
        if self.border_px:
            behind = float(patch[~self.opaque].mean())
            own, seen = own - behind, seen - behind
        else:
            own, seen = own - own.mean(), seen - seen.mean()
        spread = float((own * own).sum())
        return 0.0 if spread == 0 else min(1.0, max(0.0, float((own * seen).sum()) / spread))

    def colour_distance(self, patch: Picture) -> float:
        """Mean CIE76 difference of the logo's opaque pixels to *patch*."""
        own, seen = _lab(self.rgb)[self.opaque], _lab(patch)[self.opaque]
        return float(np.linalg.norm(own - seen, axis=1).mean()) if len(own) else 0.0


def _scaled(picture: Picture) -> Picture:
    """At most as large as is needed to know a logo."""
    scale = _SHORTER_SIDE_PX / min(picture.shape[:2])
    if scale >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _luma(picture: Picture) -> Plane:
    return np.asarray(luma_of(picture), np.float32)


def _lab(picture: Picture) -> Plane:
    return np.asarray(cv2.cvtColor(np.asarray(picture / 255.0, np.float32), cv2.COLOR_RGB2LAB), np.float32)
