"""How rankings are merged and refined."""

import numpy as np
import pytest

from docs_index.ranking import fused, max_sim, reranked, with_best_by_words


def test_what_both_rankings_like_comes_first():
    """Second in both is better than first in one and last in the other."""
    assert next(iter(fused([[1, 2, 3, 4], [5, 2, 4, 1]]))) == 2


def test_what_one_ranking_lacks_is_kept():
    """Words may find nothing where meaning does."""
    assert list(fused([[], [7, 8]])) == [7, 8]
    assert set(fused([[1], [2]])) == {1, 2}


def test_equal_scores_keep_the_order_of_the_corpus():
    """The same query has the same answer, always."""
    assert list(fused([[3, 1], [1, 3]])) == [1, 3]


def test_max_sim_is_the_mean_of_each_tokens_best_match():
    """One of two query tokens is found, the other is at right angles to everything."""
    query = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    text = np.array([[1, 0, 0], [0, 0, 1]], np.float32)

    assert max_sim(query, np.ones(2, np.float32), text) == pytest.approx(0.5)
    assert max_sim(query, np.array([3, 1], np.float32), text) == pytest.approx(0.75)
    assert max_sim(query, np.ones(2, np.float32), query) == pytest.approx(1)


def test_likeness_in_detail_decides():
    """Against the order of the fusion."""
    assert list(reranked(fused([[1, 2], [1, 2]]), {1: 0.2, 2: 0.9})) == [2, 1]


def test_a_little_more_likeness_does_not():
    """Words and meaning agree on the first."""
    ranking = list(range(20))

    assert next(iter(reranked(fused([ranking, ranking]), {0: 0.8, 19: 0.82}))) == 0


@pytest.mark.parametrize(
    ("bm25", "found"),
    [
        ([1, 5], [1, 2, 3, 4, 5]),
        ([3, 5], [1, 2, 3, 4, 5]),
        ([4], [1, 2, 4, 3, 5]),
        ([9, 1], [1, 2, 9, 3, 4, 5]),
        ([], [1, 2, 3, 4, 5]),
    ],
)
def test_the_best_by_words_is_third_at_the_latest(bm25, found):
    """However little the model makes of it; the others keep their order."""
    assert with_best_by_words([1, 2, 3, 4, 5], bm25) == found
