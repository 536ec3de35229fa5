"""Images: their size as displayed, and a PNG of those that a browser does not read."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from agent.domain import MediaInfo
from agent.errors import BadMedia

BROWSER_IMAGES = frozenset({"png", "jpeg", "webp", "gif", "bmp", "avif", "svg"})
MAX_PIXELS = 100_000_000
_EXIF_ORIENTATION = 0x0112
_SIDEWAYS = {5, 6, 7, 8}
_SVG_HEAD_BYTES = 65_536
_VIEW_BOX = re.compile(r"""\sviewBox\s*=\s*["']\s*[-\d.e]+[\s,]+[-\d.e]+[\s,]+([\d.]+)[\s,]+([\d.]+)""")


def probe_image(path: Path) -> MediaInfo:
    """Format and size after EXIF orientation; decoded, so that a broken one raises `BadMedia` here."""
    try:
        with warnings.catch_warnings(), Image.open(path) as image:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise BadMedia(
                    f"{path.name} has {width}x{height} pixels, at most {MAX_PIXELS:,} can be used.",
                    hint="Scale it down first.",
                )
            image.load()
            if image.getexif().get(_EXIF_ORIENTATION) in _SIDEWAYS:
                width, height = height, width
            return MediaInfo(
                container=(image.format or "image").lower(),
                duration_s=0.0,
                width=width,
                height=height,
                pixel_format=image.mode,
            )
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        raise BadMedia(
            f"{path.name} begins like an image, but it cannot be read to its end: {exc}.",
            hint="Save it again as PNG or JPEG.",
        ) from exc


def probe_svg(path: Path) -> MediaInfo:
    """Size of an SVG from its `width` and `height`, else its `viewBox`. Raises `BadMedia` without."""
    with path.open(encoding="utf-8", errors="replace") as file:
        root = re.search(r"<svg\b[^>]*>", file.read(_SVG_HEAD_BYTES))
    tag = root.group() if root else ""
    width, height = (_svg_length(tag, name) for name in ("width", "height"))
    if box := _VIEW_BOX.search(tag):
        width, height = width or float(box.group(1)), height or float(box.group(2))
    if not width or not height:
        raise BadMedia(
            f"{path.name} states neither width and height nor a viewBox.",
            hint="Add them to its <svg> element, or save it as PNG.",
        )
    return MediaInfo(container="svg", duration_s=0.0, width=round(width), height=round(height))


def write_png(source: Path, output: Path) -> None:
    """*source* upright as PNG."""
    with Image.open(source) as image:
        upright = ImageOps.exif_transpose(image)
        upright.convert("RGBA" if upright.has_transparency_data else "RGB").save(output, "PNG")


def _svg_length(tag: str, name: str) -> float | None:
    found = re.search(rf"""\s{name}\s*=\s*["']\s*([\d.]+)\s*(?:px)?\s*["']""", tag)
    return float(found.group(1)) if found else None
