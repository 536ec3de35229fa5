"""Puts the corpus together from its sources: extracted declarations, recipes, and the agents' guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs_index.api import Family, read_api
from docs_index.chunk import api_chunks
from docs_index.corpus import Chunk, Corpus
from docs_index.errors import CorpusUnreadable
from docs_index.guide import Passage, passages
from docs_index.recipes import Recipe, read_recipes
from docs_index.usage import symbols_used, telling


def read_corpus(api_file: Path, recipes: Path, guide: Path) -> Corpus:
    """All chunks, recipes first; raises `CorpusUnreadable` for a source that is missing or malformed."""
    api = read_api(api_file)
    family = Family(api.declarations)
    chunks = (
        *_recipe_chunks(read_recipes(recipes), family),
        *_guide_chunks(passages(_text_of(guide)), family),
        *api_chunks(family),
    )
    return Corpus(chunks=chunks, declarations=api.declarations, core_version=api.core_version)


def _recipe_chunks(recipes: list[Recipe], family: Family) -> Iterator[Chunk]:
    used = {recipe.name: symbols_used(recipe.program, family) for recipe in recipes}
    texts = {recipe.name: f"{recipe.title} {recipe.words} {recipe.notes}" for recipe in recipes}
    symbols = telling(used, texts)
    for recipe in recipes:
        yield Chunk(
            id=f"recipe:{recipe.name}",
            kind="recipe",
            title=recipe.title,
            summary=recipe.words,
            members=tuple(part for part in (_fenced(recipe.program), recipe.notes) if part),
            symbols=tuple(dict.fromkeys([*symbols[recipe.name], *family.quoted_in(texts[recipe.name])])),
            source=f"recipe {recipe.name}",
            importable=True,
        )


def _guide_chunks(found: list[Passage], family: Family) -> Iterator[Chunk]:
    used = {_source(passage): symbols_used(passage.program, family) for passage in found if passage.program}
    shown = telling(used, {_source(passage): passage.text for passage in found})
    for passage in found:
        source = _source(passage)
        yield Chunk(
            id=source,
            kind="guide",
            title=passage.text if passage.program else passage.heading,
            summary="" if passage.program else passage.text,
            members=(_fenced(passage.program),) if passage.program else (),
            symbols=shown[source] if passage.program else _mentioned(passage.text, family),
            source=source,
            importable=True,
        )


def _mentioned(text: str, family: Family) -> tuple[str, ...]:
    """What stands in backticks and is a name of core's: a declaration, a property of a class, a call.

    `layer.add(clip)` calls a method of `Layer`: variables in the guide are named for their classes.
    """
    codes = re.findall(r"`([^`]+)`", text)
    names = {name for code in codes for name in re.findall(r"[A-Za-z]\w+", code)}
    called = {match.groups() for code in codes for match in re.finditer(r"(\w+)\.(\w+)\(", code)}
    calls = {
        f"{declaration.name}.{member.name}"
        for variable, method in called
        for declaration in family.lineage(variable.capitalize())
        for member in declaration.members
        if member.kind == "method" and member.name == method
    }
    members = {
        f"{declaration.name}.{member.name}"
        for declaration in family.declarations
        if declaration.kind in ("class", "mixin")
        for member in declaration.members
        if member.kind == "property" and member.name in names
    }
    return tuple(sorted(members | calls | {name for name in names if family.get(name)}))


def _source(passage: Passage) -> str:
    slug = re.sub(r"\W+", "-", passage.heading.lower()).strip("-")
    return f"llm.txt#{slug}.{passage.number}"


def _fenced(program: str) -> str:
    return f"```ts\n{program}```" if program else ""


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as exc:
        raise CorpusUnreadable(
            f"Cannot read the agents' guide {path}: {exc.strerror}.",
            hint="It is llm.txt of the checkout, or the page build's copy of it.",
        ) from exc
