"""Words as the index compares them: camelCase taken apart, endings taken off, spelled one way."""

from __future__ import annotations

import re
from functools import lru_cache

import Stemmer

_NAME = re.compile(r"[^\W\d_]+[^\W_]*|\d+:\d+|\d+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_IGNORED = frozenset(
    """
    a an and are as at be by can do does for from how i in into is it its make me my of on or so that the
    their them then this to use want what when where which why with you
    """.split()  # noqa: SIM905  a block of words reads better than a list
)

_BRITISH = {
    "colour": "color",
    "centred": "centered",
    "centre": "center",
    "grey": "gray",
    "licence": "license",
}
_ISE = re.compile(r"(?<=\w{4}i)s(?=(?:e|ed|es|er|ing|ation)$)")


def index_words(text: str) -> list[str]:
    """The words of `text`: `fadeInDurationSeconds` counts as itself and as its parts."""
    stem = Stemmer.Stemmer("english").stemWord  # not to be shared between threads
    words: list[str] = []
    for name in _NAME.findall(text):
        parts = _CAMEL.split(name)
        if len(parts) > 1:
            words.append(name.lower())
        words.extend(stem(_american(part)) for part in map(str.lower, parts) if part not in _IGNORED)
    return words


@lru_cache(maxsize=10_000)
def _american(word: str) -> str:
    """Recipes are written in British English; core's names and most queries are not."""
    for british, american in _BRITISH.items():
        word = word.replace(british, american)
    return _ISE.sub("z", word)
