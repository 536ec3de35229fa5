"""Reads the task that the composer wrote: request, assets and, for a follow-up, the program so far."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePath

from agent.domain import AssetKind

_MADE = re.compile(r"(.+?)(?:\.speed-[\d.]+(?:-\d+)?\.mp4|(?:\.speed-[\d.]+)?(?:-\d+)?\.captions\.json)")
"""Names that `speed.py` and the tool `captions` give to what they make of the asset with that stem."""


@dataclass(frozen=True)
class AssetFacts:
    """What the task says of one asset."""

    name: str
    kind: AssetKind
    duration_s: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    has_audio: bool = False


@dataclass(frozen=True)
class PlannedStep:
    """What the task says of a step of the plan."""

    number: int
    tool: str


@dataclass(frozen=True)
class EditTask:
    """The task as the offline model reads it, with the assets that a person gave."""

    request: str
    assets: tuple[AssetFacts, ...]
    composition: str | None = None
    plan: tuple[PlannedStep, ...] = ()


def read_task(text: str) -> EditTask:
    """The task in `text`; raises `ValueError` if it has no request."""
    request = _tag(text, "request")
    if request is None:
        raise ValueError("Expected a task with <request>…</request>, got none")
    lines = (_tag(text, "assets") or "").splitlines()
    assets = tuple(_facts(json.loads(line)) for line in lines if line.strip())
    return EditTask(request, given(assets), _tag(text, "composition"), _plan(_tag(text, "plan") or ""))


def given(assets: tuple[AssetFacts, ...]) -> tuple[AssetFacts, ...]:
    """The assets without those that tools made of others in an earlier job: they are made again as needed."""
    stems = {PurePath(asset.name).stem for asset in assets}
    return tuple(
        asset for asset in assets if not (made := _MADE.fullmatch(asset.name)) or made[1] not in stems
    )


def _plan(lines: str) -> tuple[PlannedStep, ...]:
    steps = [json.loads(line) for line in lines.splitlines()]
    return tuple(PlannedStep(step["number"], step["tool"]) for step in steps)


def _tag(text: str, name: str) -> str | None:
    match = re.search(rf"<{name}>\n?(.*?)\n?</{name}>", text, re.DOTALL)
    return match[1] if match else None


def _facts(record: dict[str, object]) -> AssetFacts:
    known = {key: value for key, value in record.items() if key in AssetFacts.__dataclass_fields__}
    return AssetFacts(**{**known, "kind": AssetKind(str(record["kind"]))})  # type: ignore[arg-type]  # our own JSON
