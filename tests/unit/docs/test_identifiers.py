"""Names of core in a query."""

import pytest

from docs_index.identifiers import Identifiers
from tests.unit.docs.word_vectors import CHUNKS

RECIPE, MUTE, PIP, TEXT_CLIP, TEXT_CLIP_ALIGN, CLIP_METHODS, TRAPS = range(len(CHUNKS))


def named_in(query):
    return Identifiers(CHUNKS).named_in(query, range(len(CHUNKS)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("TextClip", [TEXT_CLIP]),
        ("how do I use a TextClip", [TEXT_CLIP]),
        ("new core.TextClip(", [TEXT_CLIP]),
        ("TextClip.align", [TEXT_CLIP_ALIGN]),
        ("core.TextClip.align does nothing", [TEXT_CLIP_ALIGN]),
        ("clip.trim(2, 8) throws", [CLIP_METHODS]),
        ("align", [TEXT_CLIP_ALIGN]),
        ("`TextClip.align` or `Clip.split`", [TEXT_CLIP_ALIGN, CLIP_METHODS]),
    ],
)
def test_a_name_leads_to_where_it_is_declared(query, found):
    """A class to its overview, a member to its signature."""
    assert named_in(query) == found


@pytest.mark.parametrize("query", ["align the text", "trim the clip", "Fade In Something", "e.g. a.b", ""])
def test_a_plain_word_is_no_name(query):
    """`trim the clip` is a task: a recipe may be the better answer."""
    assert named_in(query) == []


def test_the_best_ranked_of_several_is_taken():
    """The rest of the query decides between chunks that declare the same name."""
    assert Identifiers((*CHUNKS, CHUNKS[CLIP_METHODS])).named_in("x.trim()", [7, 5]) == [7]


def test_a_chunk_that_is_not_wanted_is_not_named():
    """The ranking has only the chunks of the kind that is searched."""
    assert Identifiers(CHUNKS).named_in("TextClip.align", [RECIPE, MUTE]) == []
