"""The captions metric on real clips: good ones pass, and a damaged one is known for what is wrong with it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.browser.protocol import Box
from agent.evaluation.captions import caption_moments, captions
from agent.evaluation.declared import Declared, DeclaredText
from agent.evaluation.decode import decode
from agent.evaluation.values import Assessment
from agent.media.analysis.values import Span
from agent.media.ocr import text_reader
from agent.media.probe import probe
from agent.media.watermark import MARK_TEXT
from tests.compositions import TITLE_FONT
from tests.evaluation_clips import good, with_picture
from tests.media import sized_video

Captions = Sequence[tuple[float, float, str]]

SECONDS, CUTS_S = 7.0, (2.0, 4.0, 5.5)
SPOKEN: Captions = (
    (0.3, 2.3, "The smell of beer lingers"),
    (2.5, 4.5, "It takes heat and patience"),
    (4.7, 6.7, "A salt pickle tastes fine"),
)
HASTY: Captions = (
    (0.5, 2.5, "This caption has far too many words to be read at all in the two"),
    (3.0, 5.0, "seconds in which it stays on the screen before it is replaced by"),
)
OUTLINE = "borderw=2:bordercolor=black"
PLATE = "box=1:boxcolor=black@0.75:boxborderw=6"


def plain() -> Path:
    """A good clip without captions."""
    return good(SECONDS, cuts_s=CUTS_S)


def captioned(
    *,
    shown: Captions = SPOKEN,
    colour: str = "white",
    opacity: float = 1.0,
    size: str = "h*0.06",
    style: str = OUTLINE,
    x: str = "(w-text_w)/2",
    y: str = "h*0.82",
    source: Path | None = None,
) -> Path:
    """A good clip with captions."""
    drawn = [
        f"drawtext=fontfile={TITLE_FONT}:text='{text}':fontsize={size}:fontcolor={colour}@{opacity}:{style}:"
        f"x={x}:y={y}:enable='between(t,{start},{end})'"
        for start, end, text in shown
    ]
    return with_picture(",".join(drawn), source=source or plain())


def meant(
    shown: Captions = SPOKEN, *, top: float = 0.82, height: float = 0.07, width: float = 0.7
) -> Declared:
    """What a composition says of such captions."""
    box = Box(x=(1 - width) / 2, y=top, width=width, height=height)
    return Declared(
        known=True, texts=tuple(DeclaredText(text, Span(start, end), box) for start, end, text in shown)
    )


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


async def assessed(video: Path, declared: Declared, at: Path) -> Assessment:
    media = await probe(video)
    features = await decode(video, media, caption_moments(declared, media.duration_s), at)
    return captions(features, declared, text_reader())


@pytest.mark.parametrize(
    "style",
    [OUTLINE, PLATE, "box=1:boxcolor=white@0.9:boxborderw=6:fontcolor=black@1"],
    ids=["outline", "plate", "dark on a light plate"],
)
async def test_captions_that_can_be_read_pass(tmp_path: Path, style: str):
    """Over moving pictures, with an outline or on a plate, in light or dark letters."""
    found = await assessed(captioned(style=style), meant(), tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85
    assert found.score.complete
    assert found.findings == ()


@pytest.mark.parametrize(
    ("damage", "declared", "weakest", "code"),
    [
        pytest.param(
            {"colour": "0x8a9a80", "style": "borderw=0"}, meant(), "contrast", "text_low_contrast", id="grey"
        ),
        pytest.param(
            {"opacity": 0.35, "style": "borderw=0"}, meant(), "contrast", "text_low_contrast", id="ghost"
        ),
        pytest.param({"style": "borderw=0"}, meant(), "contrast", "text_low_contrast", id="plain white"),
        pytest.param(
            {"size": "h*0.018"}, meant(height=0.022, width=0.22), "size", "text_too_small", id="tiny"
        ),
        pytest.param({"x": "w-text_w*0.72"}, meant(), "safe area", "text_outside_frame", id="cut at right"),
        pytest.param({"x": "-text_w*0.2"}, meant(), "safe area", "text_outside_frame", id="cut at left"),
        pytest.param({"y": "h-text_h*0.6"}, meant(), "safe area", "text_outside_frame", id="cut at bottom"),
        pytest.param({"y": "h*0.945", "size": "h*0.045"}, meant(), "safe area", "text_near_edge", id="near"),
        pytest.param(
            {"shown": [(start, start + 0.6, text) for start, _, text in SPOKEN]},
            meant(),
            "reading speed",
            "text_too_fast",
            id="gone too soon",
        ),
        pytest.param(
            {"shown": HASTY, "size": "h*0.036"}, meant(HASTY), "reading speed", "text_too_fast", id="too fast"
        ),
        pytest.param({"shown": ()}, meant(), "legible", "text_unreadable", id="missing"),
        pytest.param(
            {"shown": [*SPOKEN[:2], (4.7, 6.7, "Quite another sentence")]},
            meant(),
            "legible",
            "text_unreadable",
            id="another text",
        ),
    ],
)
async def test_damaged_captions_are_known_for_their_damage(
    tmp_path: Path, damage: dict, declared: Declared, weakest: str, code: str
):
    """Far from golden, the damaged part is the weakest, and its finding has a time and a fix."""
    video = captioned(**damage) if damage.get("shown") != () else plain()

    found = await assessed(video, declared, tmp_path)

    assert found.score.value is not None and found.score.value <= 0.75
    assert found.score.weakest is not None and found.score.weakest.name == weakest
    told = next(finding for finding in found.findings if finding.issue.code == code)
    assert told.issue.time_s is not None and told.issue.suggested_fix
    assert told.is_blocker == (code == "text_outside_frame")


async def test_a_wrong_letter_is_told(tmp_path: Path):
    """The score is of what can be read; the words are compared all the same."""
    shown = [*SPOKEN[:2], (4.7, 6.7, "A salt pickle tastes wine")]

    found = await assessed(captioned(shown=shown, style=PLATE), meant(), tmp_path)

    (told,) = (finding for finding in found.findings if finding.issue.code == "text_differs")
    assert '"wine" for "fine"' in told.issue.message
    assert found.score.value is not None and found.score.value >= 0.85


async def test_upright_captions_are_held_to_the_width(tmp_path: Path):
    """What is 6 % of the width of an upright frame is as large on a phone."""
    words = ((0.5, 2.8, "old beer lingers"), (3.0, 5.4, "bring out the odor"))
    upright = captioned(shown=words, size="w*0.06", source=good(6, size=(360, 640), cuts_s=(2.0, 4.0)))

    found = await assessed(upright, meant(words), tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85


async def test_captions_of_a_foreign_file_are_found(tmp_path: Path):
    """Judged by all but what they were meant to say, and the score says so."""
    good_one = await assessed(captioned(), Declared(), folder(tmp_path, "good"))
    tiny = await assessed(captioned(size="h*0.02", style=PLATE), Declared(), folder(tmp_path, "tiny"))

    assert good_one.score.value is not None and good_one.score.value >= 0.85
    assert "no composition declares it" in good_one.score.why
    assert tiny.score.value is not None and tiny.score.value <= 0.75
    assert tiny.score.weakest is not None and tiny.score.weakest.name == "size"


async def test_a_foreign_file_without_captions_is_not_held_to_any(tmp_path: Path):
    """Not applicable, and nothing is missing."""
    score = (await assessed(plain(), Declared(), tmp_path)).score

    assert (score.value, score.complete) == (None, True)


async def test_the_mark_of_core_is_no_caption(tmp_path: Path):
    """It is small and near the edge, and nobody is meant to read it; a caption beside it still counts."""
    mark = ((0, 99, MARK_TEXT),)
    marked = captioned(shown=mark, size="20", x="28", y="28")
    both = captioned(shown=mark, size="20", x="28", y="28", source=captioned())

    alone = (await assessed(marked, Declared(), folder(tmp_path, "alone"))).score
    beside = (await assessed(both, Declared(), folder(tmp_path, "beside"))).score

    assert (alone.value, alone.complete) == (None, True)
    assert beside.value is not None and beside.value >= 0.85


async def test_captions_of_a_file_that_ends_before_them_are_missing(tmp_path: Path):
    """Half a second of video cannot show what is declared for later."""
    score = (await assessed(sized_video(321, 181), meant(), tmp_path)).score

    assert score.value is not None and score.value <= 0.75
