"""What is written in a picture can be read where the extra is installed, and it is said where it is not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from agent.media import ocr
from agent.media.ocr import TextReader, text_reader
from agent.media.similarity import Picture

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"


def written(text: str) -> Picture:
    image = Image.new("RGB", (640, 360), (30, 60, 90))
    ImageDraw.Draw(image).text((100, 140), text, font=ImageFont.truetype(FONT, 36), fill="white")
    return np.asarray(image)


def test_letters_are_read_as_they_stand():
    """A slip of the pen is not mended, and the text's place is told."""
    [line] = text_reader().read(written("Welcme to Lisbon")) or ()

    assert line.text == "Welcme to Lisbon"
    assert 80 < line.box.left < 110
    assert 130 < line.box.top < line.box.bottom < 200


def test_nothing_is_read_where_nothing_is_written():
    """An empty picture has no lines."""
    assert text_reader().read(written("")) == ()


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch):
    """Without rapidocr no picture is read, and it is said how to get it."""
    monkeypatch.setattr(ocr, "find_spec", lambda name: None)
    reader = TextReader()

    assert reader.read(written("Hello")) is None
    assert "roughcut[ocr]" in reader.why_not
