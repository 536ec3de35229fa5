"""Every program of `llm.txt` runs in the real page as it stands, and shows something."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import pytest
import pytest_asyncio
from PIL import Image

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.domain import FrameSample
from agent.prompts import guide
from docs_index.recipes import read_assets
from tests.integration.guide_assets import guide_assets


@dataclass(frozen=True)
class Program:
    """A program, and the assets that it says it needs."""

    name: str
    source: str
    assets: dict[str, str]


def guide_programs() -> list[Program]:
    """The fenced blocks of the guide, named by the sentence before them."""
    blocks = re.findall(r"\n([^\n]+)\n\n```ts assets=(\S*)\n(.*?)```", guide(), re.DOTALL)
    return [Program(title[:40], source, read_assets(listed)) for title, listed, source in blocks]


PROGRAMS = guide_programs()


@pytest_asyncio.fixture(scope="module")
async def page():
    """One page with every asset; each program starts from an empty composition anyway."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        for asset in guide_assets().values():
            await page.add_asset(asset)
        yield page


def test_the_guide_has_its_programs():
    """No block has lost its list of assets."""
    assert len(guide_programs()) == guide().count("```ts") >= 17


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
async def test_a_program_runs_as_it_stands(page, program):
    """It type-checks, runs without a warning and paints more than its background."""
    composed = await page.compose(program.source)

    assert composed.ok, [(found.line, found.message) for found in composed.diagnostics]
    assert composed.summary.warnings == ()
    middle_s = composed.summary.duration_seconds / 2
    samples = await page.sample(times=[0.3 * middle_s, middle_s], width=160)
    background = composed.summary.background
    assert any(_shows_more_than(background, sample) for sample in samples)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_names_the_assets_it_uses(program):
    """The list after the fence is what an agent would have to bring."""
    used = set(re.findall(r"asset\('([^']+)'\)", program.source))

    assert used == set(program.assets)
    known = guide_assets()
    assert {name: str(known[name].kind) for name in used} == program.assets


def _shows_more_than(background: str, sample: FrameSample) -> bool:
    wanted = tuple(int(background[index : index + 2], 16) for index in (1, 3, 5))
    picture = Image.open(io.BytesIO(sample.jpeg)).convert("RGB")
    extremes = picture.getextrema()
    return any(
        abs(bound - level) > 24 for pair, level in zip(extremes, wanted, strict=True) for bound in pair
    )
