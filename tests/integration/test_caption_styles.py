"""Each look that captions can be had in, on the real page: with their words, whole, inside the frame."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray
from PIL import Image

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.browser.protocol import Composed
from agent.domain import AssetKind
from agent.media.analysis.values import Word
from agent.media.caption_groups import ReadingLimits, caption_groups
from agent.media.caption_styles import (
    LINE_CHARS,
    PRESETS,
    UPRIGHT_LINE_CHARS,
    CaptionPreset,
    caption_lines,
)
from agent.tools.captions import as_core_reads
from tests.browser_fixtures import asset_of

LONG = "Somebody remembers practically everything that happened during yesterday's afternoon."
ALONE = "Really?"
BEFORE_S, WORD_S, GAP_S = 1.0, 0.3, 2.0


@pytest_asyncio.fixture(scope="module")
async def page() -> AsyncIterator[OperatorPage]:
    """One page for all."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as opened:
        yield opened


def spoken() -> tuple[tuple[Word, ...], float]:
    """A sentence as long as a caption can be, and after a pause a word by itself; when that is said."""
    at_s, words = BEFORE_S, []
    for text in LONG.split():
        words.append(Word(text, at_s, at_s + WORD_S, 1.0))
        at_s += WORD_S
    alone_s = at_s + GAP_S
    return (*words, Word(ALONE, alone_s, alone_s + WORD_S, 1.0)), alone_s


@pytest.mark.parametrize("size", [(640, 360), (360, 640)], ids=["landscape", "upright"])
@pytest.mark.parametrize("preset", PRESETS)
async def test_captions_are_shown_with_their_words(
    page: OperatorPage, tmp_path: Path, preset: CaptionPreset, size: tuple[int, int]
):
    """Nothing before the first word and in the pause, no letter over the edge, a lone word like any other."""
    words, alone_s = spoken()
    line_chars = LINE_CHARS if size[0] > size[1] else UPRIGHT_LINE_CHARS
    path = tmp_path / "words.captions.json"
    path.write_bytes(as_core_reads(caption_groups(words, ReadingLimits(line_chars=line_chars))))
    await page.add_asset(asset_of(path, AssetKind.CAPTIONS))
    lines = [
        f"composition.resize({size[0]}, {size[1]});",
        "const captionLayer = await composition.add(new core.Layer());",
        *caption_lines(path.name, preset, line_chars=line_chars),
    ]

    composed = await page.compose("\n".join(lines))

    assert isinstance(composed, Composed), composed
    times = [0.5, BEFORE_S + 0.8, alone_s - 0.5, alone_s + 0.25]
    before, said, pause, alone = await frames(page, times, size)
    assert lettered(said).any() and lettered(alone).any()
    assert not lettered(before).any() and not lettered(pause).any()
    for edge in (lettered(said)[:, :4], lettered(said)[:, -4:], lettered(said)[-4:]):
        assert not edge.any()


async def frames(page: OperatorPage, times: list[float], size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Brightness of the frames at those times; the last frame, which always comes along, is left out."""
    samples = await page.sample(times=times, width=size[0])
    return [np.asarray(Image.open(io.BytesIO(sample.jpeg)).convert("L")) for sample in samples[: len(times)]]


def lettered(luma: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where letters are, below core's mark."""
    return luma[100:] > 150
