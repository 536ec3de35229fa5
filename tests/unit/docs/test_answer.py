"""What was found as a text: in order, within its budget, cut between members only."""

from dataclasses import replace

import pytest

from docs_index.answer import answer, estimate_tokens
from docs_index.corpus import Chunk

RECIPE = Chunk("recipe:a", "recipe", "Fade", "words", ("```ts\nrun();\n```",), (), "recipe a", True)
SIGNATURES = tuple(f"m{number}(): this" for number in range(9))
METHODS = Chunk("m", "methods", "Clip: trim, split", "", SIGNATURES, (), "core 4 x", True)
FOOTER = "core 4.0.3"


def test_recipes_come_before_signatures():
    """Whatever was ranked first; among their like the ranking stays."""
    other = replace(RECIPE, title="Blend")

    text = answer([METHODS, RECIPE, other], footer=FOOTER)

    assert [line for line in text.splitlines() if line.startswith("##")] == [
        "## Fade",
        "## Blend",
        "## Clip: trim, split",
    ]
    assert text.endswith(FOOTER)


@pytest.mark.parametrize("max_tokens", range(20, 120, 7))
def test_a_member_is_whole_or_not_there(max_tokens):
    """And the text is never over its budget but for the note of what was left out."""
    text = answer([METHODS], footer=FOOTER, max_tokens=max_tokens)

    shown = [line for line in text.splitlines() if line.startswith("m")]
    assert shown == list(SIGNATURES[: len(shown)])
    assert ("eft out" in text) == (len(shown) < len(SIGNATURES))
    told = [line for line in text.splitlines() if "eft out" not in line]
    assert estimate_tokens("\n".join(told)) <= max_tokens


def test_what_does_not_fit_is_named():
    """So that it can be asked for by itself."""
    long = replace(RECIPE, title="Long", members=("x" * 3000,))

    text = answer([RECIPE, long], footer=FOOTER, max_tokens=200)

    assert "run();" in text
    assert "xxx" not in text
    assert "Left out for length, ask for them by name: Long" in text


def test_each_has_its_source_and_whether_it_can_be_imported():
    """A model must not write `core.EncoderConfig`."""
    text = answer([RECIPE, replace(METHODS, importable=False)], footer=FOOTER)

    assert "[recipe a]" in text
    assert "[core 4 x; importable: no" in text
