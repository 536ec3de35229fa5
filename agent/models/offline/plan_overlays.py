"""Steps about what lies over the footage: texts, captions, a logo, fades."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from agent.models.offline.edit import Text
from agent.models.offline.plan_change import Change, names, step
from agent.models.offline.texts import schedule
from agent.models.offline.words import COLORS
from agent.models.plan_reply import StepReply

_COLOR_NAMES = {code: name for name, code in reversed(COLORS.items())}
_MOST_QUOTED_CHARS = 80


def _texts(change: Change) -> Iterator[StepReply]:
    texts, before = change.edit.texts, change.known.texts
    if len(texts) < len(before):
        gone = [text for text in before if text not in texts]
        yield from (step(f"Take away {_named(text)}.") for text in gone)
        return
    for index, text in enumerate(texts):
        if index >= len(before):
            yield step(f"Show {_named(text)}, {', '.join(_traits(text))}.", part=_part(change, index))
        elif text != before[index]:
            yield step(f"Change {_named(before[index])}: {_changed(before[index], text)}.")


def _changed(before: Text, after: Text) -> str:
    known = _traits(before)
    words = [f"it reads {_quoted(after)}"] if after.text != before.text else []
    return ", ".join([*words, *(trait for trait in _traits(after) if trait not in known)]) or "plain again"


def _part(change: Change, index: int) -> tuple[float, float] | None:
    """When it is shown, where that is known and not throughout."""
    if change.timeline is None:
        return None
    shown = schedule(change.edit.texts, change.timeline.total_s)[index]
    whole = (0.0, change.timeline.total_s)
    return None if (shown.start_s, shown.end_s) == whole else (shown.start_s, shown.end_s)


def _named(text: Text) -> str:
    return f"the {text.style.replace('-', ' ')} {_quoted(text)}"


def _quoted(text: Text) -> str:
    return f"“{shorten(text.text.replace(chr(10), ' / '), _MOST_QUOTED_CHARS, placeholder=' …')}”"


def _traits(text: Text) -> list[str]:
    """How the text is shown; the same words for the same look."""
    size = f"{text.size_px:g} px high" if text.size_px else f"{text.scale:g} times the usual size"
    traits = [
        _place(text.place),
        f"in {_color(text.color)}",
        size if text.size_px or text.scale != 1 else "",
        "in italics" if text.italic else "",
        "in capitals" if text.uppercase else "",
        f"on a plate in {_color(text.plate)}" if text.plate else "",
        f"outlined in {_color(text.outline)}" if text.outline else "",
        _when(text),
        f"fading in over {text.fade_in_s:g} s" if text.fade_in_s else "",
        f"fading out over {text.fade_out_s:g} s" if text.fade_out_s else "",
    ]
    return [trait for trait in traits if trait]


def _place(place: str) -> str:
    if place == "center":
        return "in the centre"
    return "below the centre" if place == "below-center" else f"at the {place.replace('-', ' ')}"


def _color(code: str | None) -> str:
    return _COLOR_NAMES.get(code or "", code or "")


def _when(text: Text) -> str:
    if text.at_end:
        return f"for the last {text.length_s:g} s" if text.length_s else "at the end"
    start = f"from {text.start_s:g} s" if text.start_s else ""
    if text.end_s is not None:
        return f"{start or 'from the start'} to {text.end_s:g} s"
    length = f"for {text.length_s:g} s" if text.length_s else ""
    return " ".join(filter(None, (start, length)))


def _captions(change: Change) -> Iterator[StepReply]:
    preset = change.edit.captions
    if not change.of("captions"):
        return
    if preset is None:
        yield step("Take the captions away.")
        return
    style = f"in the {preset.lower()} style"
    if change.transcript is not None:
        yield step(f"Show the captions of {change.transcript.name} {style}.", [change.transcript])
        return
    muted = change.edit.sound.muted or not change.heard
    spoken = change.music[:1] if change.music and muted else change.heard
    yield step(
        f"Make captions of what is said in {names(spoken) if spoken else 'the footage'}.",
        spoken,
        tool="captions",
    )
    yield step(f"Show the captions {style}.")


def _logo(change: Change) -> Iterator[StepReply]:
    logo, image = change.edit.logo, change.logo
    if not change.of("logo"):
        return
    if logo is None or image is None:
        yield step("Take the logo away.")
        return
    look = f"{logo.width_percent:g}% of the frame wide, at {logo.opacity:g}% opacity"
    yield step(f"Show {image.name} {_place(logo.place)}, {look}.", [image])


def _fades(change: Change) -> Iterator[StepReply]:
    for way, fade_s, before_s in (
        ("in from black", change.edit.picture_fade_in_s, change.known.picture_fade_in_s),
        ("out to black", change.edit.picture_fade_out_s, change.known.picture_fade_out_s),
    ):
        if fade_s != before_s:
            yield step(
                f"Fade the picture {way} over {fade_s:g} s." if fade_s else f"Do not fade the picture {way}."
            )


OVERLAY_SECTIONS = (_texts, _captions, _logo, _fades)
