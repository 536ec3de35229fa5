"""A model and a vision critic behind an endpoint, the real page between them."""

from __future__ import annotations

import pytest
import pytest_asyncio

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.composer import EditRequest, Greenlit, Limits, OutOfRounds, compose
from agent.critic.review import Critic
from agent.critic.vision import VisionCritic
from agent.errors import ModelError
from agent.models.endpoint import open_client
from agent.models.openai import ChatModel
from agent.models.recorded import RecordedJudge, RecordedModel
from agent.models.retry import Retries
from agent.tools.built_in import composing_tools
from tests.integration.guide_assets import guide_assets
from tests.model_server import (
    CRITIC_MODEL,
    MODEL,
    Fault,
    Said,
    approves,
    asks_for_verdict,
    code,
    composes,
    finishes,
    model_server,
    rejects,
)
from tests.unit.docs.corpora import docs_by_words

PROGRAM = """composition.resize(640, 360);
const footage = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));
await footage.add(new core.VideoClip(asset('clip.mp4'), { range: [0, 2], width: '100%' }));
const titles = await composition.add(new core.Layer());
await titles.add(new core.TextClip({ text: 'Hello', duration: 2, fontSize: 12, position: 'center' }));
"""


@pytest_asyncio.fixture(scope="module")
async def page():
    async with open_browser(BrowserOptions()) as handle, open_operator_page(handle) as page:
        await page.add_asset(guide_assets()["clip.mp4"])
        yield page


@pytest.fixture
def server():
    with model_server() as server:
        yield server


def writer(server):
    client = open_client(base_url=server.base_url, api_key="key", timeout_s=30.0)
    return ChatModel(MODEL, client, Retries(3, timeout_s=30.0, first_delay_s=0.01))


@pytest_asyncio.fixture
async def judge(server):
    critic = VisionCritic(model=CRITIC_MODEL, api_key="key", base_url=server.base_url, first_delay_s=0.01)
    yield critic
    await critic.close()


async def edit(page, model, judge, **limits):
    request = EditRequest("put a title over the clip", (guide_assets()["clip.mp4"],))
    return await compose(
        request,
        model=model,
        page=page,
        critic=Critic(judge),
        tools=composing_tools(docs_by_words()),
        limits=Limits(**limits),
    )


async def test_a_rejection_is_followed_by_a_revised_program(page, server, judge, tmp_path):
    """Type error, correction, a critic's refusal, correction, green light; then the same from the record."""
    server.play(
        Fault(429),
        composes(PROGRAM.replace("duration: 2", "duraton: 2")),
        code("program = program.replace('duraton', 'duration')\nprint(video_editor(program))"),
        asks_for_verdict(),
        code("print(docs_search('font size of a title'))"),
        code("program = program.replace('fontSize: 12', 'fontSize: 20')\nprint(video_editor(program))"),
        asks_for_verdict(),
        finishes("Two seconds with a title."),
    )
    server.play(
        Fault(500),
        rejects("The title is too small.", fix="Make it larger."),
        Said("{"),
        approves(),
        model=CRITIC_MODEL,
    )
    record = tmp_path / "replies.jsonl"

    outcome = await edit(page, RecordedModel(writer(server), record), RecordedJudge(judge, record))
    again = await edit(page, RecordedModel.replay(record), RecordedJudge.replay(record))

    assert isinstance(outcome, Greenlit)
    assert "fontSize: 20" in outcome.program
    assert outcome.verdict.judged_by == "checks+vision"
    assert outcome.message == "Two seconds with a title."
    questions = [str(request["messages"]) for request in server.asked()]
    assert "Did you mean" in questions[2]
    assert "What core has:" in questions[2]
    assert "interface TextClipProps" in questions[2]
    assert "The title is too small." in questions[4]
    assert "## " in questions[5]
    assert (again.fingerprint, again.message) == (outcome.fingerprint, outcome.message)


async def test_a_critic_that_never_agrees_leaves_it_to_a_person(page, server, judge):
    """The last composition comes back with its issues."""
    revised = []
    for size in (13, 14):
        change = f"program = program.replace('fontSize: {size - 1}', 'fontSize: {size}')"
        revised += [code(f"{change}\nprint(video_editor(program))"), asks_for_verdict()]
    server.play(composes(PROGRAM), asks_for_verdict(), *revised)
    server.play(*[rejects("Not nice.")] * 3, model=CRITIC_MODEL)

    outcome = await edit(page, writer(server), judge, rounds=3)

    assert isinstance(outcome, OutOfRounds)
    assert "fontSize: 14" in outcome.program
    assert [issue.message for issue in outcome.verdict.issues if issue.source == "vision"] == ["Not nice."]


async def test_a_critic_that_is_down_ends_the_job(page, server, judge):
    """No verdict is made up."""
    server.play(composes(PROGRAM), asks_for_verdict())
    server.play(*[Fault(503)] * 9, model=CRITIC_MODEL)

    with pytest.raises(ModelError):
        await edit(page, writer(server), judge)


async def test_a_program_that_never_ends_is_answered(page, server, judge):
    """The page ends it and lives on; the model reads why."""
    server.play(composes("while (true) {}"), composes(PROGRAM), asks_for_verdict(), finishes())
    server.play(approves(), model=CRITIC_MODEL)

    async with (
        open_browser(BrowserOptions()) as handle,
        open_operator_page(handle, compose_timeout_s=8) as page,
    ):
        await page.add_asset(guide_assets()["clip.mp4"])
        outcome = await edit(page, writer(server), judge)

    assert isinstance(outcome, Greenlit)
    assert "time_limit" in str(server.asked()[1]["messages"])
