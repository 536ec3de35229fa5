"""Contact sheets: few, small enough, and every cell says when it is."""

import io

import pytest
from PIL import Image

from agent.critic.sheet import MAX_HEIGHT, MAX_WIDTH, contact_sheets, evenly, write_contact_sheet
from agent.domain import FrameSample


def sample(time_s: float, *, width: int = 640, height: int = 360, colour=(200, 40, 40)) -> FrameSample:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "JPEG")
    return FrameSample(time_s, round(time_s * 30), width, height, buffer.getvalue())


@pytest.mark.parametrize(("width", "height"), [(640, 360), (640, 1138), (640, 640), (16, 16)])
@pytest.mark.parametrize("count", [1, 2, 7, 12])
def test_a_sheet_stays_within_what_models_take_at_once(width: int, height: int, count: int):
    """At most 2576x1456, whatever the frames' shape, and no frame is enlarged."""
    sheets = contact_sheets([sample(index, width=width, height=height) for index in range(count)])

    image = Image.open(io.BytesIO(sheets[0]))
    assert len(sheets) == 1
    assert image.width <= MAX_WIDTH
    assert image.height <= MAX_HEIGHT
    assert image.width <= count * (width + 8) + 8


def test_more_than_twelve_samples_make_more_sheets():
    """Thirteen samples need a second sheet."""
    assert len(contact_sheets([sample(index) for index in range(13)])) == 2


def test_a_long_video_is_thinned_to_four_sheets():
    """An hour at one frame a second costs no more looks than a minute."""
    samples = [sample(index, width=32, height=18) for index in range(3600)]

    assert len(contact_sheets(samples)) == 4


def test_thinning_keeps_both_ends():
    """The first and the last frame are never left out."""
    kept = evenly(range(100), 12)

    assert (kept[0], kept[-1], len(kept)) == (0, 99, 12)


def test_the_time_is_burnt_into_the_cell():
    """Cells of one picture at different times differ in their lower left corner, and only there."""
    first, second = (
        Image.open(io.BytesIO(contact_sheets([sample(time_s)])[0])).convert("L") for time_s in (1.0, 2.0)
    )

    differing = [
        (x, y)
        for x in range(first.width)
        for y in range(first.height)
        if abs(first.getpixel((x, y)) - second.getpixel((x, y))) > 60
    ]
    assert differing
    assert all(x < first.width / 4 and y > first.height * 0.85 for x, y in differing)


@pytest.mark.parametrize(("name", "kind"), [("sheet.png", "PNG"), ("sheet.jpg", "JPEG")])
def test_a_written_sheet_is_what_its_name_says(tmp_path, name: str, kind: str):
    """The format follows the suffix."""
    write_contact_sheet([sample(0), sample(1)], tmp_path / name)

    with Image.open(tmp_path / name) as image:
        assert image.format == kind
