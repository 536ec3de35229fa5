"""What a model finds when it looks something up."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.tools.docs_search import search_docs
from docs_index.recipes import read_recipes
from docs_index.search import DocsIndex
from docs_index.words import index_words

RECIPES = Path(__file__).parents[2] / "docs_index" / "recipes"
TYPES = """{
  "/node_modules/@diffusionstudio/core/clips/text/text.d.ts": "export declare class TextClip extends TextClip_base {\\n    private node;\\n    /**\\n     * The width at which text will wrap\\n     */\\n    maxWidth: number | Percent | undefined;\\n    get color(): hex;\\n    set color(value: hex);\\n}\\nexport {};\\n",
  "/node_modules/@diffusionstudio/core/layer/types.d.ts": "/**\\n * Defines where the layer should be inserted\\n */\\nexport type LayerIndex = 'top' | 'bottom' | number;\\nexport type TransitionConfig = {\\n    duration: Time;\\n    type: TransitionType;\\n};\\n",
  "/node_modules/mediabunny/index.d.ts": "export declare class Muxer {}\\n"
}"""  # noqa: E501  as the build writes it


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    types = tmp_path_factory.mktemp("types") / "core-types.json"
    types.write_text(TYPES)
    return DocsIndex(types, RECIPES)


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("fade out the music", "recipe music"),
        ("picture in picture", "recipe picture-in-picture"),
        ("crop to a circle", "recipe mask"),
        ("crossfade", "recipe transition"),
        ("black and white", "recipe effects"),
        ("subtitles", "recipe captions"),
        ("neon outline", "recipe text-decoration"),
        ("slide show of photos", "recipe slideshow"),
        ("TransitionConfig", "layer/types.d.ts"),
        ("maxWidth", "clips/text/text.d.ts"),
    ],
)
def test_the_right_passage_is_among_the_first(index, query, source):
    """Editing words lead to recipes, names to declarations."""
    assert source in [hit.source for hit in index.search(query, limit=3)]


def test_passages_are_cut_at_members(index):
    """A class has an overview and its public members with their comments."""
    [overview, *members] = [
        hit for hit in index.search("TextClip", limit=8) if hit.source.endswith("text.d.ts")
    ]

    assert {overview.title, *(hit.title for hit in members)} == {
        "class TextClip",
        "TextClip: maxWidth, color",
    }
    text = next(hit.text for hit in index.search("maxWidth", limit=1))
    assert "The width at which text will wrap" in text
    assert "private" not in text


def test_other_libraries_are_left_out(index):
    """Programs cannot reach what core itself imports."""
    assert index.search("Muxer") == []


def test_unknown_words_find_nothing(index):
    """An empty list, and the tool says so in words."""
    assert index.search("xylophone quokka") == []


async def test_the_tool_shows_titles_and_sources(index):
    """A model sees where a passage is from."""
    text = await search_docs(index, "fade out the music")

    assert text.startswith("## Background music with fades (recipe music)")
    assert "fadeOutDurationSeconds" in text
    assert (await search_docs(index, "quokka")).startswith("FOUND NOTHING")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fadeInDurationSeconds", ["fadeindurationseconds", "fad", "dur", "second"]),
        ("Trimming the clips", ["trim", "clip"]),
        ("9:16 videos", ["9:16", "video"]),
    ],
)
def test_words_meet_in_their_stems(text, words):
    """CamelCase is taken apart, endings come off."""
    assert index_words(text) == words


def test_every_recipe_reads():
    """Each file has a title, words and a program."""
    recipes = read_recipes(RECIPES)

    assert len(recipes) >= 30
    assert all(recipe.title and recipe.words and recipe.program for recipe in recipes)


def test_nothing_heavy_is_imported_before_the_first_search():
    """The command starts without numpy and bm25s."""
    code = "import sys, docs_index.search; sys.exit('numpy' in sys.modules or 'bm25s' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
