"""What words find."""

from docs_index.lexical import LexicalIndex
from tests.unit.docs.word_vectors import CHUNKS, a_chunk


def test_the_chunk_with_the_words_is_first():
    """Stems meet: `muting` finds `mute`."""
    assert next(iter(LexicalIndex(CHUNKS).scores("muting clips"))) == 1


def test_a_word_in_the_title_counts_more_than_one_in_the_text():
    """A title says what a chunk is for."""
    chunks = [
        a_chunk("Clips", "rotate them and fit"),
        a_chunk("Rotate clips", "them and fit"),
        a_chunk("Other"),
    ]

    assert list(LexicalIndex(chunks).scores("rotate")) == [1, 0]


def test_unknown_words_find_nothing():
    """No chunk is better than a wrong one."""
    assert LexicalIndex(CHUNKS).scores("xylophone quokka") == {}
    assert LexicalIndex(CHUNKS).scores("the of !?") == {}
