"""Searches recipes and core's declarations by BM25. Nothing is read or imported before the first search."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from docs_index.declarations import Passage, passages
from docs_index.recipes import Recipe, read_recipes
from docs_index.words import index_words

if TYPE_CHECKING:
    from bm25s import BM25

_TITLE_WEIGHT = 2
"""How often the words of a title count, and those that a recipe is described by."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found; scores compare within one search only."""

    title: str
    text: str
    source: str
    score: float


class DocsIndex:
    """An index over `types_file` (JSON of path to declaration text) and a folder of recipes."""

    def __init__(self, types_file: Path, recipes: Path) -> None:
        self._types_file = types_file
        self._recipes = recipes

    def search(self, query: str, limit: int = 5) -> list[Hit]:
        """The best passages first; empty where no word of `query` occurs."""
        words = index_words(query)
        known = self._ranking.vocab_dict
        asked = [word for word in words if word in known]
        if not asked:
            return []
        found, scores = self._ranking.retrieve(
            [asked], k=min(limit, len(self._passages)), show_progress=False, n_threads=1
        )
        ranked = zip(found[0], scores[0], strict=True)
        return [self._hit(int(index), float(score)) for index, score in ranked if score > 0]

    @cached_property
    def _passages(self) -> list[Passage]:
        recipes = [
            Passage(recipe.title, f"{recipe.words}\n```ts\n{recipe.program}```", f"recipe {recipe.name}")
            for recipe in self._known_recipes
        ]
        return [*recipes, *passages(json.loads(self._types_file.read_text(encoding="utf-8")))]

    @cached_property
    def _known_recipes(self) -> list[Recipe]:
        return read_recipes(self._recipes)

    @cached_property
    def _ranking(self) -> BM25:
        import bm25s

        ranking = bm25s.BM25()  # type: ignore[no-untyped-call]
        texts = [f"{passage.title}\n" * _TITLE_WEIGHT + passage.text for passage in self._passages]
        for index, recipe in enumerate(self._known_recipes):
            texts[index] += f"\n{recipe.words}" * (_TITLE_WEIGHT - 1)
        ranking.index([index_words(text) for text in texts], show_progress=False)
        return ranking

    def _hit(self, index: int, score: float) -> Hit:
        passage = self._passages[index]
        return Hit(passage.title, passage.text, passage.source, round(score, 3))
