"""What turns text into vectors, and which of them there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from docs_index.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from docs_index.vectors import Floats, Ids


@dataclass(frozen=True)
class Embedding:
    """A text as one vector, and as one vector for each of its word pieces; all are of length 1.

    `pieces` are the word pieces' numbers in the model's vocabulary.
    """

    pooled: Floats
    tokens: Floats
    pieces: Ids


class Embedder(Protocol):
    """Vectors of equal `identity` compare; those of others do not."""

    @property
    def identity(self) -> str: ...

    def embed(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding for each text, in their order; what is beyond the model's reach is not read."""
        ...


def default_embedder() -> Embedder:
    """all-MiniLM-L6-v2 without torch; raises `EmbedderUnavailable` with the reason where it cannot be had."""
    from docs_index.weights import installed_weights

    weights = installed_weights()
    try:
        from docs_index.minilm import NumpyMiniLM
    except ImportError as exc:
        raise EmbedderUnavailable(
            f"Search by meaning needs a library that is missing: {exc.name}.",
            hint="Install it: pip install 'roughcut[search]'",
        ) from exc
    return NumpyMiniLM(weights)


class SentenceTransformerEmbedder:
    """Any model that sentence-transformers can load, from a folder or by name; loaded at the first use."""

    def __init__(self, model: str) -> None:
        self._name = model
        self._model: SentenceTransformer | None = None

    @property
    def identity(self) -> str:
        """The model as it was named; a folder changes with what is in it."""
        changes_ns = [path.stat().st_mtime_ns for path in Path(self._name).glob("**/*") if path.is_file()]
        return f"sentence-transformers {self._name} {max(changes_ns, default='')}".strip()

    def embed(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding for each text, pooled as the model itself does it."""
        import numpy as np

        from docs_index.vectors import unit

        features = self._loaded().encode(list(texts), output_value=None, show_progress_bar=False)
        embeddings = []
        for found in features:
            read = found["attention_mask"].bool()
            embeddings.append(
                Embedding(
                    pooled=unit(found["sentence_embedding"].cpu().numpy()),
                    tokens=unit(found["token_embeddings"][read].cpu().numpy()),
                    pieces=found["input_ids"][read].cpu().numpy().astype(np.int32),
                )
            )
        return embeddings

    def _loaded(self) -> SentenceTransformer:
        if self._model is None:
            try:
                from sentence_transformers import SentenceTransformer

                self._model = SentenceTransformer(self._name)
            except ImportError as exc:
                raise EmbedderUnavailable(
                    f"A model by sentence-transformers was asked for, but {exc.name} is missing.",
                    hint="Install it: pip install 'roughcut[sentence-transformers]'",
                ) from exc
            except (OSError, ValueError) as exc:
                raise EmbedderUnavailable(
                    f"sentence-transformers cannot load {self._name!r}: {exc}.",
                    hint="Name a folder with a model in it, or one that can be fetched.",
                ) from exc
        return self._model
