"""Calls of models as spans: tokens, money, failures, and what was said, once."""

import json

import pytest
from smolagents import ChatMessage, MessageRole

from agent.critic.vision import VisionCritic
from agent.errors import ModelError
from agent.models.endpoint import open_client
from agent.models.offline.model import OfflineModel
from agent.models.openai import ChatModel
from agent.models.recorded import RecordedModel
from agent.models.retry import Retries
from agent.tracing import COST_USD, INPUT_TOKENS, MODEL, OUTPUT_TOKENS
from tests.model_server import CRITIC_MODEL, Fault, Said, approves, model_server
from tests.model_server import MODEL as SCRIPTED
from tests.traced import Traced

PRICED = "gpt-5"


@pytest.fixture(scope="module")
def running_server():
    with model_server() as server:
        yield server


@pytest.fixture
def server(running_server):
    running_server.clear()
    return running_server


def model_at(server, name: str = PRICED, *, attempts: int = 4) -> ChatModel:
    client = open_client(base_url=server.base_url, api_key=None, timeout_s=5)
    return ChatModel(name, client, Retries(attempts, timeout_s=5, first_delay_s=0.01))


def said(role: MessageRole, text: str) -> ChatMessage:
    return ChatMessage(role=role, content=[{"type": "text", "text": text}])


def test_a_call_has_tokens_and_a_cost(server, traced: Traced):
    """By the names that OpenTelemetry has for them; the cost is ours."""
    server.play(Said("Hi.", input_tokens=1000, output_tokens=100), model=PRICED)

    with traced.job():
        model_at(server).generate([said(MessageRole.USER, "Hello?")])

    (call,) = traced.of_kind("model")
    assert call.attributes[MODEL] == PRICED
    assert (call.attributes[INPUT_TOKENS], call.attributes[OUTPUT_TOKENS]) == (1000, 100)
    assert call.attributes[COST_USD] == pytest.approx(0.00125 + 0.001)
    assert call.payload_in == [{"role": "user", "content": "Hello?"}]
    assert call.payload_out == "Hi."


def test_a_model_without_a_price_has_tokens_alone(server, traced: Traced):
    """No cost is not a cost of nothing."""
    server.play(Said("Hi."), model=SCRIPTED)

    with traced.job():
        model_at(server, SCRIPTED).generate([said(MessageRole.USER, "Hello?")])

    (call,) = traced.of_kind("model")
    assert call.attributes[INPUT_TOKENS] == 100
    assert COST_USD not in call.attributes


def test_a_repeated_call_is_a_call(server, traced: Traced):
    """One that failed shows why; an empty reply is of no use, but was billed."""
    server.play(Fault(503), Said("", input_tokens=7), Said("Hi."), model=PRICED)

    with traced.job():
        model_at(server).generate([said(MessageRole.USER, "Hello?")])

    refused, empty, good = traced.of_kind("model")
    assert [call.is_failure for call in (refused, empty, good)] == [True, True, False]
    assert "503" in str(refused.attributes["error"])
    assert INPUT_TOKENS not in refused.attributes
    assert empty.attributes[INPUT_TOKENS] == 7
    assert [call.payload_in for call in (empty, good)] == [[], []]


def test_what_is_stored_grows_with_the_conversation_alone(server, traced: Traced):
    """Each message is stored once, though each call sends all of them again."""
    turns = 20
    model = model_at(server)
    server.play(*[Said(f"reply {turn}") for turn in range(turns)], model=PRICED)
    messages = [said(MessageRole.SYSTEM, "You edit videos."), said(MessageRole.USER, "Cut it.")]

    with traced.job():
        for turn in range(turns):
            reply = model.generate(messages)
            messages += [
                said(MessageRole.ASSISTANT, str(reply.content)),
                said(MessageRole.TOOL_CALL, f"Calling tools: code {turn}"),
                said(MessageRole.TOOL_RESPONSE, f"Observation: {turn} {'x' * 2000}"),
            ]

    calls = traced.of_kind("model")
    told = json.dumps([[call.payload_in, call.payload_out] for call in calls])
    assert [told.count(f"Observation: {turn} x") for turn in range(turns - 1)] == [1] * (turns - 1)
    assert [told.count(f'"reply {turn}"') for turn in range(turns)] == [1] * turns
    assert told.count("You edit videos.") == 1
    assert len(told) < turns * 2500


def test_a_reply_from_the_record_is_no_call(server, traced: Traced, tmp_path):
    """Nobody was asked, nobody is paid."""
    question = [said(MessageRole.USER, "Hello?")]
    server.play(Said("Hi."), model=PRICED)
    RecordedModel(model_at(server), tmp_path / "replies.jsonl").generate(question)

    with traced.job():
        RecordedModel.replay(tmp_path / "replies.jsonl").generate(question)

    assert [span.kind for span in traced.states()] == ["job"]


def test_the_offline_model_is_traced_like_any_other(traced: Traced):
    """Its calls cost nothing."""
    with traced.job():
        OfflineModel().generate([said(MessageRole.USER, "<request>Make it rain cats.</request>")])

    (call,) = traced.of_kind("model")
    assert call.attributes[COST_USD] == 0
    assert "I understand" in str(call.payload_out)


async def test_the_critics_calls_are_told_apart(server, traced: Traced):
    """Pictures are named, not stored."""
    server.play(approves(), model=CRITIC_MODEL)
    critic = VisionCritic(model=CRITIC_MODEL, api_key=None, base_url=server.base_url)

    with traced.job():
        await critic.judge("Cut it.", "one clip", [b"\xff\xd8" + b"x" * 100_000])
    await critic.close()

    (call,) = traced.of_kind("critic")
    told = json.dumps(call.payload_in)
    assert "Cut it." in told
    assert "[image_url]" in told
    assert len(told) < 20_000


def test_a_refusal_ends_the_span_too(server, traced: Traced):
    """A wrong key is a failure in red, not a call without an end."""
    server.play(Fault(401), model=PRICED)

    with traced.job(), pytest.raises(ModelError):
        model_at(server).generate([said(MessageRole.USER, "Hello?")])

    (call,) = traced.of_kind("model")
    assert call.status == "failed"
