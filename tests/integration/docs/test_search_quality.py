"""The committed queries, phrased as an agent asks: floors a little below what was measured last."""

import pytest

from docs_index.evaluate import COMMITTED_QUERIES, evaluate, read_queries


@pytest.fixture(scope="module")
def evaluation(index):
    return evaluate(index, read_queries(COMMITTED_QUERIES))


def test_there_are_enough_queries(evaluation):
    """With fewer, one query more or less would decide."""
    assert evaluation.queries >= 120


def test_the_answer_has_what_is_asked_for(evaluation):
    """By words and meaning, reranked."""
    answer = evaluation.scores["reranked"]

    assert answer.recall_at_1 >= 0.80
    assert answer.recall_at_3 >= 0.96
    assert answer.recall_at_5 >= 0.98
    assert answer.mrr >= 0.88


def test_words_alone_are_a_fallback(evaluation):
    """What an installation without weights has."""
    assert evaluation.scores["bm25"].recall_at_5 >= 0.95


def test_reranking_finds_more_than_what_it_is_made_of(evaluation):
    """Words, meaning and their fusion: each would be simpler."""
    found = {method: scores.recall_at_3 for method, scores in evaluation.scores.items()}

    assert found["reranked"] > max(found["bm25"], found["dense"], found["fused"])


def test_other_languages_and_programs_find_something(index):
    """Queries that nobody labelled: nothing breaks, and code finds its classes."""
    assert index.search("テロップをフェードインさせる").hits
    assert index.search("texto que aparece poco a poco").hits
    first = index.search("const clip = new core.TextClip({ text: 'Hello', fontSize: 90 });").hits[0]
    assert "TextClip" in first.chunk.symbols
