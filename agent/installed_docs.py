"""The documentation index of this installation: its sources, its place, and its embedding model."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from agent.prompts import guide_path
from agent.settings import Settings
from docs_index.embed import Embedder, SentenceTransformerEmbedder, default_embedder
from docs_index.reading import read_corpus
from docs_index.search import DocsIndex

CORE_API = Path(str(files("agent") / "operator_page" / "core-api.json"))
"""Core's declarations, as the page was built with them."""
RECIPES = Path(str(files("docs_index") / "recipes"))


def docs_index(settings: Settings) -> DocsIndex:
    """Search over core's declarations, our recipes and the guide; nothing is read yet."""

    def embedder() -> Embedder:
        model = settings.docs_model
        return SentenceTransformerEmbedder(model) if model else default_embedder()

    return DocsIndex(lambda: read_corpus(CORE_API, RECIPES, guide_path()), settings.cache / "docs", embedder)
