"""What goes wrong with titles, lower thirds and captions."""

from __future__ import annotations

from dataclasses import replace

from agent.evaluation.critic_suite.clips import text
from agent.evaluation.critic_suite.defect import Kind, asks, every, first, frame_of
from agent.evaluation.critic_suite.good import Good
from agent.evaluation.critic_suite.program import Clip, Program

_LIKE_BACKGROUND = {
    "harbour.mp4": "#2A5A80",
    "market.mp4": "#6A4527",
    "street.mp4": "#45405A",
    "interview.mp4": "#3B5F49",
    "phone.mp4": "#5A3652",
}
_LATE_S = 1.3


def _cut_off(clip: Clip, good: Good) -> Clip:
    return clip.having(x=frame_of(good)[0] - 10, align="center")


def _off_frame(clip: Clip, good: Good) -> Clip:
    return clip.having(y=round(frame_of(good)[1] * 1.3))


def _with_typo(clip: Clip, _: Good) -> Clip:
    words = str(clip.options["text"])
    middle = len(words) // 2
    return clip.having(text=words[: middle - 1] + words[middle:])


def _without_contrast(clip: Clip, good: Good) -> Clip:
    behind = good.program.of("footage")[0].asset
    plates = [part.options.get("fill") for part in good.program.of("overlay")]
    colour = next((str(fill) for fill in plates if fill), _LIKE_BACKGROUND.get(behind, "#555555"))
    return clip.having(color="#222222" if colour == "#000000" else colour, strokes=None)


def _elsewhere(clip: Clip, good: Good) -> Clip:
    """High instead of low, else low."""
    lines = frame_of(good)[1]
    high = float(clip.options["y"]) > 0.6 * lines
    return clip.having(y=round(lines * (0.25 if high else 0.88)))


def _crowded(good: Good) -> Program | None:
    if not good.program.of("text"):
        return None
    [title, *_] = good.program.of("text")
    frame = frame_of(good)
    at = (float(title.options["x"]) / frame[0], float(title.options["y"]) / frame[1])
    over = text("Coming soon to you", title.start_s, title.end_s, frame, at=at, color="#FFC0C0")
    return good.program.with_layer("text", over.having(align=title.options["align"], x=title.options["x"]))


def _under_footage(good: Good) -> Program | None:
    layers = good.program.layers
    if not good.program.of("text") or good.program.of("footage")[0].start_s > 0:
        return None
    below = [part for part in layers if part.role == "text"]
    return replace(good.program, layers=(*below, *(part for part in layers if part.role != "text")))


def _late_captions(clip: Clip, _: Good) -> Clip:
    return replace(clip, start_s=clip.start_s + _LATE_S)


def _early_captions(clip: Clip, _: Good) -> Clip:
    return replace(clip, source_s=clip.source_s + _LATE_S, end_s=clip.end_s - _LATE_S)


def _without_fade(good: Good) -> Program | None:
    if not asks(good, "fad") or not any("animations" in clip.options for clip in good.program.of("text")):
        return None
    return good.program.changed_all(lambda clip: clip.having(animations=None), "text")


_PLACED = r"at the top|centre|middle|lower third|upper part"

TEXT_KINDS = (
    Kind("title cut off", "a title runs over the right edge", first("text", _cut_off)),
    Kind("text out of frame", "a title is below the frame", first("text", _off_frame)),
    Kind("wrong text", "other words than asked", first("text", lambda c, _: c.having(text="Sample Title"))),
    Kind("typo", "a letter of the title is missing", first("text", _with_typo)),
    Kind(
        "wrong language",
        "the title is translated",
        first("text", lambda clip, _: clip.having(text="Guten Morgen zusammen")),
    ),
    Kind("missing title", "no title at all", first("text", lambda clip, _: None)),
    Kind("title behind footage", "the title's layer is below the picture", _under_footage),
    Kind("low contrast", "letters in the colour of what is behind", first("text", _without_contrast)),
    Kind(
        "faint text",
        "a title at 12 % opacity",
        first("text", lambda clip, _: clip.having(opacity=12, animations=None, strokes=None)),
    ),
    Kind("text over text", "two titles in one place", _crowded),
    Kind(
        "text too small",
        "letters of 1 % of the height",
        first("text", lambda clip, good: clip.having(fontSize=min(frame_of(good)) * 0.01 / 3, strokes=None)),
    ),
    Kind("text too short", "a title for 0.3 s", first("text", lambda clip, _: clip.lasting(0.3))),
    Kind("text in the wrong place", "low instead of high, or high", first("text", _elsewhere, where=_PLACED)),
    Kind(
        "text at the wrong time",
        "a title 1.2 s late",
        first("text", lambda c, _: replace(c, start_s=c.start_s + 1.2), where=r"from \d.*to \d.*s$"),
    ),
    Kind("text without its fade", "a fade was asked for", _without_fade),
    Kind("captions late", "captions 1.3 s after the words", every("captions", _late_captions)),
    Kind("captions early", "captions 1.3 s before the words", every("captions", _early_captions)),
    Kind(
        "captions over faces",
        "captions high in the picture, asked for low",
        every("captions", lambda c, _: c.having(position={"x": "50%", "y": "35%"}), where="at the bottom"),
    ),
    Kind("captions missing", "no captions at all", every("captions", lambda clip, _: None)),
    Kind(
        "captions half off frame",
        "captions over the lower edge",
        every("captions", lambda clip, _: clip.having(position={"x": "50%", "y": "100%"})),
    ),
    Kind(
        "another colour of letters",
        "a yellow title that is white",
        first("text", lambda clip, _: clip.having(color="#FFFFFF"), where="yellow"),
        visible_to_checks=False,
    ),
)
