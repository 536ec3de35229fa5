"""The corpus as it is built from what is installed, read once for all tests."""

from functools import cache
from pathlib import Path

from docs_index.corpus import Chunk, Corpus
from docs_index.reading import read_corpus
from docs_index.search import DocsIndex

ROOT = Path(__file__).parents[3]
API_FILE = ROOT / "agent" / "operator_page" / "core-api.json"
RECIPES = ROOT / "docs_index" / "recipes"
GUIDE = ROOT / "llm.txt"
NOWHERE = Path("/nowhere")


@cache
def installed_corpus() -> Corpus:
    return read_corpus(API_FILE, RECIPES, GUIDE)


@cache
def docs_by_words() -> DocsIndex:
    """The index that needs no model and keeps nothing; `NOWHERE` is never written."""
    return DocsIndex(installed_corpus, NOWHERE, lambda: None)


def chunk(title: str) -> Chunk:
    """The only chunk of that title."""
    [found] = [known for known in installed_corpus().chunks if known.title == title]
    return found
