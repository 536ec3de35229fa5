"""Which of Chromium's flags a caller may give: those that change how a page looks, none that opens a door."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ALLOWED = re.compile(
    "|".join(
        (
            "--autoplay-policy=no-user-gesture-required",
            "--disable-lcd-text",
            "--disable-partial-raster",
            "--disable-smooth-scrolling",
            "--enable-precise-memory-info",
            "--font-render-hinting=(none|slight|medium|full|max)",
            "--force-dark-mode",
            r"--force-device-scale-factor=[1-4](\.\d{1,2})?",
            "--force-prefers-reduced-motion",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
        )
    )
)


def refused_args(args: Iterable[str]) -> list[str]:
    """Those of *args* that a caller may not give."""
    return [arg for arg in args if not _ALLOWED.fullmatch(arg)]
