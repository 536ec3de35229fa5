"""How a step ended is put into JSON, and comes out of it as it was."""

import json

import pytest

from agent.errors import Cancelled, ModelError, PageError, StoreFailed, Superseded
from agent.outcomes import NoOutcome, outcome_of, outcome_of_blocking, revealed
from agent.tools.bridge import ToolFailed


def raising(error: BaseException):
    def work():
        raise error

    return work


async def test_a_value_comes_back():
    """Whether it was found on the loop or in a thread."""

    async def work():
        return {"a": [1, None]}

    assert revealed(json.loads(json.dumps(await outcome_of(work)))) == {"a": [1, None]}
    assert revealed(outcome_of_blocking(lambda: "b")) == "b"


@pytest.mark.parametrize(
    "error",
    [
        ModelError("The endpoint failed.", hint="Try later."),
        PageError("cannot_decode", "No decoder.", hint="Convert it."),
        ToolFailed("FAILED: no such asset"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_ours_is_raised_again(error: Exception):
    """With its words, its hint and its code."""
    outcome = json.loads(json.dumps(outcome_of_blocking(raising(error))))

    with pytest.raises(type(error)) as raised:
        revealed(outcome)

    assert str(raised.value) == str(error)
    assert vars(raised.value).items() >= vars(error).items()


@pytest.mark.parametrize(
    "end", [Cancelled("stopped"), StoreFailed("disk full"), Superseded("another has it")]
)
def test_the_end_of_a_run_is_no_outcome(end: Exception):
    """The next run does the step again; an engine that records exceptions never sees one."""
    with pytest.raises(NoOutcome) as raised:
        outcome_of_blocking(raising(end))

    assert raised.value.why is end
    assert not isinstance(raised.value, Exception)


def test_what_is_not_ours_passes_through():
    """A fault of the program is nobody's outcome."""
    with pytest.raises(ZeroDivisionError):
        outcome_of_blocking(lambda: 1 // 0)
