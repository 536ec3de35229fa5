"""Which stretches are kept, and where their words are afterwards."""

import pytest

from agent.media.analysis.values import Span, Word
from agent.media.cut_list import AROUND_WORDS_S, FILLERS, keep_ranges, on_timeline


def said(*words: tuple[str, float, float]) -> list[Word]:
    return [Word(text, start_s, end_s, 1.0) for text, start_s, end_s in words]


def test_a_pause_is_taken_out_and_keeps_its_edges():
    """0.15 s of it stay with the words before and after."""
    kept = keep_ranges(6.0, silences=[Span(2.0, 4.0)])

    assert kept == (Span(0.0, 2.0 + AROUND_WORDS_S), Span(4.0 - AROUND_WORDS_S, 6.0))


def test_a_short_pause_stays():
    """Speech needs its breath: half a second is no pause to take out."""
    assert keep_ranges(6.0, silences=[Span(2.0, 2.5)]) == (Span(0.0, 6.0),)


def test_silence_at_the_ends_goes_whole():
    """Nothing is heard before the first word, so nothing of it is kept there."""
    kept = keep_ranges(6.0, silences=[Span(0.0, 1.0), Span(5.0, 6.0)])

    assert kept == (Span(1.0 - AROUND_WORDS_S, 5.0 + AROUND_WORDS_S),)


def test_a_recording_of_silence_leaves_nothing():
    """There is nothing to keep, and nothing is invented."""
    assert keep_ranges(3.0, silences=[Span(0.0, 3.0)]) == ()


def test_fillers_are_cut_between_their_neighbours():
    """In the middle of the gaps, whatever their case and punctuation."""
    words = said(("Well", 0.0, 0.4), ("Um,", 0.6, 0.9), ("yes.", 1.1, 1.5))

    assert keep_ranges(1.5, words=words, drop_words=FILLERS) == (Span(0.0, 0.5), Span(1.0, 1.5))


def test_words_move_to_where_they_are_heard():
    """A word after a pause that was taken out comes earlier by the pause; one that was dropped is gone."""
    words = said(("one", 0.5, 1.0), ("um", 1.2, 1.4), ("two", 3.0, 3.4))
    kept = (Span(0.0, 1.1), Span(2.8, 4.0))

    assert [(word.text, word.start_s) for word in on_timeline(words, kept)] == [("one", 0.5), ("two", 1.3)]


@pytest.mark.parametrize("overlap", [(Span(1.0, 2.0), Span(1.5, 3.0)), (Span(1.5, 3.0), Span(1.0, 2.0))])
def test_stretches_that_overlap_are_one(overlap: tuple[Span, Span]):
    """Their order does not matter."""
    assert len(keep_ranges(4.0, silences=overlap)) == 2
