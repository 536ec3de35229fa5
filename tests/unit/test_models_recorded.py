"""Replies are stored one a line, and given again only to the questions they answered."""

import json

import pytest
from smolagents import ChatMessage, MessageRole, Model, TokenUsage

from agent.domain import Issue, Judgement
from agent.errors import ModelError
from agent.models.recorded import RecordedJudge, RecordedModel


class Parrot(Model):
    """Repeats the last question."""

    asked = 0

    def generate(self, messages, stop_sequences=None, **_):
        self.asked += 1
        text = f"You said: {messages[-1].content}"
        return ChatMessage(role=MessageRole.ASSISTANT, content=text, token_usage=TokenUsage(5, 2))


class KindJudge:
    def __init__(self):
        self.asked = 0

    async def judge(self, request, summary_text, sheets):
        self.asked += 1
        return Judgement(True, f"fine: {request}", (Issue("seen_text", "a little small"),))


def question(text, system="rules"):
    return [
        ChatMessage(role=MessageRole.SYSTEM, content=system),
        ChatMessage(role=MessageRole.USER, content=text),
    ]


def test_a_record_replays_without_the_model(tmp_path):
    """The same questions get the same replies, with their tokens."""
    record = tmp_path / "replies.jsonl"
    model = RecordedModel(Parrot(), record)
    first = [model.generate(question(text)).content for text in ("one", "two")]

    replayed = RecordedModel.replay(record)
    again = [replayed.generate(question(text, system="other rules")) for text in ("one", "two")]

    assert [message.content for message in again] == first
    assert again[0].token_usage.input_tokens == 5


def test_each_reply_is_a_line_with_role_and_tokens(tmp_path):
    """The record can be read by anything that reads JSON lines."""
    record = tmp_path / "replies.jsonl"
    RecordedModel(Parrot(), record).generate(question("one"))

    [line] = [json.loads(line) for line in record.read_text().splitlines()]

    assert (line["speaker"], line["role"], line["input_tokens"], line["output_tokens"]) == (
        "model",
        "assistant",
        5,
        2,
    )


def test_another_question_gets_no_reply(tmp_path):
    """A reply is never given to a question it did not answer."""
    record = tmp_path / "replies.jsonl"
    RecordedModel(Parrot(), record).generate(question("one"))

    with pytest.raises(ModelError, match="another question"):
        RecordedModel.replay(record).generate(question("two"))


def test_a_record_that_ends_is_an_error(tmp_path):
    """A replay that wants more than there is stops."""
    record = tmp_path / "replies.jsonl"
    RecordedModel(Parrot(), record).generate(question("one"))
    replayed = RecordedModel.replay(record)
    replayed.generate(question("one"))

    with pytest.raises(ModelError, match="ends after 1"):
        replayed.generate(question("two"))


def test_a_broken_record_is_an_error(tmp_path):
    """Half a line is no record."""
    record = tmp_path / "replies.jsonl"
    record.write_text('{"speaker": "model", "ind')

    with pytest.raises(ModelError, match="Cannot read the record"):
        RecordedModel.replay(record).generate(question("one"))


async def test_a_judge_shares_the_record_with_the_model(tmp_path):
    """Both speak into one file and are told apart in it."""
    record = tmp_path / "replies.jsonl"
    RecordedModel(Parrot(), record).generate(question("one"))
    judgement = await RecordedJudge(KindJudge(), record).judge("a title", "summary", [b"picture"])

    again = await RecordedJudge.replay(record).judge("a title", "summary", [b"another encoding"])

    assert again == judgement
    assert RecordedJudge.has_replies(record)
    assert RecordedModel.replay(record).generate(question("one")).content.startswith("You said")


def test_a_record_of_the_model_alone_has_no_judge(tmp_path):
    """A replay knows whether a judge took part."""
    record = tmp_path / "replies.jsonl"
    RecordedModel(Parrot(), record).generate(question("one"))

    assert not RecordedJudge.has_replies(record)


def test_a_reply_that_is_on_record_is_not_paid_again(tmp_path):
    """A job that was killed after the reply was stored goes on with that one."""
    record, parrot = tmp_path / "replies.jsonl", Parrot()
    first = RecordedModel(parrot, record).generate(question("one")).content

    taken_up = RecordedModel(parrot, record)
    again = [taken_up.generate(question(text)).content for text in ("one", "two")]

    assert again == [first, "You said: two"]
    assert parrot.asked == 2
    assert [json.loads(line)["index"] for line in record.read_text().splitlines()] == [0, 1]


async def test_a_judge_is_asked_again_when_other_frames_are_to_be_seen(tmp_path):
    """Two compositions may have one summary; what was said of one is not said of the other."""
    record, judge = tmp_path / "replies.jsonl", KindJudge()
    await RecordedJudge(judge, record).judge("a title", "summary", [b"picture"])

    taken_up = RecordedJudge(judge, record)
    await taken_up.judge("a title", "summary", [b"picture"])
    await taken_up.judge("a title", "summary", [b"another picture"])

    assert judge.asked == 2
