"""The search as tools and commands call it."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from docs_index.errors import BadQuery, CorpusUnreadable, EmbedderUnavailable
from docs_index.search import DocsIndex
from docs_index.store import stored_vectors
from tests.unit.docs.word_vectors import CHUNKS, WordVectors, a_chunk, a_corpus


@pytest.fixture(params=["hybrid", "bm25"])
def index(request, tmp_path):
    """With and without an embedder."""
    return DocsIndex(a_corpus, tmp_path, WordVectors if request.param == "hybrid" else lambda: None)


def titles(result):
    return [hit.chunk.title for hit in result.hits]


def test_the_best_chunk_is_first(index):
    """In both modes."""
    assert titles(index.search("fade a title in"))[0] == "Fade in a title"
    assert titles(index.search("muting clips"))[0] == "Mute a clip"


def test_a_name_leads_to_its_signature(index):
    """Whatever else has its words."""
    assert titles(index.search("TextClip.align"))[0] == "TextClip: align, color"


def test_no_more_than_the_limit(index):
    """And none twice."""
    found = titles(index.search("TextClip text clip title", limit=2))

    assert len(found) == len(set(found)) == 2


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        ("recipe", {"recipe"}),
        ("guide", {"guide"}),
        ("api", {"class", "properties", "methods"}),
        ("methods", {"methods"}),
        ("options", set()),
    ],
)
def test_only_the_kind_that_is_asked_for(index, kind, kinds):
    """A name of another kind does not slip in."""
    result = index.search("TextClip.align opacity clip title trim", kind=kind, limit=10)

    assert {hit.chunk.kind for hit in result.hits} == kinds


def test_an_unknown_kind_is_told_the_known_ones(index):
    """The mistake is not read as `everything`."""
    with pytest.raises(BadQuery, match="'recipes'") as refused:
        index.search("fade", kind="recipes")

    assert "recipe, " in refused.value.hint


@pytest.mark.parametrize("query", ["", "  \n\t"])
def test_an_empty_query_is_refused(index, query):
    """There is nothing to look for."""
    with pytest.raises(BadQuery, match="empty"):
        index.search(query)


@pytest.mark.parametrize("limit", [0, -1, 51])
def test_a_limit_out_of_range_is_refused(index, limit):
    """The range is in the message."""
    with pytest.raises(BadQuery, match=f"1 to 50, not {limit}"):
        index.search("fade", limit=limit)


@pytest.mark.parametrize(
    "query",
    [
        "fade a title in " * 700,
        "const clip = new core.VideoClip(source, { range: [2, 8] });\nawait layer.add(clip);",
        "ein Titel, der langsam eingeblendet wird",
        "テロップをフェードインさせる",
        "?!... \x00 \ud83c\udfac 🎬",
    ],
)
def test_odd_queries_are_searched_for(index, query):
    """Ten thousand characters, a program, other languages, no word at all."""
    index.search(query)


def test_a_long_query_is_cut_and_that_is_said(index):
    """Better an answer to the beginning than none."""
    result = index.search("fade a title in " + "x" * 10_000)

    assert titles(result)[0] == "Fade in a title"
    assert "first 2,000 characters" in result.note


def test_with_an_embedder_the_search_is_hybrid(tmp_path):
    """And has nothing to explain."""
    result = DocsIndex(a_corpus, tmp_path, WordVectors).search("fade")

    assert (result.mode, result.note) == ("hybrid", "")


def test_without_weights_words_answer_and_say_so(tmp_path):
    """With the next step in the note."""

    def unavailable():
        raise EmbedderUnavailable("The weights are not installed.", hint="Install them: pip install x")

    result = DocsIndex(a_corpus, tmp_path, unavailable).search("fade a title in")

    assert titles(result)[0] == "Fade in a title"
    assert result.mode == "bm25"
    assert "weights are not installed" in result.note
    assert "pip install x" in result.note


def test_vectors_whose_model_is_gone_are_no_use(tmp_path):
    """The index was built by a model that cannot be loaded any more."""
    DocsIndex(a_corpus, tmp_path, WordVectors).build()

    class Gone(WordVectors):
        def embed(self, texts):
            raise EmbedderUnavailable("The model cannot be loaded.")

    result = DocsIndex(a_corpus, tmp_path, Gone).search("fade a title in")

    assert (titles(result)[0], result.mode) == ("Fade in a title", "bm25")
    assert "cannot be loaded" in result.note


def test_without_a_place_to_keep_it_the_search_is_hybrid_all_the_same(tmp_path):
    """The vectors are compared in memory."""
    (tmp_path / "cache").write_text("")

    result = DocsIndex(a_corpus, tmp_path / "cache", WordVectors).search("fade a title in")

    assert titles(result)[0] == "Fade in a title"
    assert result.mode == "hybrid"
    assert "cannot be kept" in result.note


def test_nothing_is_read_before_the_first_use(tmp_path):
    """The constructor is free."""

    def never():
        raise AssertionError("read too early")

    DocsIndex(never, tmp_path / "not yet", never)

    assert not (tmp_path / "not yet").exists()


def test_a_corpus_that_cannot_be_read_is_tried_again(tmp_path):
    """Set-up may come after the first search."""
    tries = iter([CorpusUnreadable("No declarations.", hint="make setup"), a_corpus()])

    def read():
        found = next(tries)
        if isinstance(found, Exception):
            raise found
        return found

    index = DocsIndex(read, tmp_path, lambda: None)

    with pytest.raises(CorpusUnreadable):
        index.search("fade")
    assert index.search("fade").hits


def test_chroma_ranks_as_the_files_beside_it_do(tmp_path):
    """A search before the build compares vectors in memory, one after it asks Chroma."""
    searched = DocsIndex(a_corpus, tmp_path, WordVectors)
    built = DocsIndex(a_corpus, tmp_path, WordVectors)
    report = built.build()

    assert (report.chunks, report.embedded, report.mode) == (len(CHUNKS), len(CHUNKS), "hybrid")
    for query in ("fade a title in", "mute", "small video in the corner", "what is opacity"):
        assert built.rankings(query) == searched.rankings(query)


def test_a_database_that_chroma_cannot_use_is_built_again(tmp_path, caplog):
    """It is sound, but not all chunks are in it."""
    folder = stored_vectors(tmp_path, CHUNKS, WordVectors()).folder
    smaller = stored_vectors(tmp_path, CHUNKS[:2], WordVectors()).folder
    (folder / "chroma").rename(tmp_path / "whole")
    (smaller / "chroma").rename(folder / "chroma")

    with caplog.at_level(logging.WARNING):
        report = DocsIndex(a_corpus, tmp_path, WordVectors).build()

    assert (report.folder, report.embedded, report.note) == (folder, 0, "")
    assert {record.action for record in caplog.records} == {"docs_index_damaged"}


def test_threads_share_one_index(tmp_path):
    """Eight searches at once read the corpus once, embed it once, and all find what one alone would."""
    reads, embedder = [], WordVectors()
    together = threading.Barrier(8)

    def read():
        reads.append(1)
        return a_corpus()

    index = DocsIndex(read, tmp_path, lambda: embedder)
    queries = ["fade a title in", "mute a clip", "small video in a corner", "TextClip.align"] * 2

    def search(query):
        together.wait(timeout=30)
        return titles(index.search(query))[0]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(search, queries))

    assert found == ["Fade in a title", "Mute a clip", "Picture in picture", "TextClip: align, color"] * 2
    assert reads == [1]
    assert len(embedder.embedded) == len(CHUNKS) + len(queries)


def test_an_earlier_index_serves_a_changed_corpus(tmp_path):
    """A recipe is edited: one text is embedded."""
    DocsIndex(a_corpus, tmp_path, WordVectors).build()
    changed = a_corpus(a_chunk("Rotate a clip by degrees"), *CHUNKS[1:])

    assert DocsIndex(lambda: changed, tmp_path, WordVectors).build().embedded == 1
