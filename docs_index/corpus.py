"""What is searched: our recipes, core's declarations as they are installed, and the agents' guide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChunkKind = Literal["recipe", "class", "properties", "methods", "options", "type", "function", "guide"]
DeclarationKind = Literal["class", "mixin", "interface", "type", "function", "const"]
MemberKind = Literal["constructor", "property", "method", "alternative"]


@dataclass(frozen=True)
class Chunk:
    """A piece of the corpus that stands for itself.

    `members` may be dropped whole to fit a budget; `summary` is a recipe's line of synonyms, or what is said
    of a declaration. `symbols` are qualified (`TextClip.align`), those that a class inherits included. A name
    that is not `importable` cannot be written in a program; the fields of its type can, in an object literal.
    """

    id: str
    kind: ChunkKind
    title: str
    summary: str
    members: tuple[str, ...]
    symbols: tuple[str, ...]
    source: str
    importable: bool

    @property
    def text(self) -> str:
        """The chunk as it is shown and searched."""
        return "\n".join(part for part in (self.title, self.summary, *self.members) if part)


@dataclass(frozen=True)
class Member:
    """A property, method, constructor, or alternative of a union."""

    name: str
    kind: MemberKind
    signature: str
    comment: str

    @property
    def text(self) -> str:
        """The signature, and what is said of it on the same line."""
        return f"{self.signature}  // {self.comment}" if self.comment else self.signature


@dataclass(frozen=True)
class Declaration:
    """A class, interface, type, function or constant of core, with its own public members.

    `extends` names the declarations that it takes more members from, nearest first.
    """

    name: str
    kind: DeclarationKind
    heading: str
    comment: str
    members: tuple[Member, ...]
    extends: tuple[str, ...]
    source: str
    importable: bool


@dataclass(frozen=True)
class Corpus:
    """All chunks, and the declarations that they were cut from for exact look-ups."""

    chunks: tuple[Chunk, ...]
    declarations: tuple[Declaration, ...]
    core_version: str
