"""Which files the request wants to see and hear, from which second to which, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.critic.named import FILE, NEITHER, SPAN, TIME, NamedRequest, has_unit, seconds
from agent.domain import Asset, AssetKind, StatedRange

_SHOWN_KINDS = frozenset({AssetKind.VIDEO, AssetKind.IMAGE, AssetKind.AUDIO})
_IN_ORDER = re.compile(
    r"\bthen\b|\bfollowed by\b|\bin (?:this|that|the following|the given) order\b"
    r"|\bone after (?:the other|another)\b|\bback to back\b|\bafter that\b|\bjoin\b|\bconcatenat",
    re.IGNORECASE,
)
_NO_PLAIN_ORDER = re.compile(
    r"\bbefore\b|\bafter(?! that\b|wards|\s(?:the other|another))|\bbeside\b|\bon top\b|picture.in.picture"
    r"|\bleft\b|\bright\b|\bends? with\b|\breverse|\bshuffle|\brandom|\bsplit\b"
    r"|\bover (?:the|it|its)\b|\bb-?roll",
    re.IGNORECASE,
)
_TAKE = r"(?:take|use|keep|play|show|only|from|between|seconds?|the part|,|:|\(|\s)*"
_RANGES_AFTER = re.compile(rf"{FILE}\s?{_TAKE}({SPAN}(?:\s?(?:and|,|\+)\s?(?:from )?{SPAN})*)")
_RANGE_BEFORE = re.compile(rf"(?:from |seconds? |keep |use |take |only |^)*({SPAN}) (?:of|from|in) {FILE}")
_KEPT = re.compile(rf"\b(?:keep|use|take|cut)(?: only| just)?(?: from)? ({SPAN})(?!\s*%)", re.IGNORECASE)
_VERB = r"(?:keep|use|take|trim|show|play|then|with|only|just|and|by)"
_TRIM_VERB = rf"(?:^|[.,;]\s|\b{_VERB}\s(?:only\s|just\s)?(?:the\s)?)"
_FIRST_OF = re.compile(rf"{_TRIM_VERB}first ({TIME}) of {FILE}", re.IGNORECASE)
_TO_FIRST = re.compile(rf"\b(?:trim|cut|shorten) {FILE} (?:down )?to the first ({TIME})", re.IGNORECASE)
_FIRST_ALONE = re.compile(
    rf"(?:^|[,;.]\s)(?:only |just )?(?:the )?first ({TIME})\s*(?=[,;.]|$)", re.IGNORECASE
)
_THROUGHOUT = re.compile(
    rf"{FILE}(?=(?:{NEITHER}|{FILE}){{0,80}}?\b(?:throughout|the (?:whole|entire) (?:video|time|film|clip)))",
    re.IGNORECASE,
)


def stated_shown(request: NamedRequest) -> tuple[str, ...]:
    """Files that the request names and that can be seen or heard; captions and fonts are named for a use."""
    names = (asset.name for asset, _ in request.mentioned() if asset.kind in _SHOWN_KINDS)
    return tuple(dict.fromkeys(names))


def stated_order(request: NamedRequest) -> tuple[str, ...]:
    """Files one after the other, where the request says that they are; at least two."""
    if not _IN_ORDER.search(request.bare) or _NO_PLAIN_ORDER.search(request.bare):
        return ()
    pictures = [asset for asset, _ in request.mentioned() if asset.kind in (AssetKind.VIDEO, AssetKind.IMAGE)]
    names = [asset.name for asset in pictures if "logo" not in asset.name.casefold()]
    # A file that comes again is in two places.
    return tuple(names) if len(names) > 1 and len(set(names)) == len(names) else ()


def stated_throughout(request: NamedRequest) -> tuple[str, ...]:
    """Files that are to be there all the time."""
    found = (request.files[int(match[1])] for match in _THROUGHOUT.finditer(request.text))
    return tuple(asset.name for asset in found if asset.kind in (AssetKind.IMAGE, AssetKind.AUDIO))


def stated_ranges(request: NamedRequest) -> tuple[StatedRange, ...]:
    """From which second to which, for files of moving pictures; within what the file holds."""
    found = dict.fromkeys(_ranges(request))
    return tuple(stated for stated in found if stated.end_s > stated.start_s)


def _ranges(request: NamedRequest) -> Iterator[StatedRange]:
    for match in _RANGES_AFTER.finditer(request.text):
        yield from _spans(match[2], request.files[int(match[1])])
    for match in _RANGE_BEFORE.finditer(request.text):
        yield from _spans(match[1], request.files[int(match[4])])
    for match in _FIRST_OF.finditer(request.text):
        yield from _first(request.files[int(match[2])], match[1])
    for match in _TO_FIRST.finditer(request.text):
        yield from _first(request.files[int(match[1])], match[2])
    videos = [asset for asset in request.files if asset.kind is AssetKind.VIDEO]
    if len(videos) == 1:
        for match in _KEPT.finditer(request.text):
            yield from _spans(match[1], videos[0])
        for match in _FIRST_ALONE.finditer(request.text):
            yield from _first(videos[0], match[1])


def _spans(text: str, asset: Asset) -> Iterator[StatedRange]:
    if asset.kind is not AssetKind.VIDEO or not has_unit(text):
        return
    for match in re.finditer(SPAN, text):
        yield _within(asset, seconds(match[1]), seconds(match[2]))


def _first(asset: Asset, length: str) -> Iterator[StatedRange]:
    if asset.kind is AssetKind.VIDEO:
        yield _within(asset, 0.0, seconds(length))


def _within(asset: Asset, start_s: float, end_s: float) -> StatedRange:
    last_s = asset.media.duration_s if asset.media else end_s
    return StatedRange(asset.name, start_s, min(end_s, last_s))
