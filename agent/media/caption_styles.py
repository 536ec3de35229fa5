"""How captions look: core's presets, and the lines of a program that show captions in one of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, get_args

from agent.media.fonts import FontFace

CaptionPreset = Literal["CLASSIC", "CASCADE", "SPOTLIGHT", "WHISPER", "SOLAR", "PAPER"]
"""Left out are GUINEA, whose colours change from render to render, and VERDANT, which core does not have."""
PRESETS: tuple[CaptionPreset, ...] = get_args(CaptionPreset)
DEFAULT_PRESET: CaptionPreset = "WHISPER"
"""A whole phrase on a dark plate: it can be read on any footage."""
LINE_CHARS = 42
UPRIGHT_LINE_CHARS = 24
"""A line as wide as an upright picture holds fewer letters that are large enough."""
LOW_PERCENT = 82
"""Where the middle of the captions is, from the top."""

_CHARACTER_WIDTH = 0.56
"""Of a letter's height, on average, in the fonts of the presets."""
_PX_PER_FONT_SIZE = 3
_DESIGNED_FOR_PX = 1080
"""The short side of the picture that core's sizes are made for."""


@dataclass(frozen=True)
class _Style:
    """A preset shows phrases, or single words as they are said.

    `width` is the share of the picture that a line has; `placed` means a place of its own, not at the centre.
    """

    phrases: bool = False
    width: float = 0.8
    placed: bool = False


_STYLES: dict[CaptionPreset, _Style] = {
    "CLASSIC": _Style(),
    "SPOTLIGHT": _Style(),
    "SOLAR": _Style(),
    "WHISPER": _Style(phrases=True),
    "PAPER": _Style(phrases=True),
    "CASCADE": _Style(phrases=True, width=0.7, placed=True),
}


def caption_lines(
    asset: str,
    preset: CaptionPreset,
    *,
    line_chars: int = LINE_CHARS,
    height_percent: int = LOW_PERCENT,
    face: FontFace | None = None,
    foreign: bool = False,
) -> list[str]:
    """TypeScript that shows the captions `asset` in `captionLayer`, grouped as they are in it; `face` is a
    font other than the preset's. `foreign` captions may hold more than two lines: those core groups anew.

    core itself would group words by their number alone, over the end of a sentence and over a pause. The
    preset is loaded when the clip is in its layer: before, it has no size to fit.
    """
    style = _STYLES[preset]
    source = f"asset({json.dumps(asset, ensure_ascii=False)})"
    lines = [
        f"const captions = new core.CaptionClip({source});",
        "await captionLayer.add(captions);",
        f"await captions.loadPreset('{preset}');",
    ]
    if style.phrases:
        size = style.width / (line_chars * _CHARACTER_WIDTH * _PX_PER_FONT_SIZE)
        if foreign:
            lines.append(f"if ({source}.transcript.every(({{ text }}) => text.length <= {2 * line_chars}))")
        lines.append(f"captions.preset.groups = {source}.transcript.map((caption) => caption.words);")
        lines.append(f"captions.fontSize = composition.width * {size:.4f};")
    else:
        lines.append(
            f"captions.fontSize *= Math.min(composition.width, composition.height) / {_DESIGNED_FOR_PX};"
        )
    if face:
        font = json.dumps({"family": face.family, "weight": face.weight}, ensure_ascii=False)
        lines.append(f"captions.font = {{ ...{font}, size: captions.fontSize }};")
    if not style.placed:
        lines.append(f"captions.position = {{ x: '50%', y: '{height_percent}%' }};")
    return lines
