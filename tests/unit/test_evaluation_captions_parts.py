"""The captions metric over plain figures and drawn plates: ladders, WCAG's contrast, words that differ."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.browser.protocol import Box
from agent.critic.contrast import contrast_ratio, relative_luminance
from agent.domain import MediaInfo
from agent.evaluation.caption_measures import Measured, from_declared, line_height, margin_of, moments_of
from agent.evaluation.caption_scales import CONTRAST, LEGIBLE, SAFE_AREA, SCALES, SIZE, SPEED, Scale
from agent.evaluation.captions import MOST_TEXTS, caption_moments, captions
from agent.evaluation.declared import Declared, DeclaredText
from agent.evaluation.features import Features
from agent.evaluation.letters import Letters, cut_by_frame
from agent.evaluation.reading import differing_words, is_readable, lines_of, recall
from agent.evaluation.scoring import combined
from agent.media.analysis.values import Span
from agent.media.ocr import ReadText, TextBox, TextReader
from tests.compositions import TITLE_FONT
from tests.evaluation_features import features

TEXT = "The stale smell of old beer lingers"
GOOD = {"recall": 1.0, "contrast": 8.0, "line_height": 0.08, "margin": 0.1, "shown_s": 2.5}


def figures(*, is_caption: bool = True, text: str = TEXT, **changed: object) -> Measured:
    given = {**GOOD, **changed}
    return Measured(DeclaredText(text, Span(0, 2.5), is_caption=is_caption), 1.25, **given)


def line(text: str, box: tuple[float, float, float, float] = (100, 300, 540, 330)) -> ReadText:
    return ReadText(text, TextBox(*box), 0.99)


def plate(
    letters: tuple[int, ...], behind: tuple[int, ...], *, size_px: int = 44, y: int = 180
) -> np.ndarray:
    image = Image.new("RGB", (640, 360), behind)
    font = ImageFont.truetype(TITLE_FONT, size_px)
    ImageDraw.Draw(image).text((320, y), "Ham and beer", font=font, fill=letters, anchor="mm")
    return np.asarray(image)


@pytest.mark.parametrize(
    ("scale", "name", "ladder"),
    [
        (LEGIBLE, "recall", (1.0, 0.95, 0.9, 0.7, 0.5, 0.0)),
        (CONTRAST, "contrast", (21.0, 4.5, 3.7, 3.0, 2.0, 1.5, 1.0)),
        (SIZE, "line_height", (0.08, 0.055, 0.04, 0.03, 0.02, 0.01)),
        (SAFE_AREA, "margin", (0.1, 0.05, 0.03, 0.01, 0.005, 0.0)),
        (SPEED, "shown_s", (3.0, 2.1, 1.8, 1.5, 1.0, 0.6)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_part_falls_with_its_figure(scale: Scale, name: str, ladder: Sequence[float]):
    """Full at what is wanted, nothing at the other end, and never up between them."""
    points = [scale.points(figures(**{name: figure})) for figure in ladder]

    assert points[:2] == [1.0, 1.0]
    assert points == sorted(points, reverse=True)
    assert points[-1] == 0.0


@pytest.mark.parametrize(
    ("scale", "changed"),
    [
        (LEGIBLE, {"recall": 0.5}),
        (CONTRAST, {"contrast": 2.0}),
        (SIZE, {"line_height": 0.03}),
        (SAFE_AREA, {"margin": 0.012}),
        (SAFE_AREA, {"outside": True}),
        (SPEED, {"shown_s": 0.5}),
    ],
)
def test_one_bad_text_of_thirty_is_named(scale: Scale, changed: dict):
    """The worst text weighs as much as all, so that it keeps the metric from being golden."""
    measured = [*(figures() for _ in range(29)), figures(text="This is the odd one out", **changed)]
    parts = [scale.part_of(measured) for scale in SCALES]
    findings = [finding for scale in SCALES for finding in scale.finding(measured)]

    assert combined(parts) <= 0.75
    assert min(parts, key=lambda part: part.score).name == scale.part
    assert ["This is the odd one out" in finding.issue.message for finding in findings] == [True]


def test_only_a_text_that_the_frame_cuts_blocks():
    """All else is told and tolerated."""
    bad = {"contrast": 1.2, "line_height": 0.01, "margin": 0.0, "shown_s": 0.3}
    texts = [figures(**bad), figures(recall=0.2)]

    near = [finding for scale in SCALES for finding in scale.finding(texts)]
    cut = [finding for scale in SCALES for finding in scale.finding([figures(outside=True)])]

    assert len(near) == len(SCALES)
    assert not any(finding.is_blocker for finding in near)
    assert [(finding.issue.code, finding.is_blocker) for finding in cut] == [("text_outside_frame", True)]


def test_what_is_missed_for_want_of_contrast_counts_there_alone():
    """So the part that is named is the cause; a text that is not there at all is illegible."""
    assert LEGIBLE.points(figures(recall=0.6, contrast=1.6)) is None
    assert LEGIBLE.points(figures(recall=0.6, outside=True)) is None
    assert LEGIBLE.points(figures(recall=0.6)) == pytest.approx(0.22, abs=0.01)
    assert LEGIBLE.points(figures(recall=0.0, contrast=None, line_height=None, margin=None)) == 0.0


def test_a_title_may_be_short():
    """Three words that are shown for half a second are a title's right, and too short for a caption."""
    assert SPEED.points(figures(text="Go on", shown_s=0.5, is_caption=False)) == 1.0
    assert SPEED.points(figures(text="Do go on", shown_s=0.5)) < 0.75


def test_captions_word_by_word_go_with_the_voice():
    """A word or two cannot be too fast; a whole sentence without blanks can."""
    assert SPEED.points(figures(text="really", shown_s=0.2)) is None
    assert SPEED.points(figures(text="这是一个没有空格的很长的句子而且很快", shown_s=0.2)) == 0.0


@pytest.mark.parametrize(
    ("letters", "behind"),
    [
        ((255, 255, 255), (0, 0, 0)),
        ((0, 0, 0), (255, 255, 255)),
        ((119, 119, 119), (255, 255, 255)),
        ((255, 255, 0), (0, 0, 128)),
        ((200, 200, 200), (128, 128, 128)),
        ((255, 0, 0), (0, 0, 0)),
        ((255, 255, 255), (255, 120, 0)),
        ((160, 160, 160), (128, 128, 128)),
        ((140, 140, 140), (120, 120, 120)),
    ],
)
def test_contrast_on_plain_plates_is_the_true_one(letters: tuple[int, ...], behind: tuple[int, ...]):
    """To 0.05, whichever is the lighter."""
    one, other = (relative_luminance(np.array([colour], np.uint8)) for colour in (letters, behind))
    picture = plate(letters, behind)

    found = Letters.within(picture, TextBox(150, 150, 490, 210))

    assert found is not None
    assert found.contrast(picture) == pytest.approx(contrast_ratio(one, other).item(), abs=0.05)


def test_nothing_is_told_where_there_are_no_letters():
    """A plain area has no contrast, and an area without height has no letters."""
    grey = np.full((360, 640, 3), 128, np.uint8)
    empty = Letters.within(grey, TextBox(100, 100, 300, 140))

    assert empty is not None and empty.contrast(grey) == 1.0
    assert Letters.within(grey, TextBox(100, 100, 300, 101)) is None


def test_letters_remain_on_another_background():
    """Over a shot that has changed they are seen, without them they are not."""
    first, second = plate((255, 255, 255), (0, 0, 60)), plate((255, 255, 255), (90, 40, 0))
    letters = Letters.within(first, TextBox(150, 150, 490, 210))
    noise = np.random.default_rng(1).integers(0, 255, (360, 640, 3), dtype=np.uint8)

    assert letters is not None
    assert letters.remains(second) > 0.9
    assert letters.remains(noise) < 0.3


@pytest.mark.parametrize(("y", "cut"), [(360, True), (350, True), (335, False), (180, False), (0, True)])
def test_a_line_is_cut_where_its_strokes_end_on_the_edge(y: int, cut: bool):
    """A line that only comes near the edge is whole."""
    box = TextBox(150, max(0, y - 30), 490, min(360, y + 30))

    assert cut_by_frame(plate((255, 255, 255), (20, 40, 90), y=y), box) is cut


def test_what_is_read_is_held_against_what_was_meant():
    """Lines of other texts do not count, half a text counts as half, marks and case do not matter."""
    read = [line("THE STALE SMELL OF"), line("old beer lingers!"), line("www.example.com")]

    own = lines_of(TEXT, read)

    assert own == read[:2]
    assert recall(TEXT, own) == 1.0
    assert recall(TEXT, own[:1]) == pytest.approx(0.5, abs=0.05)
    assert recall(TEXT, []) == 0.0


@pytest.mark.parametrize(
    ("read", "differing"),
    [
        (["The stale smell of old beer lingers"], []),
        (["The stale smell ofold", "beer lingers"], []),
        (["The sta1e srnell of 0ld beer Iingers"], []),
        (["The stale smell of cold beer lingers"], [("old", "cold")]),
        (["The stale smell of old", "bear lingers"], [("beer", "bear")]),
    ],
)
def test_words_that_differ_are_named(read: list[str], differing: list[tuple[str, str]]):
    """Not what readers commonly confuse, nor blanks that they miss."""
    lines = [line(text, (100, 40.0 * row, 500, 40.0 * row + 30)) for row, text in enumerate(read)]

    assert differing_words(TEXT, lines) == differing


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("Grüße, 2026!", True),
        ("你好世界", True),
        ("Ελλάδα", True),
        ("Привет", False),
        ("مرحبا", False),
        ("…", False),
    ],
)
def test_only_known_letters_are_read(text: str, readable: bool):
    """What the models were not taught is not held against a text."""
    assert is_readable(text) is readable


def test_a_low_line_is_not_taken_for_a_high_one():
    """Around small letters the reader's box is too high; their width tells how small they are."""
    picture = np.zeros((360, 640, 3), np.uint8)

    assert line_height([line(TEXT, (258, 288, 380, 306))], picture) == pytest.approx(0.03, abs=0.003)
    assert line_height([line(TEXT, (97, 286, 540, 318))], picture) == pytest.approx(32 / 360)


def test_size_is_of_the_shorter_side():
    """A phone shows the shorter side of either format equally large."""
    upright, lying = np.zeros((640, 360, 3), np.uint8), np.zeros((360, 640, 3), np.uint8)

    assert line_height([line("Hello", (10, 10, 150, 42))], upright) == line_height(
        [line("Hello", (10, 10, 150, 42))], lying
    )


def test_the_margin_is_the_nearest_one():
    """Of all lines and all four edges, without the reader's own padding."""
    picture = np.zeros((360, 640, 3), np.uint8)

    assert margin_of([TextBox(320, 180, 400, 200), TextBox(64, 180, 400, 200)], picture) == pytest.approx(
        0.1, abs=0.005
    )
    assert margin_of([TextBox(300, 342, 400, 360)], picture) < 0.01


FEATURES = features(2.0)
SHOWN = DeclaredText(TEXT, Span(0, 2.5), Box(x=0.2, y=0.82, width=0.6, height=0.07))


def test_without_captions_the_metric_is_not_applicable():
    """Nothing is missing, so the rest can still be golden."""
    score = captions(FEATURES, Declared(known=True), None).score

    assert (score.value, score.complete, score.why) == (None, True, "no captions are declared")


def test_without_a_reader_it_is_judged_as_declared_and_not_complete():
    """Size, place and speed come from the composition; the score says that nothing was read."""
    score = captions(FEATURES, Declared(known=True, texts=(SHOWN,)), None).score
    judged = {part.name: part.score for part in score.parts}

    assert judged == {"legible": None, "contrast": None, "size": 1.0, "safe area": 1.0, "reading speed": 1.0}
    assert (score.complete, score.why) == (False, "not read: OCR is switched off")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    """With what to install; of a foreign file nothing is known then."""
    monkeypatch.setattr("agent.media.ocr.find_spec", lambda name: None)

    score = captions(FEATURES, Declared(), TextReader()).score

    assert (score.value, score.complete) == (None, False)
    assert "pip install 'roughcut[ocr]'" in score.why


def test_a_declared_box_outside_the_frame_blocks_without_a_reader():
    """What the composition says is enough to know it."""
    outside = DeclaredText(TEXT, Span(0, 2.5), Box(x=0.7, y=0.82, width=0.6, height=0.07))

    (finding,) = captions(FEATURES, Declared(known=True, texts=(outside,)), None).findings

    assert (finding.issue.code, finding.is_blocker) == ("text_outside_frame", True)
    assert from_declared(outside, FEATURES.media).outside


def test_letters_that_nobody_here_reads_are_not_called_illegible():
    """The score says that they were not judged."""
    russian = DeclaredText("Добрый вечер", Span(0, 2), Box(x=0.2, y=0.82, width=0.6, height=0.07))

    score = captions(FEATURES, Declared(known=True, texts=(russian,)), TextReader()).score

    assert score.value == 1.0
    assert (score.complete, score.why) == (False, "1 of 1 texts are in letters that the reader does not know")


def test_sound_alone_has_no_captions():
    """Not applicable, and nothing is missing."""
    score = captions(Features(MediaInfo("mp3", 2), 2, None, None), Declared(), None).score

    assert (score.value, score.complete) == (None, True)


def test_a_long_file_is_looked_at_in_a_limited_number_of_moments():
    """However many captions there are, and whether they are declared or not."""
    many = tuple(DeclaredText(TEXT, Span(second, second + 1)) for second in range(1000))

    declared = caption_moments(Declared(known=True, texts=many), 1000)
    foreign = caption_moments(Declared(), 1000)

    assert len(declared) <= len(moments_of(SHOWN.span)) * MOST_TEXTS
    assert max(declared) > 900
    assert len(foreign) == 60
    assert max(foreign) > 900
