"""Footage as shots that change on the beat of the music."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import cast

from agent.domain import AssetKind
from agent.models.offline.edit import BeatCut
from agent.models.offline.hearing import Heard, results, tool_call
from agent.models.offline.pieces import Piece, on_frame
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.task import AssetFacts

USUAL_SHOT_S = 0.9
"""Without a wish a shot lasts at least that, over 1, 2, 4 … beats."""
_SHOWN_OF_ONE_TAKE = 0.6
"""A cut within one take is seen only if it leaves something out."""


def shots_on_beats(
    beat_cut: BeatCut,
    pieces: Sequence[Piece],
    music: Sequence[AssetFacts],
    length_s: float | None,
    heard: Heard,
) -> list[Piece]:
    """Shots of the pieces in turn, each in its own order and spread over its length.

    They begin with the music and last until a beat near the end of music or footage, or for `length_s`.
    """
    if not music:
        raise NotUnderstoodError("there is no music whose beat could be cut on")
    song = music[0]
    call = tool_call("beats", "times", asset=song.name)
    times = cast(list[float], results([call], heard)[0])  # as the tool says of itself
    if not times:
        raise NotUnderstoodError(f"{song.name} has no steady beat to cut on")
    limit_s = min(length_s or song.duration_s or times[-1], song.duration_s or times[-1])
    beats_per_shot = beat_cut.beats_per_shot or _usual_beats(times)
    lengths = _shot_lengths(times[::beats_per_shot], limit_s, exact=length_s is not None)
    shots = _dealt(lengths, pieces)
    if len(shots) < 2:
        raise NotUnderstoodError("the footage is too short for two shots on the beat")
    return shots


def _usual_beats(times: Sequence[float]) -> int:
    beat_s = (times[-1] - times[0]) / max(1, len(times) - 1)
    return next(beats for beats in (1, 2, 4, 8) if beats * beat_s >= USUAL_SHOT_S or beats == 8)


def _shot_lengths(beats: Sequence[float], limit_s: float, *, exact: bool) -> list[float]:
    """From 0 to the first beat that leaves a shot its length, and so on; `exact` goes on to the limit."""
    changes = [on_frame(beat) for beat in beats if USUAL_SHOT_S / 3 < beat <= limit_s]
    if exact and (not changes or limit_s - changes[-1] > 0.05):
        changes.append(limit_s)
    return [round(end - start, 3) for start, end in pairwise([0.0, *changes])]


def _dealt(lengths: Sequence[float], pieces: Sequence[Piece]) -> list[Piece]:
    """Each shot from the next piece that still has enough; it ends where none has."""
    share = _SHOWN_OF_ONE_TAKE if len(pieces) == 1 else 1.0
    left_s = [piece.length_s * share if _moves(piece) else float("inf") for piece in pieces]
    turns: list[int] = []
    for length_s in lengths:
        order = range(turns[-1] + 1, turns[-1] + 1 + len(pieces)) if turns else range(len(pieces))
        turn = next((index % len(pieces) for index in order if left_s[index % len(pieces)] >= length_s), None)
        if turn is None:
            break
        left_s[turn] -= length_s
        turns.append(turn)
    return _placed(turns, lengths, pieces)


def _placed(turns: Sequence[int], lengths: Sequence[float], pieces: Sequence[Piece]) -> list[Piece]:
    """What a piece has over is left out evenly between its shots."""
    at_s = [piece.start_s for piece in pieces]
    gaps_s = []
    for index, piece in enumerate(pieces):
        own = [length_s for turn, length_s in zip(turns, lengths, strict=False) if turn == index]
        gaps_s.append((piece.length_s - sum(own)) / max(1, len(own) - 1) if _moves(piece) else 0.0)
    shots = []
    for turn, length_s in zip(turns, lengths, strict=False):
        piece = pieces[turn]
        start_s = min(on_frame(at_s[turn]), piece.end_s - length_s) if _moves(piece) else 0.0
        shots.append(replace(piece, start_s=round(start_s, 3), end_s=round(start_s + length_s, 3)))
        at_s[turn] = start_s + length_s + gaps_s[turn]
    return shots


def _moves(piece: Piece) -> bool:
    return piece.asset.kind is AssetKind.VIDEO
