"""Exact look-ups, and what comes back for names that are none."""

import pytest

from docs_index.symbols import SymbolDoc, Unknown, find_symbol
from tests.unit.docs.corpora import installed_corpus


def look_up(name):
    return find_symbol(installed_corpus(), name)


@pytest.mark.parametrize(
    "asked",
    [
        "TextClip",
        "core.TextClip",
        "textclip",
        "`TextClip`",
        " new core.TextClip({ text: 'a' }) ",
        "typeof core.TextClip",
    ],
)
def test_a_class_is_found_however_it_is_written(asked):
    """As a name, as code, in the wrong case."""
    assert look_up(asked).name == "TextClip"


@pytest.mark.parametrize(
    ("asked", "declared"),
    [
        ("TextClip.align", "TextClip.align"),
        ("TextClip#align", "TextClip.align"),
        ("VideoClip.opacity", "VisualMixin.opacity"),
        ("VideoClip.split", "AudioClip.split"),
        ("clip.fadeInDurationSeconds", "AudioClip.fadeInDurationSeconds"),
        ("removeSilences(", "AudioClip.removeSilences"),
        ("EncoderConfig.range", "EncoderConfig.range"),
        ("blur", "Effect.blur"),
    ],
)
def test_a_member_is_found_where_it_is_declared(asked, declared):
    """Along what its class extends; a variable's name before the dot is passed over."""
    assert look_up(asked).name == declared


def test_a_class_tells_its_own_members_and_names_what_it_inherits():
    """So that one look-up answers which members there are."""
    text = look_up("VideoClip").text

    assert text.startswith("class VideoClip extends VisualMixin, AudioClip")
    assert "constructor(source?: VideoSource, props?: VideoClipProps)" in text
    assert "from VisualMixin: " in text
    assert "fadeInDurationSeconds" in text
    assert "initRenderer" not in text


def test_options_tell_what_they_inherit_in_full():
    """A field that is asked for wrongly is corrected at one glance."""
    text = look_up("VideoClipProps").text

    assert "range?: [Time | undefined, Time | undefined]" in text
    assert "opacity?: number  // 0 to 100" in text
    assert "delay?: Time" in text


def test_a_name_of_several_owners_tells_of_all():
    """With where each is from."""
    found = look_up("opacity")

    assert found.text.count("opacity") >= 3
    assert len(found.sources) >= 3


def test_what_is_not_importable_says_so():
    """It is written in an object literal."""
    found = look_up("EncoderConfig")

    assert not found.importable
    assert "Not importable" in found.text
    assert look_up("TextClip").importable


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("VideoClipp", "VideoClip"),
        ("TextClip.alignment", "TextClip.align"),
        ("VideoClip.fadeIn", "VideoClip.fadeInDurationSeconds"),
        ("VideoSource.from", "Source.from"),
    ],
)
def test_a_miss_names_what_is_near(asked, nearest):
    """The owner's own names before others."""
    assert nearest in look_up(asked).nearest


@pytest.mark.parametrize(
    ("asked", "today"), [("clip.subclip", "AudioClip.range"), ("VideoClip.stop", "Clip.end")]
)
def test_a_name_of_earlier_versions_leads_to_that_of_today(asked, today):
    """Models know those versions best."""
    assert today in look_up(asked).today


@pytest.mark.parametrize("asked", ["", "   ", "...", "x" * 10_000, "Schriftgröße", "文字", "(((", "\x00"])
def test_what_is_no_name_is_unknown(asked):
    """And never an error."""
    assert isinstance(look_up(asked), Unknown)


def test_every_declaration_and_member_is_found_by_its_own_name():
    """Nothing that was extracted is out of reach."""
    corpus = installed_corpus()
    names = {known.name for known in corpus.declarations}
    for known in corpus.declarations:
        names |= {f"{known.name}.{member.name}" for member in known.members if known.importable}

    assert [name for name in names if not isinstance(find_symbol(corpus, name), SymbolDoc)] == []
