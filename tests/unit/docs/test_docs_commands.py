"""`roughcut docs` as it is typed; the index is that of words, which needs no model."""

import json

import pytest
from typer.testing import CliRunner

from agent import installed_docs
from agent.cli import app
from docs_index.errors import CorpusUnreadable
from tests.unit.docs.corpora import docs_by_words


@pytest.fixture(autouse=True)
def by_words(monkeypatch):
    monkeypatch.setattr(installed_docs, "docs_index", lambda settings: docs_by_words())


def docs(*arguments):
    return CliRunner().invoke(app, ["docs", *arguments])


def test_a_search_prints_whole_programs_and_how_it_was_searched():
    """Lines of code are not broken where no terminal is."""
    found = docs("search", "picture in picture", "-n", "3")

    assert found.exit_code == 0
    assert "```ts\n" in found.stdout
    assert "await composition.add(new core.Layer" in found.stdout
    assert found.stdout.rstrip().splitlines()[-1].startswith("core 4.0.3. Found by words alone.")


def test_titles_alone_are_a_table():
    """With kind and source."""
    found = docs("search", "picture in picture", "--titles")

    assert "recipe" in found.stdout
    assert "```" not in found.stdout


def test_json_is_all_that_is_printed_with_it():
    """For programs: chunks with their symbols, the mode, core's version."""
    result = json.loads(docs("search", "blur", "--kind", "api", "--json").stdout)

    assert (result["mode"], result["core_version"]) == ("bm25", "4.0.3")
    assert {hit["kind"] for hit in result["hits"]}.isdisjoint({"recipe", "guide"})
    assert any("Effect.blur" in hit["symbols"] for hit in result["hits"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", ""], "The query is empty."),
        (["search", "text", "--kind", "tutorial"], "Unknown kind 'tutorial'."),
        (["evaluate", "--queries", "nowhere.json"], "nowhere.json"),
    ],
)
def test_bad_input_ends_with_2_and_the_next_step(arguments, said):
    """In words on stderr, in JSON where that was asked for."""
    told = docs(*arguments)
    as_json = docs(*arguments, "--json")

    assert (told.exit_code, as_json.exit_code) == (2, 2)
    assert said in told.stderr
    assert said in json.loads(as_json.stdout)["message"]


@pytest.mark.parametrize("query", ["字幕", "x" * 10_000, "'; DROP TABLE", "--", "[bold]"])
def test_odd_queries_are_answered(query):
    """Nothing found is an answer, too."""
    assert docs("search", "--", query).exit_code == 0


def test_nothing_found_says_what_to_try():
    """And is no failure."""
    found = docs("search", "quokka xylophone")

    assert found.exit_code == 0
    assert "Try other words" in found.stdout


def test_a_symbol_is_printed_with_its_source():
    """A member as well as a class."""
    assert "class TextClip extends VisualMixin, Clip" in docs("symbol", "TextClip").stdout
    assert json.loads(docs("symbol", "VideoClip.opacity", "--json").stdout)["name"] == "VisualMixin.opacity"


def test_an_unknown_symbol_fails_with_the_nearest_names():
    """So that a script notices."""
    told = docs("symbol", "subclip")

    assert told.exit_code == 1
    assert "AudioClip.range" in told.stderr
    assert json.loads(docs("symbol", "TextClipp", "--json").stdout)["nearest"]


def test_without_a_built_page_the_hint_is_how_to_build_it(monkeypatch):
    """Every command tells the same."""

    def refuse(settings):
        raise CorpusUnreadable("Expected core's declarations.", hint="Run `make setup`.")

    monkeypatch.setattr(installed_docs, "docs_index", refuse)

    told = docs("search", "text")

    assert told.exit_code == 1
    assert "make setup" in told.stderr


def test_a_build_tells_what_it_left():
    """Without a model there is nothing to embed."""
    assert "by words alone" in docs("build").stdout
    assert json.loads(docs("build", "--json").stdout)["embedded"] == 0


def test_an_evaluation_tells_scores_misses_and_unknown_symbols(tmp_path):
    """Of the queries in the file that was named."""
    queries = [
        {"query": "blur a video", "expected_symbols": ["Effect"]},
        {"query": "quokka", "expected_symbols": ["NoSuchThing"]},
    ]
    (tmp_path / "queries.json").write_text(json.dumps(queries))

    told = docs("evaluate", "--queries", str(tmp_path / "queries.json"))
    as_json = json.loads(docs("evaluate", "--queries", str(tmp_path / "queries.json"), "--json").stdout)

    assert "NoSuchThing" in told.stdout
    assert as_json["scores"]["reranked"]["recall_at_3"] == 0.5
    assert [miss["query"] for miss in as_json["misses"]] == ["quokka"]


@pytest.mark.parametrize("command", ["search", "symbol", "build", "evaluate"])
def test_help_shows_how(command):
    """Each command explains itself."""
    assert docs(command, "--help").exit_code == 0
