"""Whether the letters that are drawn are those of the program, read by OCR where the extra is there."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.contrast import middle_frame
from agent.critic.picture_checks import Frame
from agent.critic.timeline import is_moved, label_of, line_height_px, visible_clips
from agent.domain import Issue, Severity
from agent.media.ocr import TextReader
from agent.media.similarity import Picture

TEXTS_READ = 6
"""Reading one takes about 0.1 s; the longest texts come first."""
ALIKE_TOLD, ALIKE_BLOCKS = 0.85, 0.5
"""Share of letters in common; small letters of rare fonts are misread now and then."""
_SMALLEST_LINE_PX = 16.0
_SHORTEST_TEXT = 3
_SOLID_OPACITY = 80.0
_LAST_LATIN = 0x24F
_MARGIN = 0.25


def check_spelling(frames: Sequence[Frame], summary: CompositionSummary, reader: TextReader) -> list[Issue]:
    """Issues of texts that read otherwise than the program has them; none where nothing can be read."""
    if reader.why_not:
        return []
    texts = sorted(filter(_can_be_read, visible_clips(summary)), key=lambda clip: -len(clip.text or ""))
    return [issue for clip in texts[:TEXTS_READ] for issue in _misread(clip, frames, summary, reader)]


def _can_be_read(clip: ClipSummary) -> bool:
    """Latin letters that stand still and solid, enough of them to tell."""
    text = _letters(clip.text or "")
    solid = clip.opacity is None or clip.opacity >= _SOLID_OPACITY
    still = not is_moved(clip) and "text" not in clip.animated and not clip.rotation and not clip.filter
    return (
        clip.type == "TEXT"
        and clip.color is not None
        and solid
        and still
        and len(text) >= _SHORTEST_TEXT
        and all(ord(letter) <= _LAST_LATIN for letter in text)
    )


def _misread(
    clip: ClipSummary, frames: Sequence[Frame], summary: CompositionSummary, reader: TextReader
) -> Iterator[Issue]:
    frame = middle_frame(clip, frames)
    if frame is None or clip.box is None:
        return
    scale = frame.picture.shape[1] / summary.width
    if line_height_px(clip) * scale < _SMALLEST_LINE_PX:
        return
    lines = reader.read(_around(frame.picture, clip.box, scale)) or ()
    written, read = _letters(clip.text or ""), _letters("".join(line.text for line in lines))
    alike = _held_in(written, read)
    if alike < ALIKE_TOLD:
        yield Issue(
            "text_reads_otherwise",
            f"{label_of(clip)} reads {' '.join(line.text for line in lines)[:60]!r} at {frame.time_s:.2f} s.",
            Severity.BLOCKER if alike < ALIKE_BLOCKS else Severity.WARNING,
            frame.time_s,
            "See that nothing lies over it and that its font has these letters.",
        )


def _held_in(written: str, read: str) -> float:
    """Share of the written letters that are read, in their order; what else is read does not count."""
    blocks = SequenceMatcher(None, written, read, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(written)


def _letters(text: str) -> str:
    """Letters and figures alone, without accents and case."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if letter.isalnum())


def _around(picture: Picture, box: Box, scale: float) -> Picture:
    """The text with a margin, which finding it needs."""
    margin = box.height * _MARGIN + 8 / scale
    top, bottom = round((box.y - margin) * scale), round((box.y + box.height + margin) * scale)
    left, right = round((box.x - margin) * scale), round((box.x + box.width + margin) * scale)
    return picture[max(0, top) : max(1, bottom), max(0, left) : max(1, right)]
