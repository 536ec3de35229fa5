"""What goes wrong with the footage: which is shown, from which moment, in which order and shape."""

from __future__ import annotations

from dataclasses import replace

from agent.evaluation.critic_suite.clips import plate
from agent.evaluation.critic_suite.defect import Kind, apart, asks, every, first, frame_of
from agent.evaluation.critic_suite.footage import LENGTH_S
from agent.evaluation.critic_suite.good import Good
from agent.evaluation.critic_suite.program import Clip, Program

_WIDE_FOOTAGE = ("harbour.mp4", "market.mp4", "street.mp4", "interview.mp4")
_STATED_RANGE = r"from \d|\d-\d|\d:\d\d|first \d"
_CENTRED = {"x": "50%", "y": "50%", "anchorX": 0.5, "anchorY": 0.5, "position": None}


def _elsewhere_in_file(clip: Clip, _: Good) -> Clip | None:
    """1.7 s later in the file, or earlier where it ends before that."""
    later = clip.source_s + 1.7
    fits = later + clip.length_s <= LENGTH_S
    return replace(clip, source_s=later if fits else max(0.0, clip.source_s - 1.7))


def _wrong_trim(good: Good) -> Program | None:
    [clip, *_] = good.program.of("footage")
    moved = _elsewhere_in_file(clip, good)
    if clip.kind != "VideoClip" or not asks(good, _STATED_RANGE) or moved == clip:
        return None
    return good.program.changed(lambda found: moved, "footage")


def _wrong_trim_unstated(good: Good) -> Program | None:
    [clip, *_] = good.program.of("footage")
    if clip.kind != "VideoClip" or asks(good, _STATED_RANGE) or clip.length_s > LENGTH_S - 2:
        return None
    return good.program.changed(lambda found: _elsewhere_in_file(found, good), "footage")


def _without_last(good: Good) -> Program | None:
    clips = good.program.of("footage")
    if not apart(good) or clips[-1].asset in {clip.asset for clip in clips[:-1]}:
        return None
    return good.program.changed(lambda clip: None, "footage", len(clips) - 1)


def _other_footage(clip: Clip, good: Good) -> Clip:
    free = (name for name in _WIDE_FOOTAGE if name not in good.request and name != clip.asset)
    other = next(free, clip.asset)
    return replace(clip, asset=other, kind="VideoClip")


def _in_other_order(good: Good) -> Program | None:
    clips = good.program.of("footage")
    if not apart(good) or clips[0].asset == clips[1].asset or asks(good, "montage|title card"):
        return None
    if not asks(good, "then|order|followed") or {clip.kind for clip in clips} != {"VideoClip"}:
        return None
    first_length_s = clips[0].length_s
    second = replace(clips[1], start_s=0.0, end_s=clips[1].length_s)
    moved = replace(clips[0], start_s=clips[1].length_s, end_s=clips[1].length_s + first_length_s)
    return good.program.changed(lambda clip: second, "footage").changed(lambda clip: moved, "footage", 1)


def _repeated(good: Good) -> Program | None:
    clips = good.program.of("footage")
    if not apart(good) or asks(good, "twice|loop|montage") or clips[0].kind != "VideoClip":
        return None
    again = replace(clips[0], start_s=clips[1].start_s, end_s=clips[1].start_s + clips[0].length_s)
    return good.program.changed(lambda clip: again, "footage", 1)


def _standing_still(clip: Clip, _: Good) -> Clip | None:
    return replace(clip, asset="street-still.mp4") if clip.asset == "street.mp4" else clip


def _frozen(good: Good) -> Program | None:
    still = good.program.changed_all(lambda clip: _standing_still(clip, good), "footage")
    held_s = sum(clip.length_s for clip in still.of("footage") if clip.asset == "street-still.mp4")
    # Shorter than that nobody can tell it from footage that happens to be calm.
    return still if still != good.program and held_s > 2 and not asks(good, "frozen|hold") else None


def _hurried(good: Good) -> Program | None:
    [clip, *_] = good.program.of("footage")
    if clip.asset != "market.mp4" or clip.source_s / 2 + clip.length_s > LENGTH_S / 2:
        return None
    return good.program.changed(
        lambda found: replace(found, asset="market-fast.mp4", source_s=found.source_s / 2), "footage"
    )


def _tinted(good: Good) -> Program | None:
    if good.program.of("inset") or not asks(good, _UNCOLOURED):
        return None
    frame = frame_of(good)
    veil = plate(0, good.program.duration_s, frame, "#C81E3C").having(opacity=45)
    at = max(number for number, part in enumerate(good.program.layers) if part.role == "footage")
    return good.program.with_layer("veil", veil, at=at + 1)


def _stretched(clip: Clip, good: Good) -> Clip:
    width, height = frame_of(good)
    size = {"width": width, "height": round(height * 0.72), "keepAspectRatio": False}
    return clip.having(**size, position="center", x=None, y=None)


def _turned_frame(good: Good) -> Program | None:
    if not asks(good, r"9:16|16:9|1:1|\d{3,4}x\d{3,4}"):
        return None
    width, height = frame_of(good)
    return replace(good.program, width=height if width != height else 1280, height=width)


_UNCOLOURED = r"^(?!.*(black and white|sepia|colour))"
_UNTURNED = r"^(?!.*(mirror|rotate|zoom))"

FOOTAGE_KINDS = (
    Kind("wrong trim point", "another moment of the clip than stated", _wrong_trim),
    Kind(
        "wrong moment, unstated",
        "a less telling moment of the clip",
        _wrong_trim_unstated,
        visible_to_checks=False,
    ),
    Kind("missing clip", "the last clip is left out", _without_last),
    Kind("wrong clip", "footage that nobody asked for", first("footage", _other_footage)),
    Kind("wrong order", "the first two clips are exchanged", _in_other_order),
    Kind("duplicated clip", "the first clip again instead of the second", _repeated),
    Kind("frozen clip", "a picture that stands still while its sound goes on", _frozen),
    Kind("wrong clip speed", "a clip twice as fast", _hurried, visible_to_checks=False),
    Kind(
        "upside-down",
        "footage turned by 180 degrees",
        first("footage", lambda clip, _: clip.having(rotation=180, **_CENTRED), where=_UNTURNED),
    ),
    Kind(
        "mirrored",
        "left and right exchanged",
        first("footage", lambda clip, _: clip.having(scaleX=-1, **_CENTRED), where=_UNTURNED),
    ),
    Kind("stretched", "footage flatter than it was filmed", first("footage", _stretched)),
    Kind(
        "greyed",
        "black and white, not asked for",
        every(
            "footage",
            lambda clip, _: clip.having(effects=[{"type": "grayscale", "value": 100}]),
            where=_UNCOLOURED,
        ),
    ),
    Kind("tinted", "a red veil over everything", _tinted),
    Kind(
        "blurred",
        "out of focus",
        every(
            "footage",
            lambda clip, _: clip.having(effects=[{"type": "blur", "value": 9}]),
            where="^(?!.*blurred)",
        ),
    ),
    Kind(
        "too dark",
        "a quarter of the light",
        every(
            "footage",
            lambda clip, _: clip.having(effects=[{"type": "brightness", "value": 25}]),
            where=_UNCOLOURED,
        ),
    ),
    Kind(
        "clip off frame",
        "footage outside the frame",
        first("footage", lambda clip, good: clip.having(position=None, x=-2 * frame_of(good)[0], y=0)),
    ),
    Kind(
        "cropped too close",
        "only the middle of the footage is seen",
        first("footage", lambda clip, _: clip.having(height="210%", width=None)),
        visible_to_checks=False,
    ),
    Kind("wrong aspect", "another frame than asked for", _turned_frame),
)
