"""Texts in the real page: fonts of the user's, and texts that change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import Composed
from agent.critic.frame_checks import check_frames
from agent.domain import AssetKind, Expectation
from agent.media.similarity import Picture, picture_of
from docs_index.recipes import read_recipes
from tests.browser_fixtures import asset_of
from tests.media import FONT, ROOT

WORDS = """
const layer = await composition.add(new core.Layer());
await layer.add(new core.TextClip({
  text: 'iiii MMMM',
  duration: 1,
  font: { family: 'Roughcut Face Mn', weight: '700', size: 60 },
  position: 'center',
}));
"""


@pytest_asyncio.fixture(scope="module")
async def page() -> AsyncIterator[OperatorPage]:
    """An operator page of this module's own."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        yield page


async def test_a_text_is_drawn_in_the_font_that_was_brought(page: OperatorPage, tmp_path: Path) -> None:
    """By its family, which is not the name of its file; without it the browser takes another."""
    renamed = tmp_path / "brand.ttf"
    # A name that no font of this machine has: else the browser would find it there without us.
    renamed.write_bytes(_renamed(FONT.read_bytes(), "DejaVu Sans Mono", "Roughcut Face Mn"))

    without, warnings_without = await _drawn(page, WORDS)
    await page.add_asset(asset_of(renamed, AssetKind.FONT, name="brand.ttf"))
    drawn, warnings = await _drawn(page, WORDS)

    assert (warnings_without, warnings) == (["missing_font"], [])
    assert _ink_differs(without, drawn) > 0.2
    assert _narrow_to_wide(without) < 0.5
    assert _narrow_to_wide(drawn) > 0.7


async def test_a_text_that_types_itself_is_not_missed(page: OperatorPage) -> None:
    """It begins empty, and the summary says what it becomes."""
    (recipe,) = (recipe for recipe in read_recipes(ROOT / "docs_index/recipes") if "ypewriter" in recipe.name)
    composed = await page.compose(recipe.program)
    assert isinstance(composed, Composed)

    issues = check_frames(await page.sample(), composed.summary, Expectation(texts=("Once upon a time",)))

    assert composed.summary.layers[0].clips[0].text == "Once upon a time"
    assert "text_missing" not in {issue.code for issue in issues}


async def _drawn(page: OperatorPage, program: str) -> tuple[Picture, list[str]]:
    composed = await page.compose(program)
    assert isinstance(composed, Composed), composed
    (frame, *_) = await page.sample(times=[0.5])
    return picture_of(frame.jpeg), [warning.code for warning in composed.summary.warnings]


def _renamed(font: bytes, name: str, other: str) -> bytes:
    """*font* with its family of as many letters changed, in the encodings of Windows and of the Macintosh."""
    for encoding in ("utf-16-be", "ascii"):
        font = font.replace(name.encode(encoding), other.encode(encoding))
    return font


def _ink(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(picture.max(axis=2) > 128)


def _ink_differs(first: Picture, second: Picture) -> float:
    """Share of the pixels with ink in either that have it in one only."""
    a, b = _ink(first), _ink(second)
    return float((a ^ b).sum() / (a | b).sum())


def _narrow_to_wide(picture: Picture) -> float:
    """Width of `iiii` to that of `MMMM`: near one in a face of one width."""
    columns = np.flatnonzero(_ink(picture).any(axis=0))
    gap = int(np.argmax(np.diff(columns)))
    return float((columns[gap] - columns[0]) / (columns[-1] - columns[gap + 1]))
