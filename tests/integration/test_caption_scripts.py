"""Captions from right to left are read from right to left in a real page."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from agent.browser.page import OperatorPage
from agent.browser.protocol import Composed
from agent.domain import AssetKind
from agent.media.analysis.values import Word
from agent.media.caption_groups import caption_groups
from agent.media.caption_styles import caption_lines
from agent.media.fonts import font_face
from agent.tools.captions import as_core_reads
from tests import media
from tests.browser_fixtures import asset_of

NARROW, WIDE = "ا", "سسسسسس"
"""A stroke, and a word that is wide."""


async def columns(page: OperatorPage, folder: Path, texts: list[str]) -> np.ndarray:
    """Which columns of the picture have letters, with the words of one caption in a font of the session."""
    words = tuple(Word(text, 0.4 * index, 0.4 * index + 0.4, 1.0) for index, text in enumerate(texts))
    path = folder / "words.captions.json"
    path.write_bytes(as_core_reads(caption_groups(words)))
    await page.add_asset(asset_of(path, AssetKind.CAPTIONS))
    await page.add_asset(asset_of(media.FONT, AssetKind.FONT))
    face = font_face(media.FONT, media.FONT.name)
    lines = caption_lines(path.name, "WHISPER", face=face)
    layer = "composition.resize(640, 360);\nconst captionLayer = await composition.add(new core.Layer());"
    composed = await page.compose("\n".join([layer, *lines]))
    assert isinstance(composed, Composed), composed
    (sample, *_) = await page.sample(times=[0.5], width=640)
    with Image.open(io.BytesIO(sample.jpeg)) as picture:
        return (np.asarray(picture.convert("L")) > 120).any(axis=0)


async def test_the_first_word_is_at_the_right(page: OperatorPage, tmp_path: Path):
    """A narrow word that is said first stands right of the wide one."""
    lettered = await columns(page, tmp_path, [NARROW, WIDE])

    first, last = np.flatnonzero(lettered)[[0, -1]]
    gaps = [column for column in range(first, last) if not lettered[column : column + 4].any()]
    assert gaps, "two words have a gap between them"
    assert last - gaps[-1] < (gaps[0] - first) / 2
