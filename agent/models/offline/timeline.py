"""From an edit and the facts about the assets to figures: which piece of which file is shown when.

Pure. Raises `NotUnderstoodError` for what the footage cannot give, such as five seconds of a clip of three.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from agent.domain import AssetKind
from agent.models.offline.beat_shots import shots_on_beats
from agent.models.offline.edit import Cut, Edit
from agent.models.offline.hearing import NOTHING_HEARD, Heard
from agent.models.offline.pieces import Piece, window
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.speed import at_speed
from agent.models.offline.task import AssetFacts
from agent.models.offline.tighten import tightened

SLIDE_S = 3.0
TOLERANCE_S = 0.05


@dataclass(frozen=True)
class Timeline:
    """The footage in order, and what goes with it. `notes` are for the person who asked."""

    pieces: tuple[Piece, ...]
    transition_s: float
    logo: AssetFacts | None
    music: tuple[AssetFacts, ...]
    transcript: AssetFacts | None
    notes: tuple[str, ...]

    @property
    def total_s(self) -> float:
        return round(sum(piece.length_s for piece in self.pieces), 3)


def lay_out(edit: Edit, assets: Sequence[AssetFacts], heard: Heard = NOTHING_HEARD) -> Timeline:
    """The timeline of `edit` over `assets`. Raises `NotHeardError` where something must be heard first."""
    logo = logo_of(edit, assets)
    footage = footage_of(edit, assets)
    notes = [f"{asset.name} was not used." for asset in _unused(edit, assets, footage, logo)]
    edit = _spread_slides(edit, footage)
    pieces = [Piece(asset, 0.0, _length(asset, edit)) for asset in footage]
    pieces = _cut_each(pieces, edit.cuts)
    first, last = _in_turn(edit)
    music = music_of(edit, assets)
    pieces = at_speed(edit.speed, _cut_all(pieces, first), heard)
    if edit.beat_cut:
        pieces = shots_on_beats(edit.beat_cut, pieces, music, _stated_length(last), heard)
    transition_s = _transition_length(edit, pieces)
    pieces = tightened(edit.speech, _with_handles(pieces, transition_s), heard, notes.append)
    pieces = _cut_all(pieces, last)
    if transition_s and edit.transition and transition_s < edit.transition.duration_s:
        notes.append(f"The transition lasts {transition_s:g} s: the shortest clip allows no more.")
    return Timeline(tuple(pieces), transition_s, logo, music, transcript_of(edit, assets), tuple(notes))


def footage_of(edit: Edit, assets: Sequence[AssetFacts]) -> list[AssetFacts]:
    """What is shown, in order, before anything is cut."""
    logo = logo_of(edit, assets)
    videos_and_images = [asset for asset in assets if asset.kind in (AssetKind.VIDEO, AssetKind.IMAGE)]
    visible = [asset for asset in videos_and_images if asset != logo]
    if any(asset.kind is AssetKind.VIDEO for asset in visible):
        visible = [
            asset
            for asset in visible
            if asset.kind is AssetKind.VIDEO or asset.name in edit.order or "logo" not in asset.name.lower()
        ]
    if not visible:
        raise NotUnderstoodError("there is no video and no image to show among the assets")
    rank = {name: index for index, name in enumerate(edit.order)}
    given = sorted(visible, key=lambda asset: rank.get(asset.name, len(rank)))
    return given[::-1] if edit.reversed else given


def logo_of(edit: Edit, assets: Sequence[AssetFacts]) -> AssetFacts | None:
    """The image that is meant; None without a logo."""
    logo = edit.logo
    if logo is None:
        return None
    images = [asset for asset in assets if asset.kind is AssetKind.IMAGE]
    named = [asset for asset in images if asset.name == logo.asset or "logo" in asset.name.lower()]
    found = named or (images if len(images) == 1 else [])
    if not found:
        raise NotUnderstoodError("say which image is the logo, as in: logo.png in the top right corner")
    return found[0]


def music_of(edit: Edit, assets: Sequence[AssetFacts]) -> tuple[AssetFacts, ...]:
    """The named file, else every audio file in turn; none if music was taken away."""
    if edit.music_removed:
        return ()
    audio = [asset for asset in assets if asset.kind is AssetKind.AUDIO]
    named = [asset for asset in audio if asset.name == edit.music_asset]
    return tuple(named or audio)


def transcript_of(edit: Edit, assets: Sequence[AssetFacts]) -> AssetFacts | None:
    """The transcript that was given; none for footage whose times are no longer those that it tells."""
    given = [asset for asset in assets if asset.kind is AssetKind.CAPTIONS]
    return given[0] if edit.captions and given and not edit.repaced else None


def _in_turn(edit: Edit) -> tuple[list[Cut], list[Cut]]:
    """Cuts of the footage as it was given, and those of what comes out, such as a length.

    What is taken out of the middle leaves two clips for a transition; a length counts what comes out.
    """
    whole = [cut for cut in edit.cuts if cut.target is None]
    if edit.transition is None and edit.repaced:
        of_output = [cut.from_end or _is_length(cut) for cut in whole]
        return (
            [cut for cut, later in zip(whole, of_output, strict=True) if not later],
            [cut for cut, later in zip(whole, of_output, strict=True) if later],
        )
    first = list(takewhile(lambda cut: cut.action == "remove", whole))
    return first, whole[len(first) :]


def _is_length(cut: Cut) -> bool:
    return cut.action == "keep" and not cut.start_s and not cut.from_end


def _stated_length(cuts: Sequence[Cut]) -> float | None:
    return next((cut.end_s for cut in cuts if _is_length(cut)), None)


def _unused(
    edit: Edit, assets: Sequence[AssetFacts], footage: Sequence[AssetFacts], logo: AssetFacts | None
) -> list[AssetFacts]:
    used = {asset.name for asset in (*footage, *music_of(edit, assets))} | ({logo.name} if logo else set())
    kinds = {AssetKind.VIDEO, AssetKind.IMAGE, AssetKind.AUDIO} | (
        {AssetKind.CAPTIONS} if not edit.captions else set()
    )
    return [asset for asset in assets if asset.kind in kinds and asset.name not in used]


def _length(asset: AssetFacts, edit: Edit) -> float:
    if asset.kind is AssetKind.IMAGE:
        return edit.slide_s or SLIDE_S
    if not asset.duration_s:
        raise NotUnderstoodError(f"the length of {asset.name} is not known")
    return asset.duration_s


def _spread_slides(edit: Edit, footage: Sequence[AssetFacts]) -> Edit:
    """`make it 10 seconds long` over images alone shares the time out among them."""
    if edit.slide_s is not None or any(asset.kind is not AssetKind.IMAGE for asset in footage):
        return edit
    whole = [cut for cut in edit.cuts if cut == Cut("keep", 0.0, cut.end_s)]
    if not whole or whole[-1].end_s is None:
        return edit
    return replace(edit, slide_s=whole[-1].end_s / len(footage))


def _cut_each(pieces: list[Piece], cuts: Sequence[Cut]) -> list[Piece]:
    for cut in cuts:
        if cut.target is None:
            continue
        by_asset: list[Piece] = []
        for name in dict.fromkeys(piece.asset.name for piece in pieces):
            own = [piece for piece in pieces if piece.asset.name == name]
            by_asset.extend(_apply(cut, own) if cut.target in ("*", name) else own)
        pieces = by_asset
    return pieces


def _cut_all(pieces: list[Piece], cuts: Sequence[Cut]) -> list[Piece]:
    for cut in cuts:
        pieces = _apply(cut, pieces)
    return pieces


def _apply(cut: Cut, pieces: list[Piece]) -> list[Piece]:
    total = sum(piece.length_s for piece in pieces)
    start, end = _bounds(cut, total)
    if cut.action == "keep":
        kept = window(pieces, start, end)
    else:
        kept = window(pieces, 0.0, start) + window(pieces, end, total)
    if not kept:
        raise NotUnderstoodError(f"nothing would be left of the {total:.4g} s of footage")
    return kept


def _bounds(cut: Cut, total_s: float) -> tuple[float, float]:
    start = total_s - cut.start_s if cut.from_end else cut.start_s
    last = 0.0 if cut.end_s is None else cut.end_s
    end = total_s - last if cut.from_end else (total_s if cut.end_s is None else cut.end_s)
    if start < -TOLERANCE_S or end > total_s + TOLERANCE_S or start >= total_s:
        asked = max(cut.start_s, last)
        raise NotUnderstoodError(
            f"the footage is {total_s:.4g} s long, which is less than the {asked:g} s asked for"
        )
    return max(start, 0.0), min(end, total_s)


def _transition_length(edit: Edit, pieces: Sequence[Piece]) -> float:
    if edit.transition is None:
        return 0.0
    if len(pieces) < 2:
        raise NotUnderstoodError("a transition needs two clips, and there is one")
    return round(min(edit.transition.duration_s, min(piece.length_s for piece in pieces) / 2), 3)


def _with_handles(pieces: Sequence[Piece], transition_s: float) -> list[Piece]:
    """Pieces with footage left on both sides of each cut, so that no transition shows a missing frame.

    A transition runs half before and half after its cut; where a file has nothing beyond, its piece
    gives way.
    """
    half = transition_s / 2
    shortened = []
    for index, piece in enumerate(pieces):
        start, end = piece.start_s, piece.end_s
        if piece.asset.kind is AssetKind.VIDEO:
            if index > 0:
                start = max(start, half)
            if index < len(pieces) - 1:
                end = min(end, (piece.asset.duration_s or end) - half)
        shortened.append(replace(piece, start_s=round(start, 3), end_s=round(end, 3)))
    return shortened
