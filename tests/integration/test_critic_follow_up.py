"""A follow-up is held against the composition that it starts from, drawn by the page itself."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.critic.expectation import expectation
from agent.critic.review import Critic
from agent.tools.bridge import Bridge
from agent.tools.context import Composition, ToolContext
from agent.tools.visual_feedback import judge_composition
from tests.integration.guide_assets import guide_assets


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


async def judged(page, request: str, source: str) -> tuple[str, ToolContext]:
    composed = await page.compose(source)
    context = ToolContext(
        page,
        Critic(),
        Bridge(asyncio.get_running_loop()),
        request,
        expectation(request),
        rounds_allowed=2,
        previous_program=program("#ffffff"),
    )
    context.composition = Composition(source, composed.fingerprint, composed.summary)
    return await judge_composition(context), context


async def test_what_it_asks_may_change(page):
    """The title is red; the grey footage was asked for before."""
    told, context = await judged(page, "Make the title of the video red", program("#ff3b30"))

    assert told.startswith("GREEN LIGHT"), told
    assert page.fingerprint == context.composition.fingerprint


@pytest.mark.parametrize("request_", ["Make the title red", "Make the title at the end of the video red"])
async def test_what_it_does_not_ask_stays(page, request_):
    """Another moment of the footage under the red title is another video, though it looks much the same."""
    told, _ = await judged(page, request_, program("#ff3b30", source_s=2))

    assert told.startswith("NOT APPROVED"), told
    assert "BLOCKER unasked_change" in told


async def test_another_moment_may_be_asked_for(page):
    """Where the picture is to change, nothing is held against it."""
    told, _ = await judged(
        page, "Make the title red and start the clip at 2 s", program("#ff3b30", source_s=2)
    )

    assert told.startswith("GREEN LIGHT"), told
