"""A follow-up is held against the composition that it starts from, drawn by the page itself."""

from __future__ import annotations

import asyncio

import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.critic.expectation import expectation
from agent.critic.review import Critic
from agent.tools.bridge import Bridge
from agent.tools.context import Composition, ToolContext
from agent.tools.visual_feedback import judge_composition
from tests.integration.guide_assets import guide_assets

REQUEST = "Make the title red"


def program(colour: str, source_s: float = 0) -> str:
    return f"""
        composition.resize(640, 360);
        const footage = await composition.add(new core.Layer());
        await footage.add(new core.VideoClip(asset('clip.mp4'), {{
          range: [{source_s}, {source_s + 2}], delay: {-source_s}, height: '100%',
          effects: [{{ type: 'grayscale', value: 100 }}],
        }}));
        const titles = await composition.add(new core.Layer());
        await titles.add(new core.TextClip({{
          text: 'Hello there', duration: 2, x: 320, y: 180, align: 'center', baseline: 'middle', fontSize: 16,
          color: '{colour}', strokes: [{{ color: '#000000', width: 3 }}],
        }}));
    """


@pytest_asyncio.fixture(scope="module")
async def page():
    """One page with the footage."""
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        await page.add_asset(guide_assets()["clip.mp4"])
        yield page


async def judged(page, source: str) -> tuple[str, ToolContext]:
    composed = await page.compose(source)
    context = ToolContext(
        page,
        Critic(),
        Bridge(asyncio.get_running_loop()),
        REQUEST,
        expectation(REQUEST),
        rounds_allowed=2,
        previous_program=program("#ffffff"),
    )
    context.composition = Composition(source, composed.fingerprint, composed.summary)
    return await judge_composition(context), context


async def test_what_it_asks_may_change(page):
    """The title is red; the grey footage was asked for before."""
    told, context = await judged(page, program("#ff3b30"))

    assert told.startswith("GREEN LIGHT"), told
    assert page.fingerprint == context.composition.fingerprint


async def test_what_it_does_not_ask_stays(page):
    """Other moments of the footage under the red title are another video."""
    told, _ = await judged(page, program("#ff3b30", source_s=2))

    assert "unasked_change" in told
