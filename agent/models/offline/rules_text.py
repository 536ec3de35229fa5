"""Rules for titles and lower thirds: words, place, colour, size, times."""

from __future__ import annotations

import re

from agent.models.offline.edit import Place, Text
from agent.models.offline.reading import Reading, Rule, rule
from agent.models.offline.rules_fades import TEXT_FADE_S
from agent.models.offline.words import COLOR_PATTERN, COLORS, RANGE, TIME

_CHANGE = re.compile(r"\b(?:change|rename|replace|reword|turn|instead)\b|\bmake .*\b(?:say|read)\b")
_REMOVE = re.compile(r"\b(?:remove|delete|drop|hide|get rid of)\b")
_TEXT_NOUN = re.compile(r"\b(?:sub)?(?:titles?|lowerthird|texts?|headlines?|headings?)\b")
_SIZES = {"tiny": 0.5, "small": 0.7, "large": 1.35, "big": 1.35, "huge": 1.8, "giant": 1.8}
LOWER_THIRD_S = 5.0
EDGE_TEXT_S = 3.0


def _quote(reading: Reading, match: re.Match[str]) -> None:
    """New words: a new text, a new wording of the one spoken of, or the second line of a lower third."""
    clause = match.string
    words = reading.quote(match[0])
    known = [text.text for text in reading.edit.texts]
    if words in known and (_CHANGE.search(clause) or _REMOVE.search(clause)):
        reading.text_index = known.index(words)
        return
    if _CHANGE.search(clause) and known:
        reading.change_text(text=words)
    elif _continues(reading, clause, match):
        reading.change_text(text=f"{reading.text.text}\n{words}")
    else:
        reading.add_text(_new_text(words, clause))
    reading.quotes_in_clause += 1


def _continues(reading: Reading, clause: str, match: re.Match[str]) -> bool:
    """A bare quote after another one, or any without a noun after a lower third, is its next line."""
    if reading.quotes_in_clause:
        return True
    if not reading.text_in_prompt or _TEXT_NOUN.search(clause):
        return False
    return reading.text.style == "lower-third" or clause.strip() == match[0].strip()


def _new_text(words: str, clause: str) -> Text:
    if "lowerthird" in clause:
        return Text(words, "lower-third", "bottom-left", plate="#000000", fade_in_s=0.4, fade_out_s=0.4)
    if re.search(r"\bsubtitle\b", clause):
        return Text(words, place="below-center", scale=0.6)
    return Text(words)


def _color(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(color=_hex(match["color"]))


def _hex(name: str) -> str:
    return name[2:-1] if name.startswith("<c") else COLORS[name]


def _decoration(reading: Reading, match: re.Match[str]) -> None:
    kind = "outline" if re.search(r"outline|stroke|border", match[0]) else "plate"
    reading.change_text(**{kind: _hex(match["color"]) if match["color"] else "#000000"})


def _shadow(reading: Reading, match: re.Match[str]) -> None:
    """Every text without a plate has a shadow."""
    reading.change_text(plate=None)


def _size(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(scale=_SIZES[match[1]], size_px=None)


def _resize(reading: Reading, match: re.Match[str]) -> bool | None:
    if reading.subject != "text" and (reading.subject == "logo" or not reading.edit.texts):
        return False
    reading.subject = "text"
    factor = 1.3 if match[1] in ("bigger", "larger") else 1 / 1.3
    text = reading.text
    size_px = text.size_px * factor if text.size_px else None
    reading.change_text(scale=round(text.scale * factor, 3), size_px=size_px)
    return None


def _size_px(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(size_px=float(match[1]))


def _face(reading: Reading, match: re.Match[str]) -> None:
    if "italic" in match[0]:
        reading.change_text(italic=True)
    elif "caps" in match[0] or "case" in match[0] or "capital" in match[0]:
        reading.change_text(uppercase=True)


def place_of(vertical: str, horizontal: str) -> Place:
    """The place that `top` and `left` (either may be empty) name together."""
    row = {"upper": "top", "lower": "bottom", "top": "top", "bottom": "bottom"}.get(vertical, "")
    side = horizontal if horizontal in ("left", "right") else ""
    places: dict[str, Place] = {
        "top-left": "top-left", "top-right": "top-right", "bottom-left": "bottom-left",
        "bottom-right": "bottom-right", "top": "top", "bottom": "bottom", "left": "left", "right": "right",
    }  # fmt: skip
    return places.get("-".join(part for part in (row, side) if part), "center")


def _place(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(place=place_of(match["row"] or "", match["side"] or ""))


def _range(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(start_s=float(match[1]), end_s=float(match[2]), length_s=None, at_end=False)


def _length(reading: Reading, match: re.Match[str]) -> None:
    at_end = bool(re.search(r"\b(?:last|final)\b", match[0]))
    reading.change_text(length_s=float(match[1]), end_s=None, at_end=at_end or reading.text.at_end)


def _start(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(start_s=float(match[1]), at_end=False)


def _end(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(end_s=float(match[1]), length_s=None, at_end=False)


def _edge(reading: Reading, match: re.Match[str]) -> None:
    at_end = match[1] in ("end", "very end")
    text = reading.text
    reading.change_text(at_end=at_end, start_s=None, end_s=None, length_s=text.length_s or EDGE_TEXT_S)


def _throughout(reading: Reading, match: re.Match[str]) -> None:
    reading.change_text(start_s=None, end_s=None, length_s=None, at_end=False)


def _remove_text(reading: Reading, match: re.Match[str]) -> bool | None:
    if reading.quotes_in_clause or not reading.text:
        return False
    if re.search(r"\b(?:titles|texts|all)\b", match.string):
        reading.change(texts=())
    else:
        index = reading.text_index % len(reading.edit.texts)
        reading.change(texts=tuple(text for at, text in enumerate(reading.edit.texts) if at != index))
    reading.text_index = -1
    return None


def _fade_length(reading: Reading, match: re.Match[str]) -> None:
    """`make it fade` without in or out means both."""
    reading.change_text(fade_in_s=TEXT_FADE_S, fade_out_s=TEXT_FADE_S)


_ROW = r"(?P<row>top|upper|bottom|lower|center|centre|centred|centered|middle)"
_SIDE = r"(?P<side>left|right|center|centre|middle)"
PLACE_PATTERNS = (
    rf"(?:\b(?:in|at|to|on|into|near)\b )?(?:the )?\b{_ROW}(?:[ -]{_SIDE})?\b(?: hand)?"
    r"(?: (?:corner|side|edge|part|third))?(?: of (?:the )?(?:screen|frame|picture|video|image))?",
    r"(?:\b(?:in|at|to|on|into)\b )(?:the )?(?P<row>\b)?(?P<side>left|right)\b(?: hand)?"
    r"(?: (?:side|edge|corner))?",
)

QUOTE_RULES: tuple[Rule, ...] = (rule(r"<q\d+>", _quote),)

TEXT_RULES: tuple[Rule, ...] = (
    rule(
        r"\b(?:remove|delete|without|no|drop|hide|lose|get rid of|take (?:away|out|off))\b(?: all)?(?: the)?"
        r"(?: (?:first|second|third|last))?"
        r"(?: (?:titles?|texts?|lowerthird|subtitle|heading|headline|it))?\b",
        _remove_text,
        about=("text",),
    ),
    rule(
        rf"\b(?P<color>{COLOR_PATTERN})? ?"
        r"\b(?:outlines?|outlined|strokes?|border|background|backdrop|plate|box)\b",
        _decoration,
        about=("text",),
    ),
    rule(r"\b(?:drop )?shadows?\b", _shadow, about=("text",)),
    rule(rf"(?:\b(?:in|to|colou?r(?:ed)?(?: to)?|is) )?(?P<color>{COLOR_PATTERN})", _color, about=("text",)),
    rule(r"\b(?:font )?size (?:of |to )?(?:<x)?(\d+(?:\.\d+)?)>?", _size_px, about=("text",)),
    rule(r"<x([\d.]+)>(?: (?:high|tall|font|text))?", _size_px, about=("text",)),
    rule(rf"\b({'|'.join(_SIZES)})\b", _size, about=("text",)),
    rule(r"\b(?:much |a bit |a little |slightly )?(bigger|larger|smaller)\b", _resize),
    rule(
        r"\b(?:in )?(?:bold|italics?|upper-?case|(?:all )?caps|capitals|capital letters)\b",
        _face,
        about=("text",),
    ),
    rule(PLACE_PATTERNS[0], _place, about=("text",)),
    rule(PLACE_PATTERNS[1], _place, about=("text",)),
    rule(rf"(?:\bfrom )?{RANGE}", _range, about=("text",)),
    rule(
        rf"\b(?:for|in|during|over)(?: only)? (?:the )?(?:first |last |final )?{TIME}(?! in\b)(?: long)?",
        _length,
        about=("text",),
    ),
    rule(rf"\b(?:lasting|last|lasts) {TIME}", _length, about=("text",)),
    rule(
        rf"\b(?:starting |beginning |appearing |appears |shown )?(?:at|from|after) {TIME}",
        _start,
        about=("text",),
    ),
    rule(rf"\b(?:until|till|ending at|disappears? (?:at|after)) {TIME}", _end, about=("text",)),
    rule(
        r"\b(?:at|in|near) the (?:very )?(start|beginning|end)\b(?: of the (?:video|clip|film|movie))?", _edge
    ),
    rule(
        r"\b(?:throughout|(?:for )?the (?:whole|entire|full) (?:time|video|clip|film|length)|all the time)\b",
        _throughout,
        about=("text",),
    ),
    rule(r"\bfad(?:e|ing)\b(?! (?:in|out|to|from))", _fade_length, about=("text",)),
)
