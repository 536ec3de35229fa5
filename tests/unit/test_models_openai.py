"""The model behind an endpoint, against a scripted one over real HTTP."""

import socket
import threading
import time

import pytest
from smolagents import ChatMessage, MessageRole

from agent.errors import Cancelled, ModelError, RoughcutError, SetupMissing
from agent.models.endpoint import open_client
from agent.models.openai import ChatModel, chat_model
from agent.models.plan_reply import PLAN_FORMAT
from agent.models.retry import Retries
from agent.settings import Settings
from tests.model_server import MODEL, Fault, Said, Silence, model_server

QUESTION = [ChatMessage(role=MessageRole.USER, content=[{"type": "text", "text": "Hello?"}])]


@pytest.fixture(scope="module")
def running_server():
    with model_server() as server:
        yield server


@pytest.fixture
def server(running_server):
    running_server.clear()
    return running_server


def model_at(server, *, attempts=4, timeout_s=30.0) -> ChatModel:
    client = open_client(base_url=server.base_url, api_key=None, timeout_s=timeout_s)
    return ChatModel(MODEL, client, Retries(attempts, timeout_s=timeout_s, first_delay_s=0.01))


def test_a_reply_comes_with_its_tokens(server):
    """Text and usage of the completion are kept."""
    server.play(Said("Hi.", input_tokens=7, output_tokens=3))

    reply = model_at(server).generate(QUESTION)

    assert reply.content == "Hi."
    assert (reply.token_usage.input_tokens, reply.token_usage.output_tokens) == (7, 3)
    assert server.asked()[0]["messages"][0]["role"] == "user"


def test_a_reply_is_asked_for_in_a_format(server):
    """As the endpoint takes it; a passing fault is no refusal of the format."""
    server.play(Fault(429), Said("{}"))

    model_at(server).generate(QUESTION, response_format=PLAN_FORMAT)

    assert [request["response_format"] for request in server.asked()] == [PLAN_FORMAT, PLAN_FORMAT]


@pytest.mark.parametrize("status", [400, 422])
def test_a_format_that_is_refused_is_left_out_from_then_on(server, status):
    """The question is asked again without it, and the next one at once."""
    server.play(Fault(status), Said("first"), Said("second"))
    model = model_at(server)

    replies = [model.generate(QUESTION, response_format=PLAN_FORMAT).content for _ in range(2)]

    assert replies == ["first", "second"]
    assert ["response_format" in request for request in server.asked()] == [True, False, False]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(429),
        Fault(500),
        Fault(503),
        Fault(200, "this is not JSON"),
        Fault(200, "{}"),
        Said(""),
        Said("   "),
    ],
    ids=["rate-limit", "error", "overloaded", "garbage", "no-choices", "empty", "blank"],
)
def test_a_passing_fault_is_tried_again(server, fault):
    """Rate limits, outages and malformed replies are followed by another try."""
    server.play(fault, fault, Said("At last."))

    reply = model_at(server).generate(QUESTION)

    assert reply.content == "At last."
    assert len(server.asked()) == 3


def test_a_silent_endpoint_is_asked_again(server):
    """A reply that does not come in time counts as a fault."""
    server.play(Silence(10.0), Said("Awake."))

    assert model_at(server, timeout_s=2.0).generate(QUESTION).content == "Awake."


def test_lasting_faults_end_as_a_model_error(server):
    """After the last try the error says how often and why."""
    server.play(*[Fault(429)] * 3)

    with pytest.raises(ModelError, match="failed 3 times") as raised:
        model_at(server, attempts=3).generate(QUESTION)

    assert raised.value.hint
    assert len(server.asked()) == 3


@pytest.mark.parametrize(("status", "word"), [(401, "API_KEY"), (404, "BASE_URL"), (400, "")])
def test_a_refusal_is_not_tried_again(server, status, word):
    """A wrong key or name stays wrong; the hint says where to look."""
    server.play(Fault(status), Said("never asked for"))

    with pytest.raises(ModelError, match="refused") as raised:
        model_at(server).generate(QUESTION)

    assert word in raised.value.hint
    assert len(server.asked()) == 1


def test_an_endpoint_that_is_down_ends_as_a_model_error():
    """Nobody listens on the port."""
    client = open_client(base_url="http://127.0.0.1:9/v1", api_key=None, timeout_s=5.0)

    with pytest.raises(ModelError, match="failed 2 times") as raised:
        ChatModel(MODEL, client, Retries(2, timeout_s=5.0, first_delay_s=0.01)).generate(QUESTION)

    assert "BASE_URL" in raised.value.hint


def test_a_reply_that_trickles_has_a_limit_too():
    """A byte now and then does not keep the request open."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        trickling = threading.Thread(target=trickle, args=(listening,), daemon=True)
        trickling.start()
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        client = open_client(base_url=base_url, api_key=None, timeout_s=0.5)

        with pytest.raises(ModelError, match=r"no reply within 0\.5 s"):
            ChatModel(MODEL, client, Retries(1, timeout_s=0.5)).generate(QUESTION)
        trickling.join(10)


def trickle(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while True:
                connection.sendall(b" ")
                time.sleep(0.1)
        except OSError:
            return


@pytest.mark.parametrize("answer", [Silence(60.0), Fault(429, headers={"retry-after": "30"})])
def test_a_cancelled_call_ends_at_once(server, answer):
    """An open request as well as a wait between two tries; later calls are refused."""
    server.play(answer)
    model = model_at(server, timeout_s=60.0)
    ended: list[RoughcutError] = []

    def ask() -> None:
        try:
            model.generate(QUESTION)
        except RoughcutError as exc:
            ended.append(exc)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    wait_until(lambda: server.asked())

    model.cancel()
    asking.join(30)

    assert [type(error) for error in ended] == [Cancelled]
    with pytest.raises(Cancelled):
        model.generate(QUESTION)
    assert len(server.asked()) == 1


def wait_until(condition) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited 30 s in vain"
        time.sleep(0.01)


def test_the_asked_wait_is_heeded(server, caplog):
    """`Retry-After` in seconds goes before our own backoff."""
    server.play(Fault(429, headers={"retry-after": "0.05"}), Said("Now."))

    model_at(server).generate(QUESTION)

    waits = [record.wait_s for record in caplog.records if getattr(record, "action", "") == "model_retried"]
    assert len(waits) == 1
    assert 0.05 <= waits[0] < 0.07


def test_no_key_is_said_before_anything_is_asked(monkeypatch):
    """Without key and endpoint there is nothing to try."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(SetupMissing, match="no key"):
        chat_model(Settings(model=MODEL, model_base_url=None, model_api_key=None), "test")
