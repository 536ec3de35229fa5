"""What is wrong for a moment, or at one: gaps, flashes, glitches, lengths, fades and transitions."""

from __future__ import annotations

from dataclasses import replace

from agent.evaluation.critic_suite.clips import fade, plate, video
from agent.evaluation.critic_suite.defect import Kind, Seed, apart, asks, every, first, frame_of
from agent.evaluation.critic_suite.good import Good
from agent.evaluation.critic_suite.program import Clip, Layer, Program

FRAME_S = 1 / 30
_LENGTH_STATED = r"in total|trim|first \d|\d second video|keep (only )?\d"
_ADDED = r"then|followed|twice|loop|corner|lower third|take|order|each"


def _gap(good: Good) -> Program | None:
    """Half a second of nothing in the middle of the first clip."""
    [clip, *_] = good.program.of("footage")
    if clip.kind != "VideoClip" or _is_sequential(good) or good.program.of("overlay"):
        return None
    half_s = clip.length_s / 2
    after = replace(
        clip, start_s=clip.start_s + half_s + 0.25, source_s=clip.source_s + half_s + 0.25
    ).having(animations=None)
    before = clip.lasting(half_s - 0.25).having(animations=None)
    return good.program.changed(lambda found: before, "footage").with_layer("footage", after, at=1)


def _frames_missing(good: Good) -> Program | None:
    if not apart(good):
        return None
    return good.program.changed(
        lambda clip: replace(clip, start_s=clip.start_s + 3 * FRAME_S, source_s=clip.source_s + 3 * FRAME_S),
        "footage",
        1,
    )


def _strays(good: Good) -> Program | None:
    """Three frames of other footage at the first cut."""
    if not apart(good):
        return None
    cut_s = good.program.of("footage")[0].end_s
    other = "interview.mp4" if "interview" not in good.request else "phone.mp4"
    return good.program.with_layer("overlay", video(other, cut_s, cut_s + 3 * FRAME_S, 5, muted=True))


def _flash(colour: str, frames: int, at: float) -> Seed:
    def seed(good: Good) -> Program | None:
        start_s = round(good.program.duration_s * at * 30) / 30
        flash = plate(start_s, start_s + frames * FRAME_S, frame_of(good), colour)
        return good.program.with_layer("overlay", flash)

    return seed


def _glitch(good: Good) -> Program | None:
    """One frame of other footage between two samples of the regular kind."""
    start_s = round((good.program.duration_s * 0.4 // 1 + 0.4) * 30) / 30
    other = "interview.mp4" if "interview" not in good.request else "phone.mp4"
    return good.program.with_layer("overlay", video(other, start_s, start_s + FRAME_S, 5, muted=True))


def _blink(clip: Clip, good: Good) -> Clip | None:
    """Gone for two frames by its own keyframes."""
    middle_s = round(clip.length_s * 0.55 * 30) / 30
    times = (0.0, middle_s, middle_s + FRAME_S, middle_s + 2 * FRAME_S, middle_s + 3 * FRAME_S)
    return clip.having(animations=[fade("opacity", *zip(times, (100, 100, 0, 0, 100), strict=True))])


def _longer(good: Good) -> Program | None:
    if not asks(good, _LENGTH_STATED) or asks(good, _ADDED) or _is_sequential(good):
        return None
    clips = good.program.of("footage")
    return good.program.changed(lambda clip: clip.lasting(clip.length_s + 1.5), "footage", len(clips) - 1)


def _shorter(good: Good) -> Program | None:
    if not asks(good, _LENGTH_STATED) or asks(good, _ADDED) or _is_sequential(good):
        return None
    end_s = good.program.duration_s - 1.2

    def cut(clip: Clip) -> Clip | None:
        return replace(clip, end_s=min(clip.end_s, end_s)) if clip.start_s < end_s else None

    parts = (replace(part, clips=tuple(filter(None, map(cut, part.clips)))) for part in good.program.layers)
    return replace(good.program, layers=tuple(part for part in parts if part.clips))


def _transition(kind: str | None) -> Seed:
    """Another one than asked for, or none."""

    def seed(good: Good) -> Program | None:
        if not _is_sequential(good):
            return None
        found = next(clip.options["transition"] for clip in good.program.of("footage"))
        if kind is not None and (found["type"] == kind or "slide" in good.request):
            return None
        other = None if kind is None else {**found, "type": kind}
        return _with_transition(good.program, other)

    return seed


def _with_transition(program: Program, transition: object) -> Program:
    def changed(part: Layer) -> Layer:
        clips = [
            clip.having(transition=transition) if "transition" in clip.options else clip
            for clip in part.clips
        ]
        return replace(part, clips=tuple(clips))

    return replace(program, layers=tuple(changed(part) for part in program.layers))


def _is_sequential(good: Good) -> bool:
    return any(part.sequential for part in good.program.layers)


MOMENT_KINDS = (
    Kind("black gap", "half a second of nothing", _gap),
    Kind("three frames missing at a cut", "a blink of the background between two clips", _frames_missing),
    Kind("stray frames at a cut", "three frames of other footage", _strays),
    Kind("white flash", "three white frames", _flash("#FFFFFF", 3, 0.47)),
    Kind("black flash", "two black frames", _flash("#000000", 2, 0.63)),
    Kind("one-frame glitch", "one frame of other footage between samples", _glitch),
    Kind(
        "blinking clip",
        "the footage is gone for two frames",
        first("footage", _blink, where="^(?!.*(montage|fade|zoom|slideshow|hold|dissolve))"),
    ),
    Kind("too long", "1.5 s more than asked for", _longer),
    Kind("too short", "1.2 s less than asked for", _shorter),
    Kind(
        "missing fade",
        "a fade from and to black was asked for",
        every("footage", lambda clip, _: clip.having(animations=None), where="fade in from black"),
    ),
    Kind(
        "half a fade",
        "it fades in and never out",
        every(
            "footage",
            lambda clip, _: clip.having(animations=[fade("opacity", (0, 0), (0.5, 100))]),
            where="fade in from black and fade out",
        ),
    ),
    Kind("missing transition", "a transition was asked for", _transition(None)),
    Kind("wrong transition", "a slide instead of a dissolve or fade", _transition("slide-from-right")),
)
