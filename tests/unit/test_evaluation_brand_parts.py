"""Brand files are read or refused with what to do; each part of the brand metric falls with its figure."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from agent.errors import BadInput
from agent.evaluation.brand import (
    COLOURS,
    LOGO_COLOURS,
    OPACITY,
    PLACE,
    PRESENCE,
    SIZE,
    brand,
    brand_moments,
    colours_part,
    logo_parts,
    palette_distance,
)
from agent.evaluation.brand_kit import EXAMPLE, BrandKit, Corner, Logo, read_brand_kit
from agent.evaluation.declared import Declared
from agent.evaluation.features import Features
from agent.evaluation.logo import LogoFinder, Sighting
from agent.evaluation.palette import palette_of
from agent.evaluation.scoring import combined
from tests.evaluation_features import features

WIDE = 16 / 9
LOGO = Logo(Path("logo.png"), Corner.TOP_RIGHT, width=0.125, margin=0.05)
IN_PLACE = {"left": 1 - 0.125 - 0.05 / WIDE, "top": 0.05, "width": 0.125, "height": 0.0625 * WIDE}


def sighting(**changed: float) -> Sighting:
    given = {**IN_PLACE, "likeness": 0.95, "opacity": 0.97, "colour_distance": 6.0, **changed}
    return Sighting(**given, is_sure=True)


def part(name: str, *sightings: Sighting | None, logo: Logo = LOGO, aspect_ratio: float = WIDE) -> float:
    score = {part.name: part.score for part in logo_parts(sightings, logo, aspect_ratio)}[name]
    assert score is not None
    return score


def written(folder: Path, text: str) -> Path:
    Image.new("RGB", (200, 100), "#1B1464").save(folder / "logo.png")
    Image.new("RGB", (64, 36), "#FF2E88").save(folder / "approved.jpg")
    path = folder / "brand.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_a_brand_file(tmp_path: Path):
    """Everything that it names is found, files relative to it."""
    kit = read_brand_kit(written(tmp_path, EXAMPLE))

    assert kit == BrandKit(
        "Acme",
        ((0x1B, 0x14, 0x64), (0xFF, 0x2E, 0x88)),
        Logo(tmp_path / "logo.png", Corner.TOP_RIGHT, 0.125, 0.04, 1.0, 0.9),
        ("Inter",),
        (tmp_path / "approved.jpg",),
    )


def test_american_spelling_is_understood(tmp_path: Path):
    """`colors` is `colours`."""
    assert read_brand_kit(written(tmp_path, 'colors = ["#102030"]')).colours == ((16, 32, 48),)


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("colours = [", "TOML", "at end of document"),
        ('name = "Acme"', "colours, a look or a [logo]", "none of them"),
        ('colours = ["red"]', "a colour such as #1B1464", "'red'"),
        ('colours = "#102030"', "colours to be a valid list", "'#102030'"),
        ('logos = "logo.png"', "only the keys of a brand file", "logos"),
        ('[logo]\nfile = "logo.png"', "logo.corner", "no such key"),
        ('[logo]\nfile = "logo.png"\ncorner = "middle"', "'top-left', 'top-right'", "'middle'"),
        ('[logo]\nfile = "none.png"\ncorner = "top-left"', "logo.file to name a file", "none.png"),
        ('[logo]\nfile = "brand.toml"\ncorner = "top-left"', "a PNG, JPEG or WebP", "brand.toml"),
        ('[logo]\nfile = "logo.png"\ncorner = "top-left"\nopacity = 50', "less than or equal to 1", "50"),
        ('look = ["film.mp4"]', "look to name a file", "film.mp4"),
    ],
)
def test_a_wrong_brand_file_is_told_apart(tmp_path: Path, text: str, expected: str, found: str):
    """By what was expected and what was found, with what to do."""
    with pytest.raises(BadInput) as raised:
        read_brand_kit(written(tmp_path, text))

    assert "brand.toml is no brand file" in str(raised.value)
    assert expected in str(raised.value)
    assert found in str(raised.value).split("; found ")[1]
    assert raised.value.hint


def test_a_brand_file_that_is_not_there_is_bad_input(tmp_path: Path):
    """As is one that is no text."""
    (tmp_path / "other.toml").write_bytes(b"\xff\xfe")

    for name in ("none.toml", "other.toml"):
        with pytest.raises(BadInput, match="is no brand file"):
            read_brand_kit(tmp_path / name)


def test_a_logo_as_wanted_scores_full():
    """All five parts."""
    parts = logo_parts([sighting()] * 6, LOGO, WIDE)

    assert combined(parts) == pytest.approx(1.0)


@pytest.mark.parametrize("corner", Corner)
@pytest.mark.parametrize("aspect_ratio", [16 / 9, 9 / 16, 1.0])
def test_margins_are_of_the_shorter_side_in_any_corner(corner: Corner, aspect_ratio: float):
    """A logo that is as far from both edges is in its place, lying or upright."""
    across, down = 0.05 * min(1.0, 1 / aspect_ratio), 0.05 * min(1.0, aspect_ratio)
    height = 0.0625 * aspect_ratio
    left = across if "left" in corner else 1 - 0.125 - across
    top = down if "top" in corner else 1 - height - down
    logo = Logo(Path("logo.png"), corner, width=0.125, margin=0.05)

    placed = sighting(left=left, top=top, height=height)

    assert part(PLACE, placed, logo=logo, aspect_ratio=aspect_ratio) == pytest.approx(1.0)


def test_place_and_size_are_told_apart():
    """A small logo in its corner has its place and not its size; a moved one the other way round."""
    small = sighting(left=1 - 0.05 - 0.05 / WIDE, width=0.05, height=0.025 * WIDE)
    moved = sighting(left=0.45, top=0.45)

    assert (part(PLACE, small), part(SIZE, small)) == (pytest.approx(1.0), 0.0)
    assert (part(PLACE, moved), part(SIZE, moved)) == (0.0, pytest.approx(1.0))


@pytest.mark.parametrize(
    ("name", "ladder"),
    [
        (PLACE, [sighting(left=IN_PLACE["left"] - off) for off in (0, 0.01, 0.03, 0.06, 0.1, 0.3)]),
        (SIZE, [sighting(width=0.125 * ratio) for ratio in (1, 0.92, 0.8, 0.65, 0.5, 0.3)]),
        (OPACITY, [sighting(opacity=opacity) for opacity in (1, 0.85, 0.6, 0.3, 0.1, 0.05)]),
        (LOGO_COLOURS, [sighting(colour_distance=distance) for distance in (3, 12, 20, 30, 40, 80)]),
    ],
    ids=[PLACE, SIZE, OPACITY, LOGO_COLOURS],
)
def test_each_part_falls_with_its_figure(name: str, ladder: list[Sighting]):
    """Full for a little off, nothing at the other end, and never up between them."""
    scores = [part(name, step) for step in ladder]

    assert scores[:2] == pytest.approx([1.0, 1.0])
    assert scores == sorted(scores, reverse=True)
    assert scores[-2:] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_presence_is_held_against_the_wanted_share():
    """Half of the time is enough where a kit asks for no more."""
    half = [sighting(), None] * 5

    assert part(PRESENCE, *half) == pytest.approx(0.5 / 0.9)
    assert part(PRESENCE, *half, logo=Logo(LOGO.path, LOGO.corner, share=0.5)) == 1.0
    assert combined(logo_parts([None] * 5, LOGO, WIDE)) == pytest.approx(0.02)


def test_a_watermark_is_held_to_its_own_opacity():
    """Shown as faint as wanted it is right, fully opaque it is not; its colours are mixed and not judged."""
    faint = Logo(LOGO.path, LOGO.corner, 0.125, 0.05, opacity=0.3)
    colours = {part.name: part.score for part in logo_parts([sighting(opacity=0.3)], faint, WIDE)}

    assert colours[OPACITY] == 1.0
    assert colours[LOGO_COLOURS] is None
    assert part(OPACITY, sighting(opacity=1.0), logo=faint) < 0.4


def test_without_stated_width_and_margin_the_usual_ones_will_do():
    """From 5 to 25 % of the width, 1 to 10 % from the edges."""
    loose = Logo(LOGO.path, Corner.TOP_RIGHT)

    for width, margin in ((0.06, 0.02), (0.2, 0.09)):
        placed = sighting(left=1 - width - margin / WIDE, top=margin, width=width, height=width / 2 * WIDE)
        assert part(PLACE, placed, logo=loose) == pytest.approx(1.0)
        assert part(SIZE, placed, logo=loose) == 1.0
    assert part(PLACE, sighting(left=0.1), logo=loose) == 0.0


def palette(*colours: str) -> np.ndarray:
    image = Image.new("RGB", (40 * len(colours), 40))
    for index, colour in enumerate(colours):
        image.paste(colour, (40 * index, 0, 40 * index + 40, 40))
    return palette_of(np.asarray(image))


def test_palettes_differ_by_hue_and_not_by_light():
    """0 for the same, 1 for nothing in common; red is next to red on the circle of hues."""
    assert palette_distance(palette("#C03030"), palette("#C03030")) == pytest.approx(0.0, abs=1e-3)
    assert palette_distance(palette("#C03030"), palette("#601818")) == pytest.approx(0.0, abs=1e-3)
    assert palette_distance(palette("#C03030"), palette("#30C0C0")) == pytest.approx(1.0, abs=1e-3)
    assert palette_distance(palette("#C03030"), palette("#C0302A")) < palette_distance(
        palette("#C03030"), palette("#C0A030")
    )


def test_without_a_look_the_colours_of_the_kit_have_to_be_seen():
    """Each that has a hue; black and white are nobody's."""
    kit = BrandKit("Acme", colours=((27, 20, 100), (255, 46, 136), (255, 255, 255)))

    assert colours_part(palette("#1B1464", "#FF2E88", "#707070"), kit).score == 1.0
    assert colours_part(palette("#1B1464", "#30C060", "#707070"), kit).score == pytest.approx(0.5)
    assert colours_part(palette("#30C060", "#707070"), kit).score == 0.0
    assert colours_part(palette("#30C060"), BrandKit("Acme", colours=((0, 0, 0),))).score is None


def test_without_a_kit_the_metric_is_not_applicable():
    """Nothing is missing."""
    score = brand(features(2.0), Declared(), None).score

    assert (score.value, score.complete, score.why) == (None, True, "there is no brand kit")


def test_without_a_picture_there_is_no_brand():
    """Sound alone is not applicable."""
    file = features(2.0)

    score = brand(Features(file.media, 2.0, None, None), Declared(), BrandKit("a", ((1, 2, 3),))).score

    assert score.value is None


def test_a_file_too_short_for_a_still_is_judged_by_its_colours(tmp_path: Path):
    """No exception, and no word on the logo."""
    kit = read_brand_kit(written(tmp_path, EXAMPLE))

    score = brand(features(0.1), Declared(), kit).score

    assert {part.name: part.score is None for part in score.parts} == {PRESENCE: True, COLOURS: False}


@pytest.mark.parametrize(("seconds", "count"), [(0.03, 1), (1.0, 2), (12.0, 20), (60.0, 30), (3600.0, 40)])
def test_a_limited_number_of_moments_is_looked_at(seconds: float, count: int):
    """Within the file, however long it is; none where no logo is asked for."""
    moments = brand_moments(BrandKit("a", logo=LOGO), seconds)

    assert len(moments) == count
    assert all(0 <= moment < seconds for moment in moments)
    assert brand_moments(BrandKit("a"), seconds) == ()


@pytest.mark.parametrize("seconds", [5.0, 7.0, 9.0, 12.0])
def test_half_of_a_short_clip_is_half_of_the_moments(seconds: float):
    """To a twentieth: a logo that is gone in the middle is not taken for one that stays longer."""
    moments = brand_moments(BrandKit("a", logo=LOGO), seconds)

    assert sum(moment < seconds / 2 for moment in moments) / len(moments) == pytest.approx(0.5, abs=0.05)


def logo_file(folder: Path, *, plate: bool) -> Path:
    image = Image.new("RGBA", (200, 100), (27, 20, 100, 255 if plate else 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((10, 20, 70, 80), fill=(255, 255, 255, 255))
    draw.rectangle((90, 25, 180, 45), fill=(255, 255, 255, 255))
    draw.rectangle((90, 60, 150, 75), fill=(255, 255, 255, 255))
    image.save(folder / "logo.png")
    return folder / "logo.png"


def pictures(
    logo: Path | None, *, size: tuple[int, int] = (640, 360), opacity: float = 1.0
) -> list[np.ndarray]:
    """Noise of changing tones, with the logo 80 pixels wide at (500, 20) of a wide picture."""
    chance = np.random.default_rng(5)
    made = []
    for tone in (40, 70, 100, 90, 60):
        noise = chance.integers(0, 60, (size[1] // 8, size[0] // 8, 3)) + tone
        image = Image.fromarray(noise.astype(np.uint8)).resize(size)
        if logo is not None:
            mark = Image.open(logo).resize((80, 40))
            mask = mark.getchannel("A").point(lambda alpha: round(alpha * opacity))
            image.paste(mark, (size[0] - 140, 20), mask)
        made.append(np.asarray(image))
    return made


@pytest.mark.parametrize("plate", [True, False], ids=["plate", "white on nothing"])
@pytest.mark.parametrize("size", [(640, 360), (360, 640)], ids=["wide", "upright"])
def test_a_logo_is_found_with_or_without_a_plate(tmp_path: Path, plate: bool, size: tuple[int, int]):
    """Its place to a pixel or two, its size to a few per cent, in every picture."""
    logo = logo_file(tmp_path, plate=plate)

    found = LogoFinder(logo).sightings(pictures(logo, size=size))

    assert None not in found
    for seen in found:
        assert seen.left * size[0] == pytest.approx(size[0] - 140, abs=3)
        assert seen.top * size[1] == pytest.approx(20, abs=3)
        assert seen.width * size[0] == pytest.approx(80, rel=0.06)
        assert seen.opacity > 0.8


def test_a_faint_logo_is_found_and_known_for_faint(tmp_path: Path):
    """The mean of the pictures shows what each of them hides."""
    logo = logo_file(tmp_path, plate=True)

    found = LogoFinder(logo).sightings(pictures(logo, opacity=0.2))

    opacities = [seen.opacity for seen in found if seen is not None]
    assert opacities
    assert np.median(opacities) == pytest.approx(0.2, abs=0.08)


def test_no_logo_is_found_where_there_is_none(tmp_path: Path):
    """Noise, plain pictures and no pictures at all."""
    finder = LogoFinder(logo_file(tmp_path, plate=True))

    assert finder.sightings(pictures(None)) == [None] * 5
    assert finder.sightings([np.full((360, 640, 3), 90, np.uint8)] * 3) == [None] * 3
    assert finder.sightings([]) == []
    assert finder.sightings([np.zeros((2, 2, 3), np.uint8)]) == [None]
