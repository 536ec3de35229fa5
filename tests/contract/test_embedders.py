"""The two embedders are one model: numpy's forward pass gives what sentence-transformers gives."""

import numpy as np
import pytest

from docs_index.embed import SentenceTransformerEmbedder, default_embedder
from docs_index.errors import EmbedderUnavailable
from docs_index.weights import installed_weights

TEXTS = [
    "fade in a text over one second",
    "x",
    "VisualMixin: rotation, opacity, effects\n  opacity: number  // from 0 to 100 (not 0 to 1)",
    "ein Titel, der langsam eingeblendet wird: ÄÖÜ, テロップ, 🎬",
    "const clip = new core.VideoClip(source, { range: [2, 8] });",
    "more than the model reads " * 100,
]


@pytest.fixture(scope="module")
def embedder():
    try:
        return default_embedder()
    except EmbedderUnavailable as exc:
        pytest.skip(f"{exc} {exc.hint}")


@pytest.fixture(scope="module")
def found(embedder):
    return embedder.embed(TEXTS)


@pytest.fixture(scope="module")
def expected():
    pytest.importorskip("sentence_transformers", reason="install it by `make sentence-transformers`")
    return SentenceTransformerEmbedder(str(installed_weights().folder)).embed(TEXTS)


def test_whole_texts_have_the_same_vectors(found, expected):
    """In a batch with texts of other lengths."""
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours.pooled, theirs.pooled, atol=1e-5)


def test_word_pieces_have_the_same_vectors(found, expected):
    """As many of them, in the same order; 256 at most."""
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.pieces.tolist() == theirs.pieces.tolist()
        np.testing.assert_allclose(ours.tokens, theirs.tokens, atol=1e-5)
    assert len(found[-1].tokens) == 256


def test_a_text_has_the_same_vectors_alone(embedder, found):
    """What else is in its batch does not matter."""
    (alone,) = embedder.embed(TEXTS[:1])

    np.testing.assert_allclose(alone.pooled, found[0].pooled, atol=1e-6)
    np.testing.assert_allclose(alone.tokens, found[0].tokens, atol=1e-6)


def test_vectors_have_length_one(found):
    """So that their product is their cosine."""
    for embedding in found:
        np.testing.assert_allclose(np.linalg.norm(embedding.pooled), 1, atol=1e-6)
        np.testing.assert_allclose(np.linalg.norm(embedding.tokens, axis=1), 1, atol=1e-6)


def test_a_model_that_is_not_there_is_told_of(tmp_path):
    """The reason comes with the first text, not with a stack of another library."""
    pytest.importorskip("sentence_transformers", reason="install it by `make sentence-transformers`")

    with pytest.raises(EmbedderUnavailable, match="cannot load"):
        SentenceTransformerEmbedder(str(tmp_path / "nowhere")).embed(["text"])
