"""Core's declarations as the page build extracted them, and how they inherit from one another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from docs_index.corpus import Declaration, DeclarationKind, Member, MemberKind
from docs_index.corrections import corrected
from docs_index.errors import CorpusUnreadable


@dataclass(frozen=True)
class CoreApi:
    """What `core-api.json` holds; `types_sha256` is of the declaration files that it was made from."""

    core_version: str
    types_sha256: str
    declarations: tuple[Declaration, ...]


class _Message(BaseModel):
    """As `operator_ui/plugins/corpus/api.ts` has it."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class _ApiMember(_Message):
    name: str
    kind: MemberKind
    signature: str
    comment: str


class _ApiDeclaration(_Message):
    name: str
    kind: DeclarationKind
    heading: str
    comment: str
    members: tuple[_ApiMember, ...]
    extends: tuple[str, ...]
    file: str
    package: Literal["core", "mediabunny"]
    importable: bool


class _ApiFile(_Message):
    core_version: str
    mediabunny_version: str
    declarations_sha256: str
    declarations: tuple[_ApiDeclaration, ...]


def read_api(path: Path) -> CoreApi:
    """The extracted declarations, with core's wrong comments corrected."""
    try:
        api = _ApiFile.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as exc:
        raise CorpusUnreadable(
            f"Expected core's declarations in {path}: {_reason(exc)}.",
            hint="They are written when the operator page is built: run `make setup`.",
        ) from exc
    declarations = tuple(corrected(_declaration(found, api)) for found in api.declarations)
    return CoreApi(api.core_version, api.declarations_sha256, declarations)


def _declaration(found: _ApiDeclaration, api: _ApiFile) -> Declaration:
    version = api.core_version if found.package == "core" else api.mediabunny_version
    return Declaration(
        name=found.name,
        kind=found.kind,
        heading=found.heading,
        comment=found.comment,
        members=tuple(Member(m.name, m.kind, m.signature, m.comment) for m in found.members),
        extends=found.extends,
        source=f"{found.package} {version} {found.file}#{found.name}",
        importable=found.importable,
    )


def _reason(error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return str(error.strerror)
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")


class Family:
    """Looks declarations up by name, and along what they extend."""

    def __init__(self, declarations: tuple[Declaration, ...]) -> None:
        self.declarations = declarations
        # Core has private types that are called like public ones; the public ones come first.
        self._by_name: dict[str, Declaration] = {}
        for declaration in declarations:
            self._by_name.setdefault(declaration.name, declaration)

    def get(self, name: str) -> Declaration | None:
        """The declaration of that name, if there is one."""
        return self._by_name.get(name)

    def find(self, name: str) -> Declaration | None:
        """The same without regard to case, where no name is exactly that."""
        lowered = {known.lower(): declaration for known, declaration in self._by_name.items()}
        return self.get(name) or lowered.get(name.lower())

    def named_in(self, code: str) -> tuple[str, ...]:
        """The declarations that `code` speaks of, in its order."""
        return tuple(dict.fromkeys(word for word in re.findall(r"\w+", code) if word in self._by_name))

    def quoted_in(self, text: str) -> tuple[str, ...]:
        """The symbols that `text` has between backticks: `EncoderConfig`, `EncoderConfig.range`."""
        quoted = dict.fromkeys(re.findall(r"`(?:core\.)?([A-Z]\w+(?:\.\w+)?)", text))
        return tuple(name for name in quoted if self._has(*name.partition(".")[::2]))

    def _has(self, owner: str, member: str) -> bool:
        declaration = self.get(owner)
        return declaration is not None and member in ("", *(known.name for known in declaration.members))

    def lineage(self, name: str) -> tuple[Declaration, ...]:
        """The declaration and its ancestors; none for an unknown name."""
        declaration = self.get(name)
        return (declaration, *self.ancestors(declaration)) if declaration else ()

    def ancestors(self, declaration: Declaration) -> Iterator[Declaration]:
        """What it takes more members from, nearest first, each once."""
        waiting, seen = list(declaration.extends), {declaration.name}
        while waiting:
            name = waiting.pop(0)
            base = self.get(name)
            if base is not None and name not in seen:
                seen.add(name)
                yield base
                waiting.extend(base.extends)

    def heirs(self, declaration: Declaration) -> tuple[str, ...]:
        """Names of those that have its members too."""
        return tuple(self._heirs[declaration.name]) if self.get(declaration.name) is declaration else ()

    @cached_property
    def _heirs(self) -> defaultdict[str, list[str]]:
        heirs = defaultdict[str, list[str]](list)
        for heir in self._by_name.values():
            for base in self.ancestors(heir):
                heirs[base.name].append(heir.name)
        return heirs
