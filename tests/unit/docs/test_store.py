"""Where vectors are kept, and what happens when they cannot be, or are damaged."""

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import chromadb
import pytest
from chromadb.errors import InternalError

from docs_index.meaning import open_meaning
from docs_index.store import embedded_text, stored_vectors
from tests.unit.docs.word_vectors import CHUNKS, WordVectors, a_chunk

NOBODY = 65534


def kept(cache):
    """The folders that have their names."""
    return [path for path in cache.iterdir() if path.is_dir() and not path.name.startswith(".")]


def test_nothing_is_computed_twice(tmp_path):
    """The second process reads what the first one wrote."""
    first = stored_vectors(tmp_path, CHUNKS, WordVectors())
    second = stored_vectors(tmp_path, CHUNKS, embedder := WordVectors())

    assert (first.embedded, second.embedded, embedder.embedded) == (len(CHUNKS), 0, [])
    assert first.folder == second.folder
    assert kept(tmp_path) == [first.folder]


def test_only_what_changed_is_computed_anew(tmp_path):
    """One recipe more is one text more; where it stands does not matter."""
    stored_vectors(tmp_path, CHUNKS, WordVectors())

    grown = stored_vectors(tmp_path, [a_chunk("Rotate a clip"), *CHUNKS], embedder := WordVectors())

    assert embedder.embedded == ["Rotate a clip"]
    assert len(grown.table) == len(CHUNKS) + 1
    assert len(kept(tmp_path)) == 2


def test_another_embedder_has_vectors_of_its_own(tmp_path):
    """Vectors of two models do not compare."""
    stored_vectors(tmp_path, CHUNKS, WordVectors())

    assert stored_vectors(tmp_path, CHUNKS, WordVectors("other")).embedded == len(CHUNKS)


def test_what_is_shown_goes_into_the_key(tmp_path):
    """Chroma has the whole text of a chunk, so a change of its program is a change of the index."""
    first = stored_vectors(tmp_path, CHUNKS, WordVectors())
    changed = [replace(CHUNKS[0], source="recipe other"), *CHUNKS[1:]]

    second = stored_vectors(tmp_path, changed, WordVectors())

    assert first.folder != second.folder
    assert second.embedded == 0


def test_programs_are_not_embedded():
    """What a program is for is said beside it."""
    chunk = replace(CHUNKS[0], members=("```ts\nconst a = 1;\n```", "Notes on it."))

    assert embedded_text(chunk) == "Fade in a title\nNotes on it."


def test_progress_is_told_from_none_to_all(tmp_path):
    """Half a minute wants a bar."""
    told = []

    stored_vectors(tmp_path, CHUNKS, WordVectors(), lambda done, total: told.append((done, total)))

    assert told[0] == (0, len(CHUNKS))
    assert told[-1] == (len(CHUNKS), len(CHUNKS))


@pytest.mark.parametrize(
    "name", ["manifest.json", "tokens.npy", "pooled.npy", "chroma/chroma.sqlite3", "chroma"]
)
@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_a_damaged_folder_is_built_again(tmp_path, name, damage):
    """The next search repairs what a full disk or a curious hand left behind."""
    folder = stored_vectors(tmp_path, CHUNKS, WordVectors()).folder
    spoil(folder / name, damage)

    again = stored_vectors(tmp_path, CHUNKS, WordVectors())

    assert again.folder == folder
    assert stored_vectors(tmp_path, CHUNKS, embedder := WordVectors()).folder == folder
    assert embedder.embedded == []
    collection = again.open_collection()
    assert collection is not None
    assert sorted(collection.nearest(again.table.pooled[0])) == list(range(len(CHUNKS)))


def test_a_damaged_graph_is_mended_when_chroma_is_asked(tmp_path):
    """The database is sound; what Chroma finds neighbours by is not, and is made again by it or by us."""
    folder = stored_vectors(tmp_path, CHUNKS, WordVectors()).folder
    graphs = [path for path in (folder / "chroma").rglob("*.bin") if path.stat().st_size]
    for path in graphs:
        path.write_bytes(b"garbage")

    meaning, stored = open_meaning(tmp_path, CHUNKS, WordVectors(), None, ask_chroma=True)

    assert graphs
    assert stored.folder == folder
    assert sorted(meaning.nearest(stored.table.pooled[0])) == list(range(len(CHUNKS)))


def test_a_disk_that_is_full_for_chroma_keeps_the_vectors_in_memory(tmp_path, monkeypatch):
    """They are not computed twice."""
    monkeypatch.setattr(chromadb, "PersistentClient", full_disk)

    stored = stored_vectors(tmp_path, CHUNKS, embedder := WordVectors())

    assert (stored.folder, stored.embedded) == (None, len(CHUNKS))
    assert "disk is full" in stored.reason
    assert len(embedder.embedded) == len(CHUNKS)
    assert kept(tmp_path) == []


def test_a_damaged_database_costs_no_embedding(tmp_path):
    """The vectors beside it are in order."""
    folder = stored_vectors(tmp_path, CHUNKS, WordVectors()).folder
    spoil(folder / "chroma" / "chroma.sqlite3", "garbage")

    assert stored_vectors(tmp_path, CHUNKS, WordVectors()).embedded == 0


def test_what_was_being_built_is_not_read(tmp_path):
    """A process that was killed leaves a folder without its name; it goes after a day."""
    started, abandoned = tmp_path / ".building-today", tmp_path / ".building-before"
    for folder in (started, abandoned):
        folder.mkdir()
        (folder / "manifest.json").write_text("{}")
    os.utime(abandoned, (0, time.time() - 2 * 24 * 3600))

    assert stored_vectors(tmp_path, CHUNKS, WordVectors()).embedded == len(CHUNKS)
    assert started.exists()
    assert not abandoned.exists()


def test_folders_go_when_unused_for_two_weeks(tmp_path):
    """Reading one is using it."""
    unused = stored_vectors(tmp_path, CHUNKS[:1], WordVectors()).folder
    used = stored_vectors(tmp_path, CHUNKS[:2], WordVectors()).folder
    for folder in (unused, used):
        os.utime(folder, (0, time.time() - 30 * 24 * 3600))
    stored_vectors(tmp_path, CHUNKS[:2], WordVectors())

    new = stored_vectors(tmp_path, CHUNKS[:3], WordVectors()).folder

    assert sorted(kept(tmp_path)) == sorted([used, new])


def test_without_a_place_vectors_are_in_memory(tmp_path):
    """A file where the cache should be."""
    (tmp_path / "cache").write_text("")

    stored = stored_vectors(tmp_path / "cache", CHUNKS, WordVectors())

    assert stored.folder is None
    assert len(stored.table) == len(CHUNKS)
    assert str(tmp_path / "cache") in stored.reason


def test_a_read_only_cache_is_read():
    """An image that was built with the index has it at once."""
    with public_folder() as cache:
        folder = stored_vectors(cache, CHUNKS, WordVectors()).folder
        with read_only(cache):
            found = stored_vectors(cache, CHUNKS, embedder := WordVectors())

    assert found.folder == folder
    assert embedder.embedded == []


def test_chroma_cannot_open_a_read_only_cache_and_need_not():
    """It wants to write even to read; the vectors beside it are compared instead."""
    with public_folder() as cache:
        folder = stored_vectors(cache, CHUNKS, WordVectors()).folder
        with read_only(cache):
            meaning, stored = open_meaning(cache, CHUNKS, WordVectors(), None, ask_chroma=True)

    assert (stored.folder, stored.embedded) == (folder, 0)
    assert meaning.nearest == stored.table.nearest


def test_a_read_only_cache_of_another_corpus_is_made_use_of():
    """Only the new text is computed; the result is in memory."""
    with public_folder() as cache:
        stored_vectors(cache, CHUNKS, WordVectors())
        with read_only(cache):
            found = stored_vectors(cache, [*CHUNKS, a_chunk("Rotate")], embedder := WordVectors())

        assert found.folder is None
        assert embedder.embedded == ["Rotate"]
        assert len(kept(cache)) == 1


def full_disk(**settings):
    raise InternalError("database or disk is full")


def spoil(path, damage):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    if damage == "garbage":
        path.write_bytes(b"garbage" * 1000)


@contextmanager
def public_folder():
    """Not in pytest's own, which only its owner may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def read_only(folder):
    """Nobody may write there for a while; as root, who always may, we are somebody else meanwhile."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
