"""The brand metric on real clips: the logo in its corner passes, each damage is known for what it is."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.evaluation.brand import (
    COLOURS,
    LOGO_COLOURS,
    OPACITY,
    PLACE,
    PRESENCE,
    SIZE,
    brand,
    brand_moments,
)
from agent.evaluation.brand_kit import BrandKit, Corner, Logo
from agent.evaluation.declared import Declared
from agent.evaluation.decode import decode
from agent.evaluation.values import Assessment
from agent.media.extras import write_still
from agent.media.probe import probe
from tests.compositions import TITLE_FONT
from tests.evaluation_clips import good, with_overlay, with_picture
from tests.media import cached

SECONDS, CUTS_S = 8.0, (2.0, 4.0, 6.0)
IN_CORNER = "x=W-w-18:y=18"
WIDTH_PX = 80


def plain() -> Path:
    """A good clip without a logo."""
    return good(SECONDS, cuts_s=CUTS_S)


def logo_file(*, plate: bool = True) -> Path:
    """A disc and letters, on a plate or on nothing."""

    def draw(output: Path) -> None:
        image = Image.new("RGBA", (200, 100), (27, 20, 100, 255 if plate else 0))
        pen = ImageDraw.Draw(image)
        pen.ellipse((10, 20, 70, 80), fill="#FF2E88")
        pen.text((82, 50), "ACME", font=ImageFont.truetype(TITLE_FONT, 38), fill="white", anchor="lm")
        image.save(output)

    return cached(["logo", plate], draw, suffix=".png")


def branded(
    *,
    placing: str = IN_CORNER,
    width_px: int = WIDTH_PX,
    opacity: float = 1.0,
    shown: str = "1",
    before: str = "",
    after: str = "",
    plate: bool = True,
) -> Path:
    """The good clip with the logo laid over it; the filters *before* and *after* do not and do change it."""
    source = with_picture(before, source=plain()) if before else plain()
    prepared = f"scale={width_px}:-1,format=rgba,colorchannelmixer=aa={opacity}"
    made = with_overlay(
        logo_file(plate=plate), f"{placing}:enable='{shown}'", prepared=prepared, source=source
    )
    return with_picture(after, source=made) if after else made


@pytest.fixture(scope="module")
async def look(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Stills of the clip as it was approved, without the logo."""
    folder = tmp_path_factory.mktemp("look")
    media = await probe(plain())
    stills = tuple(folder / f"{second}.png" for second in (1, 3, 5, 7))
    for still in stills:
        await write_still(plain(), media, float(still.stem), still)
    return stills


def kit(look: tuple[Path, ...], *, plate: bool = True) -> BrandKit:
    logo = Logo(logo_file(plate=plate), Corner.TOP_RIGHT, width=0.125, margin=0.05)
    return BrandKit("Acme", colours=((27, 20, 100), (255, 46, 136)), logo=logo, look=look)


async def assessed(video: Path, wanted: BrandKit, folder: Path) -> Assessment:
    media = await probe(video)
    features = await decode(video, media, brand_moments(wanted, media.duration_s), folder)
    return brand(features, Declared(known=True), wanted)


@pytest.mark.parametrize(
    "shown",
    [{}, {"plate": False}, {"after": "eq=saturation=1.1:contrast=1.05"}],
    ids=["plate", "no plate", "a mild grade"],
)
async def test_a_logo_in_its_corner_passes(tmp_path: Path, look: tuple[Path, ...], shown: dict):
    """On a plate or without one, and under a grade that nobody minds."""
    wanted = kit(look, plate=shown.get("plate", True))

    found = await assessed(branded(**shown), wanted, tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85
    assert found.findings == ()


@pytest.mark.parametrize(
    ("damage", "weakest", "code"),
    [
        pytest.param({"placing": "x=(W-w)/2:y=(H-h)/2"}, PLACE, "logo_misplaced", id="centre"),
        pytest.param({"placing": "x=18:y=H-h-18"}, PLACE, "logo_misplaced", id="another corner"),
        pytest.param({"placing": "x=W-w-42:y=40"}, PLACE, "logo_misplaced", id="shifted"),
        pytest.param({"placing": "x=W-w*0.5:y=18"}, PRESENCE, "logo_missing", id="half off the frame"),
        pytest.param({"width_px": 26}, SIZE, "logo_wrong_size", id="tiny"),
        pytest.param({"width_px": 160}, SIZE, "logo_wrong_size", id="huge"),
        pytest.param({"opacity": 0.15}, OPACITY, "logo_wrong_opacity", id="faint"),
        pytest.param({"shown": "lt(t,3)"}, PRESENCE, "logo_missing", id="gone"),
        pytest.param({"shown": "lt(t,4.3)"}, PRESENCE, "logo_missing", id="gone in the middle"),
        pytest.param({"before": "hue=h=120"}, COLOURS, "colours_off", id="another look"),
        pytest.param({"before": "hue=s=0"}, COLOURS, "colours_off", id="grey"),
        pytest.param({"after": "hue=h=90"}, LOGO_COLOURS, "logo_wrong_colours", id="all graded"),
    ],
)
async def test_a_damaged_brand_is_known_for_its_damage(
    tmp_path: Path, look: tuple[Path, ...], damage: dict, weakest: str, code: str
):
    """Far from golden, the damaged part is the weakest, and its finding says how to mend it."""
    found = await assessed(branded(**damage), kit(look), tmp_path)

    assert found.score.value is not None and found.score.value <= 0.75
    assert found.score.weakest is not None and found.score.weakest.name == weakest
    told = next(finding for finding in found.findings if finding.issue.code == code)
    assert told.issue.suggested_fix


async def test_a_video_without_its_logo_is_not_the_brands(tmp_path: Path, look: tuple[Path, ...]):
    """The finding begins where it is missed first."""
    found = await assessed(plain(), kit(look), tmp_path)

    assert found.score.value is not None and found.score.value <= 0.2
    assert [finding.issue.code for finding in found.findings] == ["logo_missing"]
    assert found.findings[0].issue.time_s == pytest.approx(0.25, abs=0.1)


async def test_an_upright_video_has_its_own_margins(tmp_path: Path):
    """The kit's shares are of the width, and of the shorter side."""
    upright = good(4, size=(360, 640), cuts_s=(2.0,))
    made = with_overlay(logo_file(), "x=W-w-18:y=18", prepared="scale=90:-1", source=upright)
    wanted = BrandKit("Acme", logo=Logo(logo_file(), Corner.TOP_RIGHT, width=0.25, margin=0.05))

    found = await assessed(made, wanted, tmp_path)

    assert found.score.value is not None and found.score.value >= 0.85
