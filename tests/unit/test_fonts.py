"""A font file says what it is called."""

from pathlib import Path

import pytest

from agent.domain import AssetKind
from agent.media.fonts import FontFace, font_face
from agent.prompts import task
from tests.browser_fixtures import asset_of
from tests.media import FONT, ROOT

PACKAGES = ROOT / "operator_ui" / "node_modules"
LATO = PACKAGES / "@fontsource/lato/files"
INTER = PACKAGES / "@fontsource-variable/inter/files"


@pytest.mark.parametrize(
    ("path", "face"),
    [
        (FONT, FontFace("DejaVu Sans Mono", "700", "normal")),
        (LATO / "lato-latin-400-normal.woff2", FontFace("Lato", "400", "normal")),
        (LATO / "lato-latin-700-italic.woff", FontFace("Lato", "700", "italic")),
        (INTER / "inter-latin-wght-italic.woff2", FontFace("Inter", "100 900", "italic")),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_a_font_is_called_as_it_calls_itself(path: Path, face: FontFace):
    """Whatever the file is called; a variable font has all weights between two."""
    assert font_face(path, "brand.ttf") == face


def test_a_font_that_cannot_be_read_is_called_as_its_file(tmp_path: Path):
    """The page may still open it."""
    path = tmp_path / "a1b2.ttf"
    path.write_bytes(b"\0\1\0\0")

    assert font_face(path, "House Brand.ttf") == FontFace("House Brand")


def test_the_task_tells_the_model_what_the_font_is_called():
    """Else it could only guess the family from the file's name."""
    font = asset_of(FONT, AssetKind.FONT, name="brand.ttf")

    assert '"family": "DejaVu Sans Mono", "weight": "700"' in task("A title", [font], None)
