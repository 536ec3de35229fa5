"""Footage at another speed: core has none, so ffmpeg makes files that have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, cast

from agent.domain import AssetKind
from agent.models.offline.hearing import Heard, ToolCall, results, tool_call
from agent.models.offline.pieces import Piece, on_frame
from agent.models.offline.task import AssetFacts

_ENCODED = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-pix_fmt", "yuv420p")
_SOUND_ENCODED = ("-c:a", "aac", "-b:a", "256k")
_TEMPO_STEP = 2.0
"""Beyond that, one `atempo` leaves samples out."""


def at_speed(speed: float, pieces: Sequence[Piece], heard: Heard) -> list[Piece]:
    """The same pictures in `1 / speed` of the time; images stay as long as they are."""
    if speed == 1:
        return list(pieces)
    videos = list(dict.fromkeys(piece.asset for piece in pieces if piece.asset.kind is AssetKind.VIDEO))
    made = results([_made_by(speed, asset) for asset in videos], heard)
    by_name = {
        asset.name: _as_made(asset, cast(dict[str, Any], told))  # as the tool says of itself
        for asset, told in zip(videos, made, strict=True)
    }
    return [_faster(piece, by_name.get(piece.asset.name), speed) for piece in pieces]


def _as_made(asset: AssetFacts, told: dict[str, Any]) -> AssetFacts:
    return replace(asset, name=told["asset"], duration_s=told["duration_s"])


def _faster(piece: Piece, made: AssetFacts | None, speed: float) -> Piece:
    if made is None:
        return piece
    end_s = min(piece.end_s / speed, made.duration_s or piece.end_s / speed)
    return replace(piece, asset=made, start_s=on_frame(piece.start_s / speed), end_s=round(end_s, 3))


def _made_by(speed: float, asset: AssetFacts) -> ToolCall:
    arguments = ["-vf", f"setpts=PTS/{speed:g}", *_ENCODED]
    if asset.frame_rate:
        arguments += ["-r", f"{asset.frame_rate:.6g}"]
    if asset.has_audio:
        arguments += ["-af", ",".join(f"atempo={step:.6g}" for step in _tempo_steps(speed)), *_SOUND_ENCODED]
    name = f"{PurePath(asset.name).stem}.speed-{speed:g}.mp4"
    return tool_call("ffmpeg", arguments=arguments, inputs=[asset.name], output=name)


def _tempo_steps(speed: float) -> list[float]:
    steps = []
    while not 1 / _TEMPO_STEP <= speed <= _TEMPO_STEP:
        steps.append(_TEMPO_STEP if speed > 1 else 1 / _TEMPO_STEP)
        speed /= steps[-1]
    return [*steps, speed]
