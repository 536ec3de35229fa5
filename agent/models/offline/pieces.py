"""Pieces of files, one after the other: what a timeline is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.models.offline.task import AssetFacts

FRAMES_PER_S = 30
"""core rounds every time to a frame of that rate, whatever the export's."""
_SHORTEST_S = 0.02


@dataclass(frozen=True)
class Piece:
    """`start_s`..`end_s` of an asset, shown after the piece before it. Images count from 0.

    `jumps`: the cut before it leaves out a part of one and the same take.
    """

    asset: AssetFacts
    start_s: float
    end_s: float
    jumps: bool = False

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def window(pieces: Sequence[Piece], start_s: float, end_s: float) -> list[Piece]:
    """What `pieces` show from `start_s` up to `end_s`."""
    kept, at = [], 0.0
    for piece in pieces:
        begin, finish = max(start_s - at, 0.0), min(end_s - at, piece.length_s)
        if finish - begin > _SHORTEST_S:
            offset = piece.start_s
            kept.append(replace(piece, start_s=round(offset + begin, 3), end_s=round(offset + finish, 3)))
        at += piece.length_s
    return kept


def on_frame(time_s: float) -> float:
    """The nearest time that core keeps as it is."""
    return round(round(time_s * FRAMES_PER_S) / FRAMES_PER_S, 3)
