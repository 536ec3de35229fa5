"""What a vision model costs is counted once, in whichever run it was asked, and it waits for leave."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import JsonValue
from smolagents import TokenUsage

from agent.critic.vision import VisionCritic
from agent.durable import MeteredSteps
from agent.models.meter import Meter
from agent.models.recorded import RecordedJudge
from agent.steps import PlainSteps
from tests.model_server import CRITIC_MODEL, Fault, Said, approves, model_server


class KeptSteps(PlainSteps):
    """Does each step once, as the engine does when a job goes on."""

    def __init__(self, kept: dict[str, JsonValue]) -> None:
        self._kept = kept

    async def run(self, name: str, work: Callable[[], Awaitable[JsonValue]]) -> JsonValue:
        """What *work* returns, or returned when this step was first done."""
        if name not in self._kept:
            self._kept[name] = await work()
        return self._kept[name]


async def test_a_judge_is_counted_and_asks_for_leave():
    """Leave is asked for until it is given; a reply of no use is counted, too, and a refused call is not."""
    waits = [0.001, 0.001, 0.0]
    with model_server() as server:
        server.play(Fault(500), Said("Nice!"), approves(), model=CRITIC_MODEL)
        meter = Meter(lambda: waits.pop(0))
        critic = VisionCritic(
            model=CRITIC_MODEL, api_key="k", base_url=server.base_url, first_delay_s=0.01, meter=meter
        )

        await critic.judge("a title", "summary", [b"jpeg"])
        await critic.close()

    assert waits == []
    assert (meter.used.input_tokens, meter.used.output_tokens) == (200, 40)


async def test_a_judgement_on_record_is_counted_as_it_was_billed(tmp_path: Path):
    """In a run that was begun anew between the reply and the end of its step."""
    record = tmp_path / "replies.jsonl"
    with model_server() as server:
        server.play(approves(), model=CRITIC_MODEL)
        meter = Meter()
        critic = VisionCritic(model=CRITIC_MODEL, api_key="k", base_url=server.base_url, meter=meter)
        await RecordedJudge(critic, record, meter).judge("a title", "summary", [b"jpeg"])

        again = Meter()
        await RecordedJudge(critic, record, again).judge("a title", "summary", [b"jpeg"])
        await critic.close()

    assert again.used == meter.used == TokenUsage(100, 20)
    assert len(server.requests) == 1


async def test_a_step_that_was_done_is_on_the_bill_of_the_run_that_goes_on():
    """Each step brings what it used, and nothing of the others."""
    kept: dict[str, JsonValue] = {}
    bills: list[list[TokenUsage]] = []
    for _ in range(2):
        meter, heard = Meter(), list[TokenUsage]()
        steps = MeteredSteps(KeptSteps(kept), meter, heard.append)

        async def look(meter: Meter = meter) -> JsonValue:
            meter.count(TokenUsage(100, 20))
            return "fine"

        assert [await steps.run(name, look) for name in ("critic", "evaluate")] == ["fine", "fine"]
        bills.append(heard)

    assert bills == [[TokenUsage(100, 20)] * 2] * 2
