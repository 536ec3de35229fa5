"""What the rules of the grammar read into: the edit so far, and what the words now refer to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.domain import AssetKind
from agent.models.offline.edit import Edit, Text
from agent.models.offline.task import AssetFacts
from agent.models.offline.words import Tokens

Subject = Literal[
    "footage", "picture", "sound", "everything", "text", "logo", "music", "transition", "captions"
]


class NotUnderstoodError(Exception):
    """A clause of the prompt has no rule, or asks for what cannot be done; the message says which and why."""


class NothingUnderstoodError(NotUnderstoodError):
    """No rule reads any of the prompt: who wrote it does not know what there is."""


@dataclass
class Reading:
    """The state of reading one prompt: `subject` is what `it` and a bare attribute refer to."""

    edit: Edit
    assets: Sequence[AssetFacts]
    tokens: Tokens
    subject: Subject = "footage"
    noun_in_clause: bool = False
    target: str | None = None
    text_index: int = -1
    read_any: bool = False
    text_in_prompt: bool = False
    quotes_in_clause: int = 0
    fade_ways: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        """The text that is spoken of; raises `NotUnderstoodError` if there is none."""
        if not self.edit.texts:
            raise NotUnderstoodError("there is no title yet; put its words in quotes, as in: title 'Hello'")
        return self.edit.texts[self.text_index]

    def change(self, **fields: object) -> None:
        """Replaces fields of the edit."""
        self.edit = replace(self.edit, **fields)  # type: ignore[arg-type]  # names are Edit's own

    def change_text(self, **fields: object) -> None:
        """Replaces fields of the text that is spoken of."""
        changed = replace(self.text, **fields)  # type: ignore[arg-type]  # names are Text's own
        texts = list(self.edit.texts)
        texts[self.text_index] = changed
        self.change(texts=tuple(texts))

    def add_text(self, text: Text) -> None:
        """Adds a text and speaks of it from now on."""
        self.change(texts=(*self.edit.texts, text))
        self.text_index = len(self.edit.texts) - 1
        self.text_in_prompt = True
        self.subject = "text"

    def files(self, token: str) -> list[AssetFacts]:
        """The assets that `<f0>+<f1>` names."""
        names = [self.tokens.files[int(index)] for index in re.findall(r"<f(\d+)>", token)]
        return [asset for name in names for asset in self.assets if asset.name == name]

    def clips(self) -> list[AssetFacts]:
        """Footage in the order it was given: videos and images."""
        return [asset for asset in self.assets if asset.kind in (AssetKind.VIDEO, AssetKind.IMAGE)]

    def quote(self, token: str) -> str:
        """The quoted words that `<q0>` stands for."""
        return self.tokens.quotes[int(re.findall(r"<q(\d+)>", token)[0])]


Apply = Callable[[Reading, re.Match[str]], bool | None]


@dataclass(frozen=True)
class Rule:
    """Words that mean something while one of the subjects in `about` is spoken of (always, if it is empty).

    `apply` changes the edit; it returns False to leave the words unread.
    """

    pattern: re.Pattern[str]
    apply: Apply
    about: tuple[Subject, ...] = ()

    def read(self, reading: Reading, match: re.Match[str]) -> bool:
        """Applies the rule; False if the words are not for it."""
        if self.about and reading.subject not in self.about:
            return False
        return self.apply(reading, match) is not False


def rule(pattern: str, apply: Apply, about: tuple[Subject, ...] = ()) -> Rule:
    """A rule for `pattern`, which is matched anywhere in a clause."""
    return Rule(re.compile(pattern), apply, about)
