"""Words in other scripts: which font draws them, and in what order they are drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.domain import AssetKind
from agent.media import scripts
from agent.media.analysis.values import Word
from agent.media.scripts import foreign_letters, is_right_to_left, lettering, words_to_draw
from tests import media
from tests.browser_fixtures import asset_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Déjà vu, naïve Łódź 100 % ªµ", []),
        ("Привет, καλημέρα", []),
        ("مرحبا بكم", ["Arabic"]),
        ("नमस्ते", ["Devanagari"]),
        ("今日は weather です", ["Chinese characters", "Japanese"]),
        ("안녕", ["Korean"]),
        ("שלום", ["Hebrew"]),
    ],
)
def test_letters_that_the_page_lacks_are_found(text: str, found: list[str]):
    """Those of the fonts that come with the page are not foreign, nor are figures and marks."""
    assert sorted(foreign_letters(text)) == found


async def test_a_font_of_the_session_is_taken_for_the_letters_it_has():
    """DejaVu has Arabic and no Devanagari."""
    font = asset_of(media.FONT, AssetKind.FONT)

    arabic = await lettering("مرحبا بكم", [font], browser_is_here=False)
    hindi = await lettering("नमस्ते", [font], browser_is_here=False)

    assert arabic.face is not None and arabic.face.family == "DejaVu Sans Mono"
    assert hindi.face is None
    assert "Devanagari" in hindi.warnings[0]


async def test_a_script_without_a_font_is_a_warning(monkeypatch: pytest.MonkeyPatch):
    """It names the script and what to do; fonts of this machine count only where the browser is here too."""
    monkeypatch.setattr(scripts, "_on_this_machine", lambda letters: True)

    here = await lettering("नमस्ते", [], browser_is_here=True)
    elsewhere = await lettering("नमस्ते", [], browser_is_here=False)

    assert here.warnings == ()
    assert "Devanagari" in elsewhere.warnings[0] and "font file" in elsewhere.warnings[0]


async def test_plain_letters_need_nothing(monkeypatch: pytest.MonkeyPatch):
    """Nobody looks for fonts then."""
    monkeypatch.setattr(scripts, "_on_this_machine", lambda letters: pytest.fail("looked"))

    assert await lettering("Hello", [], browser_is_here=True) == scripts.Lettering()


async def test_a_font_that_cannot_be_read_is_not_taken(tmp_path: Path):
    """A file may only be called a font."""
    path = tmp_path / "broken.ttf"
    path.write_bytes(b"\0\1\0\0 nothing")

    found = await lettering("שלום", [asset_of(path, AssetKind.FONT)], browser_is_here=False)

    assert found.face is None and found.warnings


def test_a_line_from_right_to_left_is_one_word():
    """Its words are kept together and its full stop stays at its left; times are those of the line."""
    words = tuple(Word(text, at, at + 0.5, 0.9) for at, text in enumerate(["שלום", "לכולם", "היום."]))

    drawn = words_to_draw(words, ("שלום לכולם", "היום."))

    assert [(word.start_s, word.end_s) for word in drawn] == [(0, 1.5), (2, 2.5)]
    assert drawn[0].text == "שלום\u00a0לכולם\u200f"
    assert words_to_draw(words[:1], ("Hello",)) == words[:1]


@pytest.mark.parametrize(
    ("text", "expected"), [("(1) שלום", True), ("iPhone שלום", False), ("12 %", False), ("", False)]
)
def test_the_first_letter_gives_the_direction(text: str, expected: bool):
    """As in the Unicode bidirectional algorithm; figures have none of their own."""
    assert is_right_to_left(text) is expected
