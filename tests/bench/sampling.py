"""Sampling frames for the critic, against decoding alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import median

from agent.browser.page import OperatorPage
from tests.bench import job
from tests.bench.figures import Figure, Measured, Say, at_least, paired_ratios
from tests.bench.meter import Spent, interleaved, seconds_of
from tests.bench.pages import both_pages, greenlit

_SECONDS = 10
_SAMPLES_PER_SECOND = (1, 4)
_DECODING = "decoding alone"


async def measure(rounds: int, say: Say) -> Measured:
    """Sampling's speed as a share of the speed of decoding the same span and doing nothing with it.

    Both are seconds of footage passed in a second. The footage has one key frame, so sampling has to decode
    all that decoding alone decodes, however few frames are wanted; with more key frames it skips what it does
    not need and would look better here. On top of that it composes each wanted frame with the title, scales
    it to 640 pixels, encodes it as JPEG and sends it; it is timed here, decoding alone inside its page.
    """
    footage = job.footage(_SECONDS)
    async with both_pages(footage) as (operator, reference):
        await operator.add_asset(job.asset(footage))
        await greenlit(operator)
        samplers = {f"{fps} fps": partial(_sample, operator, fps) for fps in _SAMPLES_PER_SECOND}
        spent = await interleaved({_DECODING: reference.decode, **samplers}, rounds, say)
    decoding = spent.pop(_DECODING)
    return Measured(tuple(_figure(name, sampling, decoding) for name, sampling in spent.items()))


async def _sample(page: OperatorPage, fps: int) -> float:
    return await seconds_of(page.sample(fps=fps, frame_rate=job.FRAME_RATE))


def _figure(name: str, sampling: Sequence[Spent], decoding: Sequence[Spent]) -> Figure:
    sampling_s = [spent.seconds for spent in sampling]
    decoding_s = [spent.seconds for spent in decoding]
    return Figure(
        f"sampling at {name} against decoding alone",
        "x",
        paired_ratios(decoding_s, sampling_s),
        at_least(0.6),
        f"{_SECONDS} s of footage in {median(sampling_s):.2f} s against {median(decoding_s):.2f} s",
    )
