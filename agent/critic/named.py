"""A request with its files and quoted words as single marks, so that patterns tell what stands by what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from agent.critic.stated_texts import QUOTED
from agent.domain import Asset, AssetKind

FILE = r"\ue000(\d+)\ue001"
"""The mark of a file."""
WORDS = r"\ue002(\d+)\ue003"
"""The mark of quoted words."""
NEITHER = r"[^\ue000\ue002.;!?\n]"
"""A character of the same sentence that begins no other mark; a full stop within a figure is one too."""
_POINT = "\ue004"
_NOUNS = {
    AssetKind.IMAGE: re.compile(r"\b(?:the |a |my |our |this )?(?:logo|watermark)\b(?!\.)", re.IGNORECASE),
    AssetKind.AUDIO: re.compile(
        r"\b(?:the |my |our |this )?(?:background )?(?:music|song|soundtrack)\b(?!\.)"
        r"(?= (?:at|to|under|on)\b)",
        re.IGNORECASE,
    ),
}
_NOT_MEANT = re.compile(
    r"\b(?:remove|delete|drop|without|not|no|don't|instead of|replace|swap|ignore|exclude|leave out|except)\b"
    rf"{NEITHER}{{0,25}}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class NamedRequest:
    """The request, its files by the number in their mark, and its quoted words by theirs."""

    text: str
    files: tuple[Asset, ...]
    words: tuple[str, ...]

    @property
    def bare(self) -> str:
        """The text without its marks: what is said, but not of what."""
        return re.sub(r"[\ue000\ue002]\d+[\ue001\ue003]", " ", self.text).replace(_POINT, ".")

    def mentioned(self) -> list[tuple[Asset, int]]:
        """Files that are not to go away, in order, with their places in the text."""
        return [
            (self.files[int(match[1])], match.start())
            for match in re.finditer(FILE, self.text)
            if not _NOT_MEANT.search(self.text[: match.start()])
        ]


def named_request(prompt: str, assets: Sequence[Asset]) -> NamedRequest:
    """*prompt* with marks: names of files first, the longest before its parts, then quoted words."""
    text = prompt
    for number, asset in sorted(enumerate(assets), key=lambda found: -len(found[1].name)):
        text = re.sub(rf"(?<![\w.-]){re.escape(asset.name)}(?![\w-])", f"\ue000{number}\ue001", text)
    words: list[str] = []

    def marked(match: re.Match[str]) -> str:
        content = next(group for group in match.groups() if group).strip()
        if re.fullmatch(FILE, content):
            return content
        words.append(content)
        return f"\ue002{len(words) - 1}\ue003"

    text = QUOTED.sub(marked, text)
    text = re.sub(r"(?<=\d)\.(?=\d)", _POINT, text)
    return NamedRequest(_nouns_marked(text, assets), tuple(assets), tuple(words))


def seconds(figure: str) -> float:
    """Of `1:23`, `12.5` or `4 s`."""
    figure = figure.replace(_POINT, ".")
    minutes, colon, rest = figure.partition(":")
    found = re.search(r"[\d.]+", rest if colon else figure)
    value = float(found.group()) if found else 0.0
    return int(minutes) * 60 + value if colon else value


TIME = rf"\d+(?::\d\d)?(?:{_POINT}\d+)?(?:\s?(?:seconds?|secs?|s)\b)?"
SPAN = rf"({TIME})\s?(?:to|until|till|-|–|—|and)\s?({TIME})"


def has_unit(span: str) -> bool:
    """Whether figures are times beyond doubt: with a unit or a colon."""
    return re.search(r"\d\s?s|:", span) is not None


def _nouns_marked(text: str, assets: Sequence[Asset]) -> str:
    """`the logo` is the only picture that can be meant by it, `the music` the only sound."""
    for kind, noun in _NOUNS.items():
        of_kind = [number for number, asset in enumerate(assets) if asset.kind is kind]
        named = [number for number in of_kind if re.search("logo|mark|music|song", _stem(assets[number]))]
        meant = of_kind if kind is AssetKind.AUDIO and len(of_kind) == 1 else named
        if len(meant) == 1:
            text = noun.sub(f"\ue000{meant[0]}\ue001", text)
    return text


def _stem(asset: Asset) -> str:
    return PurePath(asset.name).stem.casefold()
