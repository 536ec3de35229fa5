"""Contact sheets: the samples side by side, each with its time, small enough for one look."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from agent.domain import FrameSample

CELLS = 12
MAX_WIDTH, MAX_HEIGHT = 2576, 1456
"""Vision models scale larger pictures down themselves."""
MAX_SHEETS = 4
_GAP = 8
_BACKGROUND = (96, 96, 96)
_PLATE = (0, 0, 0)
_INK = (255, 255, 255)
_LABEL_SHARE = 0.075
_SMALLEST_LABEL = 14
_JPEG_QUALITY = 88
_CLOSE_S = 0.5
_THUMBNAIL = (64, 36)
_SAME_LEVELS = 6.0

_T = TypeVar("_T")


def contact_sheets(samples: Sequence[FrameSample], *, cells: int = CELLS) -> list[bytes]:
    """JPEGs of at most *cells* samples each, in order of time; beyond four sheets they are thinned evenly."""
    chosen = evenly(samples, cells * MAX_SHEETS)
    groups = [chosen[start : start + cells] for start in range(0, len(chosen), cells)]
    return [_encoded(_sheet(group, cells), "JPEG") for group in groups]


def write_contact_sheet(samples: Sequence[FrameSample], path: Path, *, cells: int = CELLS) -> None:
    """One sheet of the whole video, first and last sample included, as PNG or JPEG by *path*'s name."""
    image = _sheet(evenly_in_time(samples, cells), cells)
    path.write_bytes(_encoded(image, "PNG" if path.suffix.lower() == ".png" else "JPEG"))


def unlike(samples: Sequence[FrameSample]) -> list[FrameSample]:
    """The samples without those that come right after another and look the same."""
    chosen: list[FrameSample] = []
    last = None
    for sample in samples:
        small = _thumbnail(sample)
        close = chosen and sample.timestamp_s - chosen[-1].timestamp_s < _CLOSE_S
        if close and last is not None and _mean_difference(small, last) < _SAME_LEVELS:
            continue
        chosen.append(sample)
        last = small
    return chosen


def evenly(items: Sequence[_T], count: int) -> list[_T]:
    """At most *count* of *items*, spread evenly, the first and the last among them."""
    if len(items) <= count:
        return list(items)
    if count == 1:
        return [items[0]]
    return [items[round(index * (len(items) - 1) / (count - 1))] for index in range(count)]


def evenly_in_time(samples: Sequence[FrameSample], count: int) -> list[FrameSample]:
    """At most *count* samples, spread evenly over the video however close together they were taken."""
    if len(samples) <= count or count == 1:
        return evenly(samples, count)
    last_s = samples[-1].timestamp_s
    wanted = [index * last_s / (count - 1) for index in range(count)]
    nearest = (min(samples, key=lambda sample: abs(sample.timestamp_s - time_s)) for time_s in wanted)
    return list({sample.frame_index: sample for sample in nearest}.values())


def _sheet(samples: Sequence[FrameSample], cells: int) -> Image.Image:
    if not samples:
        raise ValueError("Expected at least one sample for a contact sheet")
    columns, rows, (width, height) = _grid(samples[0], min(len(samples), cells))
    sheet = Image.new("RGB", (columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP), _BACKGROUND)
    for index, sample in enumerate(samples):
        row, column = divmod(index, columns)
        cell = _cell(sample, width, height)
        sheet.paste(cell, (_GAP + column * (width + _GAP), _GAP + row * (height + _GAP)))
    return sheet


def _grid(sample: FrameSample, count: int) -> tuple[int, int, tuple[int, int]]:
    """Columns, rows and cell size that show the frames largest; frames are never enlarged."""

    def fitted(columns: int) -> tuple[float, int, int]:
        rows = math.ceil(count / columns)
        room_across = (MAX_WIDTH - _GAP) / columns - _GAP
        room_down = (MAX_HEIGHT - _GAP) / rows - _GAP
        return min(1.0, room_across / sample.width, room_down / sample.height), -columns * rows, columns

    scale, _, columns = max(fitted(columns) for columns in range(1, count + 1))
    size = max(1, math.floor(sample.width * scale)), max(1, math.floor(sample.height * scale))
    return columns, math.ceil(count / columns), size


def _cell(sample: FrameSample, width: int, height: int) -> Image.Image:
    with Image.open(io.BytesIO(sample.jpeg)) as image:
        cell = image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(cell)
    font = ImageFont.load_default(size=max(_SMALLEST_LABEL, round(height * _LABEL_SHARE)))
    label = f"{sample.timestamp_s:.2f} s"
    left, top, right, bottom = draw.textbbox((0, 0), label, font=font)
    pad = 4
    plate_top = height - (bottom - top) - 2 * pad
    draw.rectangle((0, plate_top, right - left + 2 * pad, height), fill=_PLATE)
    draw.text((pad - left, plate_top + pad - top), label, font=font, fill=_INK)
    return cell


def _thumbnail(sample: FrameSample) -> Image.Image:
    with Image.open(io.BytesIO(sample.jpeg)) as image:
        return image.convert("RGB").resize(_THUMBNAIL, Image.Resampling.BOX)


def _mean_difference(first: Image.Image, second: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3


def _encoded(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=_JPEG_QUALITY)
    return buffer.getvalue()
