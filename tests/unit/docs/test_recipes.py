"""Recipes: how they are written, and what symbols they stand for."""

import re

import pytest

from agent.prompts import instructions
from docs_index.api import Family
from docs_index.errors import CorpusUnreadable
from docs_index.recipes import read_recipes
from docs_index.usage import symbols_used, telling
from tests.unit.docs.corpora import GUIDE, RECIPES, installed_corpus

FAMILY = Family(installed_corpus().declarations)
PROGRAM = """
composition.resize(1280, 720);
const layer = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));
const clip = new core.VideoClip(asset('clip.mp4'), { range: [0, 2], opacity: 50, transition: { type: 'dissolve', duration: 1 } });
clip.fadeInDurationSeconds = 1;
await layer.add(clip);
await clip.split(1);
"""  # noqa: E501  as it stands in a program


def test_every_recipe_reads():
    """Each has a title and words of its own, and a program or the reason why there is none."""
    recipes = read_recipes(RECIPES)

    assert len(recipes) >= 60
    assert all(recipe.title and recipe.words and (recipe.program or recipe.notes) for recipe in recipes)
    assert len({recipe.title for recipe in recipes}) == len(recipes)


def test_a_recipe_has_notes_after_its_program(tmp_path):
    """They may begin with code."""
    program = "```ts assets=a.mp4:video\nrun();\n```"
    (tmp_path / "a.md").write_text(f"# Title\n\nwords,\nmore words\n\n{program}\n\n`x` counts.\n")

    [recipe] = read_recipes(tmp_path)

    assert recipe.words == "words, more words"
    assert recipe.assets == {"a.mp4": "video"}
    assert recipe.program == "run();\n"
    assert recipe.notes == "`x` counts."


def test_a_recipe_without_a_program_says_what_to_do_instead(tmp_path):
    """What core cannot do has notes only."""
    (tmp_path / "speed.md").write_text("# Slow motion\n\nspeed ramp\n\nCore cannot; use the ffmpeg tool.\n")

    [recipe] = read_recipes(tmp_path)

    assert (recipe.program, recipe.assets) == ("", {})
    assert recipe.notes == "Core cannot; use the ffmpeg tool."


@pytest.mark.parametrize("text", ["", "# Title\n", "no title\n\nwords\n\nnotes\n", "# Title\n\nonly words\n"])
def test_what_is_no_recipe_is_named(tmp_path, text):
    """The file is in the message."""
    (tmp_path / "broken.md").write_text(text)

    with pytest.raises(CorpusUnreadable, match=r"broken\.md"):
        read_recipes(tmp_path)


def test_the_symbols_of_a_program_are_those_that_declare_what_it_names():
    """Options, properties, methods, chosen literals; nothing that merely shares a file with them."""
    used = symbols_used(PROGRAM, FAMILY)

    assert used >= {
        "Composition.resize",
        "InsertMode",
        "VideoClip",
        "AudioClip.range",
        "AudioClipProps.range",
        "VisualMixin.opacity",
        "VideoClip.opacity",
        "TransitionType",
        "TransitionConfig.duration",
        "AudioClip.fadeInDurationSeconds",
        "AudioClip.split",
    }
    assert used.isdisjoint({"Layer.remove", "AudioClip.volume", "Composition.duration", "TextClip"})


def test_what_nearly_all_programs_use_tells_of_none():
    """But of the one whose words name it."""
    used = {name: frozenset({"Composition.resize", f"Effect.{name}"}) for name in ("blur", "sepia", "invert")}
    words = {"blur": "Soften", "sepia": "Old photo", "invert": "Resize the canvas"}

    assert telling(used, words) == {
        "blur": ("Effect.blur",),
        "sepia": ("Effect.sepia",),
        "invert": ("Composition.resize", "Effect.invert"),
    }


def test_every_program_tells_of_something():
    """No recipe is left without a symbol by which it can be found to be right."""
    recipes = [known for known in installed_corpus().chunks if known.kind == "recipe"]
    programs = [known for known in recipes if known.members[0].startswith("```")]

    assert [known.id for known in programs if not known.symbols] == []


def test_the_guide_lists_every_recipe():
    """So that a model knows what to ask for: `llm.txt` is in its system prompt as well."""
    section = re.search(
        r"^## Recipes\n(.*?)^## ", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    listed = set(re.findall(r"^- .+", section[1], re.MULTILINE))
    recipes = {f"- {recipe.title}" for recipe in read_recipes(RECIPES)}

    missing, stale = "\n".join(sorted(recipes - listed)), "\n".join(sorted(listed - recipes))

    assert not missing, f"Add these lines to the recipes of llm.txt:\n{missing}"
    assert not stale, f"Remove these lines from the recipes of llm.txt:\n{stale}"
    assert listed <= set(instructions().splitlines())
