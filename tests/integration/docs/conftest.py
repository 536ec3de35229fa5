"""The real corpus and the real model. The index is kept between runs, so only the first one waits for it."""

import pytest

from docs_index.embed import default_embedder
from docs_index.errors import EmbedderUnavailable
from docs_index.search import DocsIndex
from tests.unit.docs.corpora import installed_corpus


@pytest.fixture(scope="session")
def docs_cache(pytestconfig):
    return pytestconfig.cache.mkdir("docs-index")


@pytest.fixture(scope="session")
def weights():
    try:
        return default_embedder()
    except EmbedderUnavailable as exc:
        pytest.skip(f"{exc} {exc.hint}")


@pytest.fixture(scope="session")
def index(docs_cache, weights):
    return DocsIndex(installed_corpus, docs_cache, lambda: weights)
