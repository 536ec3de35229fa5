"""How long the request says the result is to be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.domain import Asset, AssetKind

_SECONDS = r"(?:seconds?|secs?|s)\b"
_MINUTES = r"(?:minutes?|mins?)\b"
_LENGTH = (
    rf"(?:(?P<minutes>\d+(?:\.\d+)?)[\s-]*{_MINUTES}(?:\s*(?:and\s*)?(?P<rest>\d+(?:\.\d+)?)\s*{_SECONDS})?"
    rf"|(?P<seconds>\d+(?:\.\d+)?)[\s-]*{_SECONDS})"
)
_WHOLE = (
    r"(?:it|this|that|everything"
    r"|the (?:whole |entire |final |finished )?(?:video|film|movie|edit|footage|clip|result))"
)
_SPOKEN = r"(?:exactly |just |only |a total of )?"
_KINDS = r"(?:video|film|movie|reel|trailer|teaser|ad|clip|short|story)"
_MAKING = (
    r"(?:make|create|produce|build|cut|edit|want|need|turn|into|as)"
    r"(?: (?:me|us|this|it|them|everything|into))*"
)

_TRIMS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:trim|cut|shorten|reduce)(?: {_WHOLE})?(?: down)? to (?:the first )?{_SPOKEN}{_LENGTH}",
        rf"\bkeep (?:only )?the first {_LENGTH}",
    )
]
_TOTALS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bmake {_WHOLE} {_SPOKEN}{_LENGTH}(?! (?:longer|shorter|later|earlier|each|of\b))",
        rf"\b(?:total|overall) (?:length|duration|running time) (?:of |is |should be |must be )?{_LENGTH}",
        rf"\b{_MAKING} (?:a|an|one) {_LENGTH}(?:[\s-]long)? (?:[\w:]+ ){{0,3}}{_KINDS}\b",
        rf"{_LENGTH} (?:in total|altogether|overall)\b",
    )
]
_ADDS_TIME = re.compile(
    r"\b(?:intro|outro|opener|end ?card|title card|credits|append|prepend|join|concat\w*|followed by|then"
    r"|loop|slow|speed|faster|freeze|hold|each|every|both|per|(?:first|second|third|last) clip"
    r"|add .{0,30}\bseconds?)\b",
    re.IGNORECASE,
)
"""With these a trimmed clip is not yet the whole."""


def stated_length_s(text: str, assets: Sequence[Asset]) -> float | None:
    """Seconds that *text* gives for the whole, if it gives exactly one figure and there is footage enough."""
    totals = {_seconds(match) for pattern in _TOTALS for match in pattern.finditer(text)}
    trims = {_seconds(match) for pattern in _TRIMS for match in pattern.finditer(text)}
    if _ADDS_TIME.search(text) or any(wanted > _footage_s(assets) for wanted in trims):
        trims = set()
    stated = totals or trims
    return stated.pop() if len(stated) == 1 else None


def _seconds(match: re.Match[str]) -> float:
    if match["seconds"]:
        return float(match["seconds"])
    return float(match["minutes"]) * 60 + float(match["rest"] or 0)


def _footage_s(assets: Sequence[Asset]) -> float:
    lengths = [asset.media.duration_s for asset in assets if asset.kind is AssetKind.VIDEO and asset.media]
    return sum(lengths) if lengths else float("inf")
