"""What holds for every recipe without running it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs_index.recipes import Recipe, read_recipes
from tests.integration.guide_assets import guide_assets
from tests.integration.recipes.shown import RECIPES

LONGEST_PROGRAM = 30
"""Lines; most are half as long. What is longer is two tasks, or an example and not a recipe."""


def each_recipe() -> list[Recipe]:
    """All of them, by name."""
    return read_recipes(RECIPES)


def test_every_recipe_has_a_test_of_what_it_shows() -> None:
    """And no test is about a recipe that is gone."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_recipes_*.py"))
    tested = set(re.findall(r'^@recipe\("([\w-]+)"\)', tests, re.MULTILINE))

    assert tested == {found.name for found in each_recipe() if found.program}


@pytest.mark.parametrize("found", each_recipe(), ids=lambda found: found.name)
def test_a_recipe_lists_the_assets_it_uses(found: Recipe) -> None:
    """They are what an agent would have to bring, of the kinds that it needs."""
    used = set(re.findall(r"asset\('([^']+)'\)", found.program))
    known = guide_assets()

    assert found.assets == {name: str(known[name].kind) for name in used}


def test_no_two_recipes_have_one_title() -> None:
    """A title is how a recipe is told from the others."""
    titles = [found.title for found in each_recipe()]

    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("found", each_recipe(), ids=lambda found: found.name)
def test_a_recipe_is_short(found: Recipe) -> None:
    """It does one thing."""
    assert found.program.count("\n") <= LONGEST_PROGRAM
