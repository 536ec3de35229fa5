"""Which size or aspect ratio the request names."""

from __future__ import annotations

import re

_RATIOS = r"(9:16|16:9|1:1|4:5|5:4|4:3|3:4|21:9|2:3|3:2)"
_RATIO = re.compile(rf"(?<!at )(?<![\d:.]){_RATIOS}(?![\d:])")
_RATIO_CHANGE = re.compile(rf"\bfrom {_RATIOS} (?:in)?to {_RATIOS}(?![\d:])")
_SQUARE = re.compile(r"\bsquare (?:video|format|crop|version)\b", re.IGNORECASE)
_SIZE = re.compile(r"(?<!\d)(\d{3,4})\s?[x×]\s?(\d{3,4})(?!\d)")
_SMALLEST_SIDE = 240
_PARTS = re.compile(r"\b(?:logo|image|picture|photo|box|rectangle|plate|watermark)\b", re.IGNORECASE)
_NEAR_BEFORE, _NEAR_AFTER = 30, 15


def stated_aspect_ratio(text: str) -> float | None:
    """Width by height, if *text* names one ratio, or one to change to."""
    if change := _RATIO_CHANGE.search(text):
        return _quotient(change.group(2))
    found = set(_RATIO.findall(text))
    if not found and _SQUARE.search(text):
        return 1.0
    return _quotient(found.pop()) if len(found) == 1 else None


def stated_size(text: str) -> tuple[int, int] | None:
    """Pixels, if *text* names one size and not that of a logo or box."""
    sizes = {
        (int(match[1]), int(match[2]))
        for match in _SIZE.finditer(text)
        if not _PARTS.search(text[max(0, match.start() - _NEAR_BEFORE) : match.end() + _NEAR_AFTER])
    }
    if len(sizes) != 1 or min(size := sizes.pop()) < _SMALLEST_SIDE:
        return None
    return size


def _quotient(ratio: str) -> float:
    across, _, down = ratio.partition(":")
    return int(across) / int(down)
