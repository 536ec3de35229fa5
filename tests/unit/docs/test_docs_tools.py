"""What the model is told when it looks something up, and when its program is refused."""

import re
from types import SimpleNamespace

import pytest

from agent.browser.protocol import Diagnostic
from agent.tools.bridge import ToolFailed
from agent.tools.diagnostics import docs_for
from agent.tools.docs_search import search_docs
from agent.tools.docs_symbol import look_up_symbol
from docs_index.errors import CorpusUnreadable
from tests.unit.docs.corpora import docs_by_words

DOCS = docs_by_words()
PROGRAM = "const clip = new core.VideoClip(asset('clip.mp4'), { stop: 3 });\nclip.subclip(0, 3);\n"


def fault(message, line=1, code=2353):
    return Diagnostic(line=line, column=1, code=code, message=message)


async def test_recipes_come_first_with_how_it_was_searched():
    """The last line tells that there was no model, and why."""
    text = await search_docs(DOCS, "fade out the music")

    heads = re.findall(r"^\[(\w+)", text, re.MULTILINE)
    assert heads[0] == "recipe"
    assert "fadeOutDurationSeconds" in text
    assert text.splitlines()[-1].startswith("core 4.0.3. Found by words alone.")


@pytest.mark.parametrize("query", ["", "   "])
async def test_an_empty_query_is_refused(query):
    """With what to do about it."""
    with pytest.raises(ToolFailed, match=r"FAILED: The query is empty\. Say"):
        await search_docs(DOCS, query)


async def test_an_unknown_kind_names_the_known_ones():
    """The refusal is the list."""
    with pytest.raises(ToolFailed, match="recipe"):
        await search_docs(DOCS, "text", kind="tutorial")


async def test_a_query_of_ten_thousand_characters_is_cut_and_says_so():
    """It is most likely a pasted error, whose beginning tells the most."""
    text = await search_docs(DOCS, "fade out the music " * 600)

    assert "recipe" in text
    assert "first 2,000 characters" in text


@pytest.mark.parametrize("query", ["字幕を追加", "🎬🎬", "\x00\x00", "qqqq zzzz"])
async def test_words_that_nothing_has_find_nothing(query):
    """And the answer says so instead of failing."""
    assert (await search_docs(DOCS, query)).startswith("FOUND NOTHING")


async def test_code_is_a_query():
    """The classes in it are found."""
    text = await search_docs(DOCS, "new core.RectangleMask({ x: 0, radius: 12 }).foo(`${a}`)", kind="api")

    assert "RectangleMask" in text


async def test_the_number_of_results_is_the_models_choice_within_reason():
    """A model that asks for a thousand gets ten."""
    few = await search_docs(DOCS, "text", limit=1)
    many = await search_docs(DOCS, "text", limit=1000)

    assert few.count("\n## ") + few.startswith("## ") == 1
    assert many.count("## ") <= 10


async def test_a_symbol_is_told_exactly():
    """With its source; a miss names what is near."""
    assert "opacity?: number  // 0 to 100" in await look_up_symbol(DOCS, "TextClipProps")
    assert "[core 4" in await look_up_symbol(DOCS, "TextClip.align")
    assert "TextClip.align" in await look_up_symbol(DOCS, "TextClip.alignment")


async def test_without_an_index_both_tools_say_how_to_get_one():
    """The page has to be built first."""

    def refuse(*_args, **_options):
        raise CorpusUnreadable("Expected core's declarations.", hint="Run `make setup`.")

    docs = SimpleNamespace(search=refuse, symbol=refuse)

    with pytest.raises(ToolFailed, match="make setup"):
        await search_docs(docs, "text")
    with pytest.raises(ToolFailed, match="make setup"):
        await look_up_symbol(docs, "TextClip")


def test_a_wrong_option_brings_those_that_there_are():
    """And what took its place, where an earlier version had it."""
    message = "… only specify known properties, and 'stop' does not exist in type 'VideoClipProps'."

    text = docs_for([fault(message)], PROGRAM, DOCS)

    assert "Core has no 'VideoClipProps.stop'. Earlier versions had it; today: Clip.end" in text
    assert "range?: [Time | undefined, Time | undefined]" in text
    assert "delay?: Time" in text


def test_a_wrong_member_brings_its_class():
    """With the names of all that it inherits."""
    text = docs_for([fault("Property 'subclip' does not exist on type 'VideoClip'.", 2, 2339)], PROGRAM, DOCS)

    assert "today: AudioClip.range, Clip.trim" in text
    assert "class VideoClip extends VisualMixin, AudioClip" in text


def test_a_name_that_core_does_not_export_brings_what_took_its_place():
    """The compiler calls core by its path then."""
    faults = [
        fault(f"Property '{name}' does not exist on type 'typeof import(\"/core\")'.", code=2339)
        for name in ("CircleClip", "Keyframe")
    ]

    text = docs_for(faults, "let a = 1;", DOCS)

    assert "Core has no 'CircleClip'. Earlier versions had it; today: EllipseClip." in text
    assert "interface KeyFrame<T>" in text


def test_a_type_in_a_message_is_told():
    """Also one that is in the middle of a longer type."""
    message = "Type '\"slow\"' is not assignable to type 'Easing | undefined'."

    assert "type Easing = 'linear'" in docs_for([fault(message, code=2322)], PROGRAM, DOCS)


def test_without_a_type_in_the_message_the_line_tells_what_it_is_about():
    """`core.VideoClip` stands there."""
    message = "Expected 1-2 arguments, but got 3."

    assert "class VideoClip" in docs_for([fault(message, code=2554)], PROGRAM, DOCS)


@pytest.mark.parametrize(
    "message",
    ["Cannot find name 'foo'.", "';' expected.", "Type 'string' is not assignable to type 'number'."],
)
def test_what_is_not_about_core_brings_nothing(message):
    """No text for its own sake."""
    assert docs_for([fault(message, code=2322)], "let a = 1;", DOCS) == ""


def test_an_exception_brings_nothing():
    """It has no number, and its message is the program's own."""
    assert docs_for([fault("'TextClip' does not exist on type 'Layer'", code=0)], PROGRAM, DOCS) == ""


def test_however_many_faults_there_are_the_text_is_bounded():
    """It must not crowd the diagnostics out of the model's window."""
    classes = ["TextClipProps", "VideoClipProps", "CaptionsClipProps", "RectangleClipProps", "Composition"]
    faults = [fault(f"'x{n}' does not exist in type '{name}'.") for n, name in enumerate(classes * 9)]

    text = docs_for(faults, PROGRAM, DOCS)

    assert 1000 < len(text) <= 3002


async def test_no_name_at_all_is_refused():
    """It is not looked up, and the message says what a name looks like."""
    with pytest.raises(ToolFailed, match=r"name is empty.*TextClip\.align"):
        await look_up_symbol(DOCS, " ")
