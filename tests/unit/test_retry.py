"""One set of rules says when an endpoint is asked again, and how long after."""

from types import SimpleNamespace

import openai
import pytest

from agent.models.retry import LONGEST_DELAY_S, NoReply, delay_s, is_transient

REQUEST = SimpleNamespace(method="POST", url="http://127.0.0.1/v1")


def answered(status: int, **headers: str) -> openai.APIStatusError:
    response = SimpleNamespace(status_code=status, headers=headers, request=REQUEST)
    return openai.APIStatusError("no", response=response, body=None)


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (answered(429), True),
        (answered(408), True),
        (answered(500), True),
        (answered(529), True),
        (answered(400), False),
        (answered(401), False),
        (answered(404), False),
        (openai.APITimeoutError(REQUEST), True),
        (openai.APIConnectionError(request=REQUEST), True),
        (NoReply("empty"), True),
    ],
)
def test_what_may_pass_is_asked_again(error, transient):
    """Limits, outages and useless replies; never a request that is wrong."""
    assert is_transient(error) is transient


def test_each_wait_is_about_twice_the_last():
    """Up to the longest, with up to a quarter more."""
    for attempt, expected_s in [(1, 1.0), (2, 2.0), (3, 4.0), (30, LONGEST_DELAY_S)]:
        assert expected_s <= delay_s(attempt, NoReply("empty")) <= 1.25 * expected_s


@pytest.mark.parametrize(
    ("asked", "least_s"), [("7", 7.0), ("0.5", 0.5), ("9999", LONGEST_DELAY_S), ("nan", 1.0), ("-3", 1.0)]
)
def test_what_the_endpoint_asks_for_is_heeded(asked, least_s):
    """`Retry-After` in seconds, within reason."""
    assert least_s <= delay_s(1, answered(429, **{"retry-after": asked})) <= 1.25 * least_s
