"""What keeps a plan from being carried out, in words for the model that made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.domain import Asset, Expectation
from agent.models.plan_reply import MOST_STEPS, MOST_TASK_CHARS, PlanReply, StepReply

_TOLERANCE_S = 0.05
"""Times are told with two digits, and core rounds them to frames."""


def faults_of(
    reply: PlanReply, assets: Sequence[Asset], tools: Sequence[str], expectation: Expectation
) -> list[str]:
    """One sentence for each thing that is wrong; none if the plan can be carried out."""
    if reply.cannot:
        return ["cannot says that the request cannot be met, and yet there are steps"]
    if not reply.steps:
        return ["it has no steps"]
    if len(reply.steps) > MOST_STEPS:
        return [f"it has {len(reply.steps)} steps, and {MOST_STEPS} are allowed"]
    there = {asset.name: asset for asset in assets}
    return [
        f"step {number}: {fault}"
        for number, step in enumerate(reply.steps, start=1)
        for fault in _faults(step, there, tools, expectation)
    ]


def _faults(
    step: StepReply, assets: dict[str, Asset], tools: Sequence[str], expectation: Expectation
) -> Iterator[str]:
    if not step.task:
        yield "it has no task"
    if len(step.task) > MOST_TASK_CHARS:
        yield f"its task has over {MOST_TASK_CHARS} characters"
    if step.tool not in tools:
        yield f"there is no tool {step.tool!r:.80}; the tools are {', '.join(tools)}"
    missing = [name for name in step.assets if name not in assets]
    for name in missing:
        yield f"there is no asset {name!r:.80}; there is {', '.join(map(repr, assets)) or 'none'}"
    if not missing:
        yield from _range_faults(step, [assets[name] for name in step.assets], expectation)


def _range_faults(step: StepReply, assets: Sequence[Asset], expectation: Expectation) -> Iterator[str]:
    if step.start_s is None and step.end_s is None:
        return
    if step.start_s is None or step.end_s is None:
        yield "its part has one of start_s and end_s; give both or neither"
        return
    part = f"{step.start_s:g}-{step.end_s:g} s"
    if step.start_s < 0:
        yield f"its part {part} starts before 0"
    if step.end_s <= step.start_s:
        yield f"its part {part} ends before it has begun"
    longest = _longest(assets, expectation)
    if longest is not None and step.end_s > longest[1] + _TOLERANCE_S:
        yield (
            f"its part {part} is beyond the end of {longest[0]}, which lasts {longest[1]:g} s; "
            "a part of the finished video names no asset that has a length"
        )


def _longest(assets: Sequence[Asset], expectation: Expectation) -> tuple[str, float] | None:
    """What the part is of, and how long it is, where that is known: an asset, else the finished video."""
    lengths = [(asset.name, asset.media.duration_s) for asset in assets if asset.media]
    lasting = [found for found in lengths if found[1]]
    if lasting:
        return max(lasting, key=lambda found: found[1])
    return ("the finished video", expectation.duration_s) if expectation.duration_s else None
