"""How the search is measured."""

import json

import pytest

from docs_index.errors import BadQueryFile
from docs_index.evaluate import LabelledQuery, evaluate, first_hit, read_queries, scores
from docs_index.search import DocsIndex
from tests.unit.docs.word_vectors import CHUNKS, WordVectors, a_corpus


def labelled(query, *symbols):
    return LabelledQuery(query=query, expected_symbols=symbols)


def test_recall_and_reciprocal_rank():
    """Ranks 1, 2, 4 and none: a quarter, a half, a half and three quarters."""
    found = scores([1, 2, 4, None])

    assert (found.recall_at_1, found.recall_at_3, found.recall_at_5) == (0.25, 0.5, 0.75)
    assert found.mrr == pytest.approx((1 + 1 / 2 + 1 / 4) / 4)


def test_a_hit_has_one_of_the_expected_symbols():
    """Whole names count, parts of them do not."""
    assert first_hit(CHUNKS, {"VisualMixin.position", "Nothing"}) == 3
    assert first_hit(CHUNKS, {"VisualMixin"}) is None


def test_every_method_is_measured(tmp_path):
    """Each query that is missed is told, with what was found instead."""
    queries = [labelled("mute a clip", "AudioClip.muted"), labelled("mute", "Encoder.encode")]

    found = evaluate(DocsIndex(a_corpus, tmp_path, WordVectors), queries)

    assert list(found.scores) == ["bm25", "dense", "fused", "reranked"]
    assert {one.recall_at_1 for one in found.scores.values()} == {0.5}
    [miss] = found.misses
    assert (miss.query, miss.found[0]) == ("mute", "Mute a clip")
    assert found.unknown_symbols == ("Encoder.encode",)


def test_without_an_embedder_words_are_measured(tmp_path):
    """And the note says why there is no more."""
    found = evaluate(DocsIndex(a_corpus, tmp_path, lambda: None), [labelled("mute", "AudioClip.muted")])

    assert list(found.scores) == ["bm25", "reranked"]
    assert "words alone" in found.note


def test_a_file_of_queries_is_read(tmp_path):
    """More fields than those are no error."""
    path = tmp_path / "queries.json"
    path.write_text(json.dumps([{"query": " mute ", "expected_symbols": ["AudioClip.muted"], "by": "me"}]))

    assert read_queries(path) == [labelled("mute", "AudioClip.muted")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "Invalid JSON"),
        ("{}", "valid"),
        ("[]", "no queries"),
        ('["mute"]', "0: "),
        ('[{"query": "mute"}]', "0.expected_symbols: Field required"),
        ('[{"query": "mute", "expected_symbols": []}]', "0.expected_symbols: "),
        ('[{"query": "mute", "expected_symbols": "AudioClip"}]', "0.expected_symbols: "),
        ('[{"query": " ", "expected_symbols": ["AudioClip"]}]', "0.query: "),
    ],
)
def test_another_file_is_refused_with_the_place(tmp_path, content, told):
    """Not with a score of zero."""
    path = tmp_path / "queries.json"
    path.write_text(content)

    with pytest.raises(BadQueryFile, match=told) as refused:
        read_queries(path)

    assert "expected_symbols" in refused.value.hint


def test_a_missing_file_is_refused(tmp_path):
    """With its path."""
    with pytest.raises(BadQueryFile, match=r"nowhere\.json: No such file"):
        read_queries(tmp_path / "nowhere.json")
