"""Words as the index compares them."""

import pytest

from docs_index.words import index_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fadeInDurationSeconds", ["fadeindurationseconds", "fade", "durat", "second"]),
        ("Trimming the clips", ["trim", "clip"]),
        ("fading, fades and faded", ["fade", "fade", "fade"]),
        ("9:16 videos", ["9:16", "video"]),
        ("HTMLImageElement", ["htmlimageelement", "html", "imag", "element"]),
        ("vidéo en français", ["vidéo", "en", "françai"]),
        ("colour grey centre centred", ["color", "gray", "center", "center"]),
        ("stabilise stabilizing", ["stabil", "stabil"]),
        ("noise", ["nois"]),
        ("the and of", []),
        ("?!", []),
    ],
)
def test_words_meet_in_their_stems(text, words):
    """CamelCase is taken apart, endings come off, small words do not count, British is as American."""
    assert index_words(text) == words
