"""Vectors in files."""

import numpy as np
import pytest

from docs_index.table import DamagedTable, Row, VectorTable
from tests.unit.docs.word_vectors import WordVectors

TEXTS = ["fade in a title", "mute a clip", "title"]


@pytest.fixture
def table():
    rows = [Row.of(embedding) for embedding in WordVectors().embed(TEXTS)]
    return VectorTable.of("word vectors", ["a", "b", "c"], rows)


def test_a_table_is_read_as_it_was_written(table, tmp_path):
    """Numbers, their places and what they belong to."""
    table.write(tmp_path)

    read = VectorTable.read(tmp_path)

    assert (read.identity, read.text_digests) == ("word vectors", ("a", "b", "c"))
    assert np.array_equal(read.pooled, table.pooled)
    assert all(np.array_equal(read.tokens(place), table.tokens(place)) for place in range(3))


def test_bytes_are_close_to_what_they_were(table):
    """Each word piece keeps its direction to half a degree."""
    for place, embedding in enumerate(WordVectors().embed(TEXTS)):
        cosines = (table.tokens(place) * embedding.tokens).sum(axis=1)

        assert cosines.min() > np.cos(np.deg2rad(0.5))


def test_the_nearest_come_first(table):
    """All texts are ranked."""
    (asked,) = WordVectors().embed(["mute clip"])

    assert table.nearest(asked.pooled)[0] == 1
    assert sorted(table.nearest(asked.pooled)) == [0, 1, 2]


def test_a_word_in_few_texts_says_more(table):
    """`title` is in two of three, `mute` in one, `crop` in none."""
    (asked,) = WordVectors().embed(["title mute crop"])
    title, mute, crop = table.rarity(asked.pieces)

    assert title < mute < crop


@pytest.mark.parametrize("name", ["pooled.npy", "tokens.npy", "pieces.npy", "manifest.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "other bytes"])
def test_damage_is_noticed(table, tmp_path, name, damage):
    """No search by the wrong numbers."""
    table.write(tmp_path)
    path = tmp_path / name
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(content[:-5] if damage == "cut" else content[:-5] + b"12345")

    with pytest.raises(DamagedTable):
        VectorTable.read(tmp_path)
