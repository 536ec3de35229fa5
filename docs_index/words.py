"""Words as the index compares them: camelCase taken apart, endings taken off."""

from __future__ import annotations

import re

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "ly", "er")
_SHORTEST_STEM = 3
_IGNORED = frozenset(
    """
    a an and are as at be by can do for from how i in into is it its make me my of on or so that the
    their them then this to use want what when where which with you
    """.split()  # noqa: SIM905  a block of words reads better than a list
)


def index_words(text: str) -> list[str]:
    """The words of `text`: `fadeInDurationSeconds` counts as itself and as its parts."""
    words: list[str] = []
    for name in re.findall(r"[A-Za-z][A-Za-z0-9]*|\d+:\d+|\d+", text):
        parts = _CAMEL.split(name)
        if len(parts) > 1:
            words.append(name.lower())
        words.extend(_stem(part.lower()) for part in parts)
    return [word for word in words if word not in _IGNORED]


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            stem = word.removesuffix(ending)
            return stem + "y" if ending in ("ies", "ied") else _undoubled(stem)
    return word.removesuffix("e") if len(word) > _SHORTEST_STEM else word


def _undoubled(stem: str) -> str:
    """`trimm` is `trim`; `fad` and `fade` meet without their e."""
    if len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2] and stem[-1] not in "aeiouls":
        stem = stem[:-1]
    return stem.removesuffix("e") if len(stem) > _SHORTEST_STEM else stem
