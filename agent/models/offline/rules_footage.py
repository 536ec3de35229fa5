"""Rules for the footage in time: trimming, order and slideshows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from agent.domain import AssetKind
from agent.models.offline.edit import Cut
from agent.models.offline.reading import Apply, NotUnderstoodError, Reading, Rule, rule
from agent.models.offline.words import RANGE, TIME

_KEEP = r"\b(?:keep|use|take|extract|show|only|just|want|need|play)\b"
_TRIM = r"\b(?:trim|cut|shorten|reduce|limit|crop|clip)\b"
_REMOVE = r"\b(?:cut|remove|delete|drop|trim|lose|skip|chop|discard)\b"
_GAP = r"[^<]*?"
_LENGTH_GAP = r"(?:(?!\b(?:before|after|off|from|out|middle|of|by|start|end|beginning)\b)[^<])*?"
_ABOUT = r"(?:exactly |only |just |about )?"
_LONG = r"(?: long\b| in length\b| total\b)?"
_SHORTEN = re.compile(_TRIM)
_EDGE = r"(first|opening|beginning|start|last|final|closing|end)"
_FROM_END = ("last", "final", "closing", "end")


def _cut(cut_of: Callable[[re.Match[str]], Cut]) -> Apply:
    """A rule's effect: the cut its words mean, unless the clause is about something over the footage."""

    def apply(reading: Reading, match: re.Match[str]) -> bool | None:
        if reading.noun_in_clause and reading.subject in ("text", "logo", "music", "captions", "transition"):
            return False
        _add_cut(reading, replace(cut_of(match), target=reading.target))
        return None

    return apply


def _add_cut(reading: Reading, cut: Cut) -> None:
    """A later `keep` starts from the whole footage again; a `remove` takes away more."""
    reading.subject = "footage"
    known = reading.edit.cuts
    if cut.action == "keep":
        known = tuple(other for other in known if other.target != cut.target)
    reading.change(cuts=(*known, cut))


def _edge(action: Literal["keep", "remove"], edge: str, length_s: float) -> Cut:
    if edge in _FROM_END:
        return Cut(action, length_s, 0.0, from_end=True)
    return Cut(action, 0.0, length_s)


def _ambiguous_cut(reading: Reading, match: re.Match[str]) -> None:
    raise NotUnderstoodError(
        f"“{reading.tokens.readable(match[0])}” may mean two things: say “keep …”, “trim to …” or “cut out …”"
    )


def _no_range(reading: Reading, match: re.Match[str]) -> bool:
    of_lengths = reading.fade_ways or _SHORTEN.search(match.string)
    if match["to"] and of_lengths:
        return False
    raise NotUnderstoodError(
        f"“{reading.tokens.readable(match[0])}” holds nothing: expected an end after {match[1]} s, "
        f"found {match[3]} s"
    )


_keep_edge = _cut(lambda match: _edge("keep", match[1], float(match[2])))
_remove_edge = _cut(lambda match: _edge("remove", match[1], float(match[2])))
_remove_from_edge = _cut(lambda match: _edge("remove", match[2], float(match[1])))
_keep_range = _cut(lambda match: Cut("keep", float(match[1]), float(match[2])))
_remove_range = _cut(lambda match: Cut("remove", float(match[1]), float(match[2])))
_keep_length = _cut(lambda match: Cut("keep", 0.0, float(match[1])))
_start_at = _cut(lambda match: Cut("remove", 0.0, float(match[1])))
_from_here = _cut(lambda match: Cut("remove", 0.0, float(match[1] or match[2])))
_until_here = _cut(lambda match: Cut("keep", 0.0, float(match[1] or match[2])))


def _target_file(reading: Reading, match: re.Match[str]) -> bool | None:
    """`trim a.mp4 to …`, `the first 2 s of a.mp4`: one file beside a time is the one that is cut."""
    file = reading.files(match[0])[0]
    if file.kind is not AssetKind.VIDEO or "<t" not in match.string:
        return False
    in_a_list = "+" in (match.string[match.end() : match.end() + 1], match.string[: match.start()][-1:])
    after_of = match.string[: match.start()].endswith("of ")
    if after_of or not in_a_list:
        reading.target = reading.target or file.name
    return False if in_a_list else None


def _order(reading: Reading, match: re.Match[str]) -> bool | None:
    files = reading.files(match[0])
    if reading.subject == "logo" or any(
        file.kind not in (AssetKind.VIDEO, AssetKind.IMAGE) for file in files
    ):
        return False
    names = tuple(file.name for file in files)
    if len(names) == 1 and names[0] in reading.edit.order:
        return None
    known = tuple(name for name in reading.edit.order if name not in names)
    reading.change(order=(*known, *names))
    return None


def _reverse_order(reading: Reading, match: re.Match[str]) -> None:
    reading.change(reversed=not reading.edit.reversed)


def _slides(reading: Reading, match: re.Match[str]) -> None:
    reading.change(slide_s=float(next(length for length in match.groups() if length)))


def _nothing(reading: Reading, match: re.Match[str]) -> None:
    """The words say what happens anyway."""


_SLIDE = r"\b(?:each|every|per) (?:image|picture|photo|slide)\b"

RANGE_RULES: tuple[Rule, ...] = (
    # Times that rise are one token by now.
    rule(rf"{TIME} ?(?:[-–—]|(?P<to>\b(?:to|until|till|through)\b)) ?{TIME}", _no_range),
)

FOOTAGE_RULES: tuple[Rule, ...] = (
    rule(rf"{_SLIDE}[^<]*{TIME}|\beach(?: one)?(?: for)? {TIME}", _slides),
    rule(rf"{TIME} (?:for )?(?:{_SLIDE}|(?:an|a) (?:image|picture|photo|slide)\b|each\b|apiece\b)", _slides),
    rule(r"\bslideshow\b", _nothing),
    rule(r"<f\d+>", _target_file),
    rule(r"<f\d+>(?:\+<f\d+>)*", _order),
    rule(r"\b(?:join|concatenate|concat|combine|merge|stitch|append|string|glue)(?:ed|ing|s)?\b", _nothing),
    rule(
        r"\bone after (?:the )?(?:other|another)\b|\bin (?:this |that |the given )?(?:order|sequence)\b",
        _nothing,
    ),
    rule(r"\bback to back\b|\bfollowed by\b", _nothing),
    rule(r"\b(?:in )?reversed?(?: the)?(?: order)?\b", _reverse_order),
    rule(rf"{_KEEP}{_GAP}\b{_EDGE} {TIME}", _keep_edge),
    rule(rf"{_TRIM}{_GAP}\bto (?:only |just )?(?:the )?{_EDGE} {TIME}", _keep_edge),
    rule(rf"{_REMOVE}{_GAP}\b{_EDGE} {TIME}(?: off| out| away)?", _remove_edge),
    rule(rf"{_REMOVE}{_GAP}{TIME} (?:off|from|at|of)? ?(?:the )?{_EDGE}\b", _remove_from_edge),
    rule(rf"^(?:the )?{_EDGE} {TIME}", _keep_edge),
    rule(
        rf"\b(?:cut out|cut away|remove|delete|drop|skip|lose|discard|chop out){_GAP}{RANGE}", _remove_range
    ),
    rule(rf"(?:{_KEEP}|\b(?:trim|shorten|reduce|limit)\b){_GAP}{RANGE}", _keep_range),
    rule(rf"\b(?:cut|clip)\b{_GAP}{RANGE}", _ambiguous_cut),
    rule(rf"^{RANGE}", _keep_range),
    rule(rf"\b(?:start|begin)(?:ing|s)? (?:at|from|after) {TIME}", _start_at),
    rule(rf"{_REMOVE}{_GAP}\bbefore {TIME}|{_KEEP}{_GAP}\b(?:after|from) {TIME}(?: on)?", _from_here),
    rule(rf"{_REMOVE}{_GAP}\bafter {TIME}|{_KEEP}{_GAP}\b(?:before|until|up to) {TIME}", _until_here),
    rule(rf"{_TRIM}{_LENGTH_GAP}\b(?:down )?to {_ABOUT}{TIME}{_LONG}", _keep_length),
    rule(
        rf"(?:{_KEEP}|\b(?:make|be|last|lasting|long)\b){_LENGTH_GAP}(?:\b(?:to|at|be|is|for|last)\b )?"
        rf"{_ABOUT}{TIME}{_LONG}",
        _keep_length,
    ),
    rule(rf"(?:{_REMOVE}|{_TRIM}){_GAP}{TIME}", _ambiguous_cut),
)
