"""What the request says of what is heard."""

from __future__ import annotations

import re

from agent.critic.named import FILE, NEITHER, NamedRequest
from agent.domain import AssetKind, StatedLevel

_LEVEL = re.compile(
    rf"{FILE}(?={NEITHER}{{0,25}}?(?:{FILE}{NEITHER}{{0,10}}?)?\b(?:at|to|with)\s(?:about\s)?(\d{{1,3}})\s?%"
    r"(?!\s(?:opacity|size|scale|speed|transparen|width|height|of the (?:width|height|frame))))",
    re.IGNORECASE,
)
_MUTE = re.compile(r"(?<!un)(?<!not )(?<!n't )\bmuted?\b", re.IGNORECASE)
_QUIET = re.compile(
    r"\bmut(?:e|ed|ing)\b|\bsilen(?:t|ce|tly)\b|\b(?:without|no|remove|drop|strip)\b[^,.;]{0,20}"
    r"\b(?:sound|audio|music|voice|noise)\b|\bsound off\b",
    re.IGNORECASE,
)
_PASSING = re.compile(
    rf"{FILE}{NEITHER}{{0,30}}?"
    r"\b(?:until|from \d|for (?:the )?(?:first )?\d|for a moment|only|once|intro|outro)\b",
    re.IGNORECASE,
)
_ACCOMPANIES = re.compile(r"\bmusic|\bsong|\bsoundtrack|\bunder|\bbackground", re.IGNORECASE)


def stated_levels(request: NamedRequest) -> tuple[StatedLevel, ...]:
    """Percentages for music and voices; one of footage may be a size."""
    found = ((request.files[int(match[1])], int(match[3]) / 100) for match in _LEVEL.finditer(request.text))
    return tuple(StatedLevel(asset.name, volume) for asset, volume in found if asset.kind is AssetKind.AUDIO)


def stated_music(request: NamedRequest) -> tuple[str, ...]:
    """Music that goes along with the video, where the request does not say that it ends before."""
    passing = {int(match[1]) for match in _PASSING.finditer(request.text)}
    return tuple(
        dict.fromkeys(
            asset.name
            for asset, _ in request.mentioned()
            if asset.kind is AssetKind.AUDIO
            and request.files.index(asset) not in passing
            and (_ACCOMPANIES.search(asset.name) or _ACCOMPANIES.search(request.bare))
        )
    )


def states_muted(request: NamedRequest) -> bool:
    """Whether the only footage is to be heard no more."""
    footage = {asset.name for asset, _ in request.mentioned() if asset.kind is AssetKind.VIDEO}
    return len(footage) <= 1 and _MUTE.search(request.bare) is not None


def speaks_of_silence(request: NamedRequest) -> bool:
    """Whether there may be nothing to hear."""
    return _QUIET.search(request.bare) is not None
