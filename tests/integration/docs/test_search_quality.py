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

    assert answer.recall_at_1 >= 0.75
    assert answer.recall_at_3 >= 0.95
    assert answer.recall_at_5 >= 0.975
    assert answer.mrr >= 0.85


def test_words_alone_are_a_fallback(evaluation):
    """What an installation without weights has."""
    assert evaluation.scores["bm25"].recall_at_5 >= 0.9


def test_each_step_is_worth_its_cost(evaluation):
    """Fusion finds more than its parts among the first five, and reranking more than fusion."""
    found = {method: scores.recall_at_5 for method, scores in evaluation.scores.items()}

    assert found["fused"] >= max(found["bm25"], found["dense"]) - 0.02
    assert found["reranked"] >= found["fused"]


def test_other_languages_and_programs_find_something(index):
    """Queries that nobody labelled: nothing breaks, and code finds its classes."""
    assert index.search("テロップをフェードインさせる").hits
    assert index.search("texto que aparece poco a poco").hits
    first = index.search("const clip = new core.TextClip({ text: 'Hello', fontSize: 90 });").hits[0]
    assert "TextClip" in first.chunk.symbols
