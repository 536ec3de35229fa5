"""Rendering the job: the whole of ours, down to a file on our disk, against others at the same job."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from agent.browser.page import OperatorPage
from agent.browser.protocol import RenderResult
from agent.domain import ExportSettings
from tests.bench import job
from tests.bench.figures import Figure, Measured, Say, Target, at_least, at_most, paired_ratios
from tests.bench.meter import Spent, interleaved, seconds_of
from tests.bench.pages import both_pages, greenlit
from tests.bench.peers import installed_peers

_CORE = "core's Encoder"
_SETTINGS = ExportSettings(audio_codec="opus", fps=job.FRAME_RATE, video_bitrate=job.VIDEO_BITRATE)
_SPEED_TARGETS: dict[str, Target] = {_CORE: at_least(1.3)}
_CPU_TARGETS: dict[str, Target] = {_CORE: at_most(0.5)}


async def measure(rounds: int, say: Say) -> Measured:
    """Speed and processor seconds of ours against those of each other contender in the same round.

    Ours is timed from the call to a complete file on our disk: three passes, SHA-256 and transfer. core's
    `Encoder` is timed inside its page and ends on the browser's disk, so what it would take to bring its file
    here is not held against it. Peers read the same footage and write the same codecs at the same bitrate.
    """
    footage = job.footage()
    with tempfile.TemporaryDirectory(prefix="roughcut-bench-") as folder:
        peers, skipped = installed_peers(footage, Path(folder))
        async with both_pages(footage) as (operator, reference):
            await operator.add_asset(job.asset(footage))
            ours = _OurRender(operator, await greenlit(operator), Path(folder) / "ours.mp4")
            contenders = {"Roughcut": ours.run, _CORE: reference.encode, **peers}
            spent = await interleaved(contenders, rounds, say)
    our_rounds = spent.pop("Roughcut")
    against = [figure for name, theirs in spent.items() for figure in _figures(name, our_rounds, theirs)]
    return Measured((*against, ours.pass_figure()), skipped)


class _OurRender:
    def __init__(self, page: OperatorPage, fingerprint: str, output: Path) -> None:
        self._page = page
        self._fingerprint = fingerprint
        self._output = output
        self._results: list[RenderResult] = []

    async def run(self) -> float:
        return await seconds_of(self._render())

    def pass_figure(self) -> Figure:
        """The picture pass's own speed, and the length of every pass, without the run to warm up."""
        _, *results = self._results
        passes = {
            "picture": [result.picture_seconds for result in results],
            "sound": [result.sound_seconds for result in results],
            "mux": [result.mux_seconds for result in results],
        }
        return Figure(
            "render: picture pass",
            "fps",
            tuple(job.FRAMES / seconds for seconds in passes["picture"]),
            detail=", ".join(f"{name} {median(seconds):.2f} s" for name, seconds in passes.items()),
        )

    async def _render(self) -> None:
        result = await self._page.render(self._fingerprint, _SETTINGS, self._output)
        if result.frames != job.FRAMES or not result.has_audio:
            raise RuntimeError(f"Expected {job.FRAMES} frames with sound, got {result}")
        self._results.append(result)


def _figures(name: str, ours: Sequence[Spent], theirs: Sequence[Spent]) -> tuple[Figure, Figure]:
    our_s, their_s = [spent.seconds for spent in ours], [spent.seconds for spent in theirs]
    our_cpu_s, their_cpu_s = [spent.cpu_seconds for spent in ours], [spent.cpu_seconds for spent in theirs]
    return (
        Figure(
            f"render: speed against {name}",
            "x",
            paired_ratios(their_s, our_s),
            _SPEED_TARGETS.get(name),
            f"{_fps(our_s):.0f} fps against {_fps(their_s):.0f} fps",
        ),
        Figure(
            f"render: CPU against {name}",
            "x",
            paired_ratios(our_cpu_s, their_cpu_s),
            _CPU_TARGETS.get(name),
            f"{median(our_cpu_s):.1f} s against {median(their_cpu_s):.1f} s",
        ),
    )


def _fps(seconds: Sequence[float]) -> float:
    return job.FRAMES / median(seconds)
