"""Steps about the footage itself: which of it is shown, how fast, in what frame and look."""

from __future__ import annotations

from collections.abc import Iterator

from agent.domain import AssetKind
from agent.models.offline.edit import Canvas, Cut, Effect, Transition
from agent.models.offline.plan_change import Change, names, step
from agent.models.offline.task import AssetFacts
from agent.models.offline.timeline import SLIDE_S
from agent.models.plan_reply import StepReply


def _shown(change: Change) -> Iterator[StepReply]:
    footage = change.footage
    if change.before is None or change.of("order", "reversed"):
        follow = ", one after the other" if len(footage) > 1 else ""
        yield step(f"Put {names(footage)} on the timeline{follow}.", footage)
    images = [asset for asset in footage if asset.kind is AssetKind.IMAGE]
    if images and (change.before is None or change.of("slide_s")):
        yield step(f"Show each image for {change.edit.slide_s or SLIDE_S:g} s.", images)


def _cut(change: Change) -> Iterator[StepReply]:
    for cut in change.edit.cuts:
        if cut not in change.known.cuts:
            target = _target(cut, change)
            verb = "Keep" if cut.action == "keep" else "Take out"
            of = _of_what(cut, change)
            yield step(f"{verb} {_span(cut)} of {of}.", target, part=_part(cut, change, target))
    for cut in change.known.cuts:
        if cut not in change.edit.cuts:
            undone = "taken out" if cut.action == "remove" else "the only part that is kept"
            yield step(f"Let {_span(cut)} no longer be {undone}.")


def _target(cut: Cut, change: Change) -> list[AssetFacts]:
    named = [asset for asset in change.footage if asset.name == cut.target]
    return named or change.footage


def _of_what(cut: Cut, change: Change) -> str:
    if cut.target == "*":
        return "each clip"
    if cut.target is None and (len(change.footage) > 1 or change.edit.repaced):
        return "the whole"
    return _target(cut, change)[0].name


def _span(cut: Cut) -> str:
    end_s = cut.end_s
    if cut.from_end:
        last = f"the last {cut.start_s:g} s"
        return f"{last}, up to {end_s:g} s before the end," if end_s else last
    if end_s is None:
        return f"what follows {cut.start_s:g} s"
    return f"{cut.start_s:g} s to {end_s:g} s" if cut.start_s else f"the first {end_s:g} s"


def _part(cut: Cut, change: Change, target: list[AssetFacts]) -> tuple[float, float] | None:
    """In seconds of the file, where nothing that comes before moves them."""
    length_s = target[0].duration_s if len(target) == 1 else None
    if length_s is None or change.edit.repaced or cut != change.edit.cuts[0]:
        return None
    end_s = length_s if cut.end_s is None else cut.end_s
    if cut.from_end:
        return max(0.0, length_s - cut.start_s), length_s - (cut.end_s or 0.0)
    return cut.start_s, min(end_s, length_s)


def _speed(change: Change) -> Iterator[StepReply]:
    speed = change.edit.speed
    if not change.of("speed"):
        return
    if speed == 1:
        yield step("Show the footage at its own speed again.")
    else:
        yield step(f"Make {names(change.videos)} run at {speed:g}x speed.", change.videos, tool="ffmpeg")
        yield step(f"Show the footage at {speed:g}x speed, from what was made.")


def _beats(change: Change) -> Iterator[StepReply]:
    beat_cut = change.edit.beat_cut
    if not change.of("beat_cut"):
        return
    if beat_cut is None:
        yield step("Cut no longer on the beat.")
        return
    music = change.music[:1]
    every = beat_cut.beats_per_shot
    which = "the beat" if every is None else "every beat" if every == 1 else f"one beat in {every}"
    yield step(f"Find the beats of {names(music) if music else 'the music'}.", music, tool="beats")
    yield step(f"Change the shot on {which}.", change.footage)


def _frame(change: Change) -> Iterator[StepReply]:
    canvas = change.edit.canvas
    if not change.of("canvas"):
        return
    if canvas == Canvas():
        yield step("Give the frame the shape of the footage.")
        return
    size = f" of {canvas.size[0]}x{canvas.size[1]} px" if canvas.size else ""
    shape = f" of {canvas.ratio[0]}:{canvas.ratio[1]}" if canvas.ratio else ""
    how = "cropped to fill it" if canvas.fit == "cover" else "whole, with bars beside it"
    yield step(f"Show the footage in a frame{size or shape}, {how}.")


def _look(change: Change) -> Iterator[StepReply]:
    effects, before = change.edit.effects, change.known.effects
    added = [_effect(effect) for effect in effects if effect not in before]
    if added:
        yield step(f"Give the footage the look of {', '.join(added)}.")
    kept = {effect.type for effect in effects}
    gone = [effect.type for effect in before if effect.type not in kept]
    if gone:
        yield step(f"Take the look of {', '.join(gone)} off the footage.")


def _effect(effect: Effect) -> str:
    unit = {"blur": " px", "hue-rotate": " degrees"}.get(effect.type, "%")
    return f"{effect.type} {effect.value:g}{unit}"


def _transition(change: Change) -> Iterator[StepReply]:
    transition = change.edit.transition
    if not change.of("transition"):
        return
    if transition is None:
        yield step("Cut straight from clip to clip.")
    else:
        yield step(f"Join the clips by {_transition_words(transition)}.", change.footage)


def _transition_words(transition: Transition) -> str:
    kind = transition.type.replace("-from-", " from the ").replace("fade-to-", "fade through ")
    return f"a {kind} of {transition.duration_s:g} s"


FOOTAGE_SECTIONS = (_shown, _cut, _speed, _beats, _frame, _look, _transition)
