"""Pauses and filler words taken out of the footage, by the ranges that the cut list keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from agent.domain import AssetKind
from agent.models.offline.edit import Speech
from agent.models.offline.hearing import Heard, ToolCall, results, tool_call
from agent.models.offline.pieces import Piece, on_frame
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.task import AssetFacts


def tightened(
    speech: Speech, pieces: Sequence[Piece], heard: Heard, note: Callable[[str], None]
) -> list[Piece]:
    """What is left of the pieces; `note` is told how much was taken out. What has no sound stays whole."""
    spoken = list(dict.fromkeys(piece.asset for piece in pieces if _is_heard(piece)))
    if speech == Speech():
        return list(pieces)
    if not spoken:
        raise NotUnderstoodError("there are no pauses in footage without sound")
    kept = results([_cut_list(speech, asset) for asset in spoken], heard)
    ranges = {
        asset.name: cast(list[tuple[float, float]], spans)  # as the tool says of itself
        for asset, spans in zip(spoken, kept, strict=True)
    }
    left = [part for piece in pieces for part in _parts(piece, ranges)]
    if not left:
        raise NotUnderstoodError(f"nothing would be left: nothing is heard in {spoken[0].name}")
    taken_s = sum(piece.length_s for piece in pieces) - sum(piece.length_s for piece in left)
    found = f"{taken_s:.1f} s of the footage were" if taken_s > 0.05 else "Nothing was found to be"
    note(f"{found} taken out.")
    return left


def _is_heard(piece: Piece) -> bool:
    return piece.asset.kind is AssetKind.VIDEO and piece.asset.has_audio


def _cut_list(speech: Speech, asset: AssetFacts) -> ToolCall:
    pauses = speech.longest_pause_s
    limit = {} if pauses is None else {"longest_pause": pauses}
    return tool_call(
        "cut_list", asset=asset.name, pauses=pauses is not None, fillers=speech.fillers_removed, **limit
    )


def _parts(piece: Piece, ranges: dict[str, list[tuple[float, float]]]) -> list[Piece]:
    if piece.asset.name not in ranges:
        return [piece]
    spans = [
        (max(on_frame(start_s), piece.start_s), min(on_frame(end_s), piece.end_s))
        for start_s, end_s in ranges[piece.asset.name]
    ]
    parts = [
        replace(piece, start_s=start_s, end_s=end_s)
        for start_s, end_s in spans
        if on_frame(end_s - start_s) > 0
    ]
    return [replace(part, jumps=piece.jumps or index > 0) for index, part in enumerate(parts)]
