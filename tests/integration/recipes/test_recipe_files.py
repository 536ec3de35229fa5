"""What holds for every recipe without running it."""

from __future__ import annotations

import re
from pathlib import Path

from docs_index.recipes import read_recipes
from tests.integration.guide_assets import guide_assets
from tests.integration.recipes.shown import RECIPES

LONGEST_PROGRAM = 30
"""Lines; most are half as long. What is longer is two tasks, or an example and not a recipe."""

FOUND = read_recipes(RECIPES)


def test_every_recipe_has_a_test_of_what_it_shows() -> None:
    """And no test is about a recipe that is gone."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_recipes_*.py"))
    tested = set(re.findall(r'^@recipe\("([\w-]+)"[,)]', tests, re.MULTILINE))

    assert tested == {recipe.name for recipe in FOUND if recipe.program}


def test_recipes_list_the_assets_they_use() -> None:
    """They are what an agent would have to bring, of the kinds that it needs."""
    kinds = {name: str(asset.kind) for name, asset in guide_assets().items()}
    used = {recipe.name: re.findall(r"asset\('([^']+)'\)", recipe.program) for recipe in FOUND}

    listed = {recipe.name: recipe.assets for recipe in FOUND}
    assert listed == {recipe: {name: kinds[name] for name in names} for recipe, names in used.items()}


def test_no_two_recipes_have_one_title() -> None:
    """A title is how a recipe is told from the others."""
    titles = [recipe.title for recipe in FOUND]

    assert sorted(set(titles)) == sorted(titles)


def test_recipes_are_short() -> None:
    """Each does one thing."""
    assert [recipe.name for recipe in FOUND if recipe.program.count("\n") > LONGEST_PROGRAM] == []
