"""Where the request wants files, texts and captions to be, and when its texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.critic.named import FILE, NEITHER, SPAN, WORDS, NamedRequest, has_unit, seconds
from agent.domain import AssetKind, Spot, StatedPlace, StatedSpan

_SPOTS = {
    "top": Spot.TOP,
    "upper": Spot.TOP,
    "bottom": Spot.BOTTOM,
    "lower": Spot.BOTTOM,
    "left": Spot.LEFT,
    "right": Spot.RIGHT,
    "centre": Spot.CENTRE,
    "center": Spot.CENTRE,
    "middle": Spot.CENTRE,
}
_HIGH = r"(?:top|upper|bottom|lower)"
_WIDE = r"(?:left|right|cent(?:re|er)|middle)"
_PLACE = rf"(?:{_HIGH}(?:[\s-]{_WIDE})?|{_WIDE})\b"
_OTHER = r"(?!\b(?:title|text|captions?|subtitles?|logo|music|heading|plate|bar|box|and)\b)"
_UP_TO = rf"(?:{_OTHER}{NEITHER}){{0,45}}?"
_AT = r"\b(?:in|at|on|into|to|near)\s(?:the\s)?(?:very\s)?"
_FILE_PLACED = re.compile(rf"{FILE}(?:{_UP_TO}{_AT}|,?\s(?:is\s)?)({_PLACE})", re.IGNORECASE)
_TEXT_PLACED = re.compile(rf"{WORDS}{_UP_TO}{_AT}({_PLACE})", re.IGNORECASE)
_LOWER_THIRD = re.compile(
    rf"\blower[\s-]third\b\s?(?:with |saying |says |for |of |:)?\s?{WORDS}", re.IGNORECASE
)
_CAPTIONS_PLACED = re.compile(
    rf"\b(?:captions?|subtitles?)\b(?:{_OTHER}{NEITHER}){{0,15}}?(?:{FILE})?(?:{_OTHER}{NEITHER}){{0,40}}?{_AT}({_PLACE})",
    re.IGNORECASE,
)
_LAID_OVER_IT = re.compile(
    r"\b(?:captions?|subtitles?|title|text|words|logo|music)\b[^,.;]{0,15}\b(?:to|on|onto|over|for|of|in)\s$",
    re.IGNORECASE,
)
_AND_BEFORE = re.compile(rf"{WORDS}{NEITHER}{{0,12}}?\band\b{NEITHER}{{0,30}}$")
_TEXT_TIMED = re.compile(rf"{WORDS}{NEITHER}{{0,60}}?\b(?:from|between)\s({SPAN})")


def stated_places(request: NamedRequest) -> tuple[StatedPlace, ...]:
    """Places of pictures, quoted words and captions; none where two are named for one thing."""
    found: dict[str, frozenset[Spot]] = {}
    for subject, spots in _places(request):
        found[subject] = spots if found.get(subject, spots) == spots else frozenset()
    return tuple(StatedPlace(subject, spots) for subject, spots in found.items() if spots)


def stated_spans(request: NamedRequest) -> tuple[StatedSpan, ...]:
    """When quoted words are to be there; of two that are joined by `and`, both."""
    return tuple(
        StatedSpan(request.words[number], seconds(match[3]), seconds(match[4]))
        for match in _TEXT_TIMED.finditer(request.text)
        if has_unit(match[2])
        for number in _joined(int(match[1]), request.text[: match.start()])
    )


def _joined(number: int, before: str) -> tuple[int, ...]:
    return (number - 1, number) if number > 0 and _AND_BEFORE.search(before) else (number,)


def _places(request: NamedRequest) -> Iterator[tuple[str, frozenset[Spot]]]:
    for match in _FILE_PLACED.finditer(request.text):
        asset = request.files[int(match[1])]
        laid_over = _LAID_OVER_IT.search(request.text[: match.start()])
        if asset.kind in (AssetKind.VIDEO, AssetKind.IMAGE) and not laid_over:
            yield asset.name, _spots(match[2])
    for match in _TEXT_PLACED.finditer(request.text):
        yield request.words[int(match[1])], _spots(match[2])
    for match in _LOWER_THIRD.finditer(request.text):
        yield request.words[int(match[1])], frozenset({Spot.BOTTOM})
    for match in _CAPTIONS_PLACED.finditer(request.text):
        yield "", _spots(match[2])


def _spots(place: str) -> frozenset[Spot]:
    spots = frozenset(_SPOTS[word] for word in re.findall(r"[a-z]+", place.lower()))
    # `top centre` is high, and in the middle from left to right only.
    return spots - {Spot.CENTRE} if spots & {Spot.TOP, Spot.BOTTOM} else spots
