"""The corpus is that of the installed core, whole, and cut into pieces that stand for themselves."""

import hashlib
import json
import re
from typing import get_args

import pytest

from docs_index.api import read_api
from docs_index.corpus import ChunkKind
from docs_index.corrections import CORRECTIONS
from docs_index.errors import CorpusUnreadable
from docs_index.former_names import FORMER_NAMES
from docs_index.glosses import GLOSSES
from docs_index.reading import read_corpus
from docs_index.symbols import SymbolDoc, find_symbol
from tests.unit.docs.corpora import API_FILE, GUIDE, RECIPES, ROOT, chunk, installed_corpus

CORE = ROOT / "operator_ui" / "node_modules" / "@diffusionstudio" / "core"
CHUNKS = installed_corpus().chunks
LONGEST = 1400


def test_the_page_was_built_with_the_core_that_is_pinned():
    """Another core in package.json means that the page, and with it the index, has to be built again."""
    manifest = json.loads((ROOT / "operator_ui" / "package.json").read_text(encoding="utf-8"))

    assert installed_corpus().core_version == manifest["dependencies"]["@diffusionstudio/core"]


@pytest.mark.skipif(not CORE.is_dir(), reason="core's declarations are not installed here")
def test_the_index_was_read_from_the_declarations_that_are_installed():
    """Byte for byte: a patched core is seen too."""
    digest = hashlib.sha256()
    declared = {path.relative_to(CORE / "dist").as_posix(): path for path in CORE.rglob("*.d.ts")}
    for name, path in sorted(declared.items()):
        digest.update(f"{name}\0{path.read_text(encoding='utf-8')}\0".encode())

    assert read_api(API_FILE).types_sha256 == digest.hexdigest()


def test_chunks_are_told_apart():
    """Ids are unique, and every chunk has something to show and to say."""
    assert len({known.id for known in CHUNKS}) == len(CHUNKS)
    assert all(known.title and known.source and known.text for known in CHUNKS)
    assert {known.kind for known in CHUNKS} == set(get_args(ChunkKind))


def test_chunks_are_short():
    """Whole members are grouped up to about what the embedding model reads at once."""
    assert {known.id: len(known.text) for known in CHUNKS if len(known.text) > LONGEST} == {}


def test_what_cannot_be_imported_is_there_and_marked():
    """How to export is told by types that core does not export."""
    options = {known.title: known for known in CHUNKS if known.kind == "options"}

    assert "format?: ContainerFormat" in options["interface EncoderConfig"].text
    assert not options["interface EncoderConfig"].importable
    assert options["interface Stroke"].importable


def test_a_class_names_the_mixin_and_the_mixin_its_classes():
    """The members of VisualMixin are told once."""
    assert chunk("class TextClip extends VisualMixin, Clip").symbols[0] == "TextClip"
    properties = [known for known in CHUNKS if known.kind == "properties"]
    [rotation] = [known for known in properties if "TextClip.rotation" in known.symbols]
    assert rotation.title.startswith("VisualMixin: ")
    assert "TextClip" in rotation.summary


@pytest.mark.parametrize(
    "name", ["AsyncMutex", "uuid", "debounce", "Serializer", "Clip.initRenderer", "SolarCaptionPreset.render"]
)
def test_internals_are_no_chunks(name):
    """They are found by their exact names only."""
    of_core = [known for known in CHUNKS if known.source.startswith("core ")]

    assert not [known.id for known in of_core if name in known.symbols]
    assert isinstance(find_symbol(installed_corpus(), name), SymbolDoc)


def test_codecs_are_named():
    """The names of mediabunny are those that the export takes."""
    assert "'avc'" in chunk("type VideoCodec").text
    assert "'opus'" in chunk("type AudioCodec").text


def test_a_rule_stands_for_the_calls_in_it():
    """`await` every `composition.add(layer)`, `layer.add(clip)`: it answers questions about both."""
    [rules] = [known for known in CHUNKS if known.kind == "guide" and "`await` every" in known.text]

    assert {"Composition.add", "Composition.resize", "Layer.add"} <= set(rules.symbols)


def test_the_guide_is_covered():
    """Each of its programs and traps is in a chunk; the recipes that it lists are chunks themselves."""
    guide = re.sub(r"## Recipes.*?(?=## )", "", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    covered = "\n".join(known.text for known in CHUNKS if known.kind == "guide")

    programs = re.findall(r"```ts assets=\S*\n(.*?)```", guide, re.DOTALL)
    traps = re.findall(r"^- .+", guide, re.MULTILINE)
    assert len(programs) > 10
    assert [text for text in [*programs, *traps] if text not in covered] == []


@pytest.mark.parametrize("symbol", CORRECTIONS)
def test_a_wrong_comment_of_core_is_put_right(symbol):
    """What core says wrongly is nowhere in the corpus, what is right is."""
    correction = CORRECTIONS[symbol]
    raw = json.loads(API_FILE.read_text(encoding="utf-8"))

    told = find_symbol(installed_corpus(), symbol)

    assert correction.right in told.text
    if correction.wrong:
        assert correction.wrong in _raw_comment(raw, symbol), "core has mended it: drop the correction"
        about = [known for known in CHUNKS if symbol in known.symbols]
        assert not [known.id for known in about if correction.wrong in known.text]


@pytest.mark.skipif(not CORE.is_dir(), reason="core's program is not installed here")
@pytest.mark.parametrize("symbol", [name for name, known in CORRECTIONS.items() if known.because])
def test_a_correction_holds_for_the_installed_core(symbol):
    """Its reason is still to be found in core's program."""
    program = (CORE / "dist" / "core.es.js").read_text(encoding="utf-8")

    assert CORRECTIONS[symbol].because in program


def _raw_comment(api: dict, symbol: str) -> str:
    owner, _, member = symbol.partition(".")
    [declaration] = [known for known in api["declarations"] if known["name"] == owner]
    told = [known for known in declaration["members"] if known["name"] == member] if member else [declaration]
    return told[0]["comment"]


@pytest.mark.parametrize("symbol", GLOSSES)
def test_a_gloss_is_told_with_what_it_is_of(symbol):
    """It is of a name that core has, and in a chunk that a search can find."""
    told = find_symbol(installed_corpus(), symbol)

    assert isinstance(told, SymbolDoc)
    assert told.name == symbol
    assert GLOSSES[symbol] in told.text
    assert [known.id for known in CHUNKS if symbol in known.symbols and GLOSSES[symbol] in known.text]


def test_former_names_lead_to_names_of_today():
    """None of them exists any more, all that they lead to does."""
    corpus = installed_corpus()
    today = {name for names in FORMER_NAMES.values() for name in names}

    assert [name for name in today if not isinstance(find_symbol(corpus, name), SymbolDoc)] == []
    assert {known.name for known in corpus.declarations}.isdisjoint(FORMER_NAMES)


@pytest.mark.parametrize("content", [None, "", "{}", '{"declarations": [{"name": "A"}]}', "[1]"])
def test_a_page_that_was_not_built_says_how_to_build_it(tmp_path, content):
    """Missing, empty or cut short: the hint is the next step."""
    api = tmp_path / "core-api.json"
    if content is not None:
        api.write_text(content)

    with pytest.raises(CorpusUnreadable, match=r"core-api\.json") as refused:
        read_corpus(api, RECIPES, GUIDE)

    assert "make setup" in refused.value.hint


def test_a_guide_that_is_missing_is_named(tmp_path):
    """Not an OSError from somewhere below."""
    with pytest.raises(CorpusUnreadable, match=r"llm\.txt"):
        read_corpus(API_FILE, RECIPES, tmp_path / "llm.txt")
