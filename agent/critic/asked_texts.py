"""Places, times and fades of the texts that the request states, and captions where it wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.asked_footage import described, lies_in
from agent.critic.timeline import TEXT_TYPES, is_moved, label_of, visible_clips
from agent.critic.words import plain
from agent.domain import Expectation, Issue

SPAN_TOLERANCE_S = 0.3
_TEXTS_FOR_CAPTIONS = 2


def check_stated_texts(summary: CompositionSummary, expectation: Expectation) -> list[Issue]:
    """Blockers for texts in another place, at another time or without their fade, and missing captions."""
    return [
        *_misplaced(summary, expectation),
        *_mistimed(summary, expectation),
        *_not_fading(summary, expectation),
        *_captions(summary, expectation),
    ]


def _misplaced(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for place in expectation.places:
        clips = _captions_of(summary) if place.subject == "" else _showing(summary, place.subject)
        boxed = [
            (clip, clip.box) for clip in clips if clip.box and clip.box.height > 0 and not is_moved(clip)
        ]
        if boxed and not any(lies_in(box, place.spots, summary) for _, box in boxed):
            clip, box = boxed[0]
            yield Issue(
                "wrong_place",
                f"The request wants {label_of(clip)} {described(place.spots)}, it spans y {box.y:.0f} to "
                f"{box.y + box.height:.0f}, x {box.x:.0f} to {box.x + box.width:.0f}.",
                time_s=(clip.start_seconds + clip.end_seconds) / 2,
                suggested_fix=f"Set x and y so that it is {described(place.spots)}.",
            )


def _mistimed(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    for span in expectation.spans:
        clips = _showing(summary, span.text)
        if not clips or any(_lasts(clip, span.start_s, span.end_s) for clip in clips):
            continue
        clip = clips[0]
        yield Issue(
            "wrong_time",
            f"The request wants {label_of(clip)} from {span.start_s:g} to {span.end_s:g} s, it is there from "
            f"{clip.start_seconds:.2f} to {clip.end_seconds:.2f} s.",
            time_s=clip.start_seconds,
            suggested_fix=f"Give it delay {span.start_s:g} and duration {span.end_s - span.start_s:g}.",
        )


def _lasts(clip: ClipSummary, start_s: float, end_s: float) -> bool:
    return max(abs(clip.start_seconds - start_s), abs(clip.end_seconds - end_s)) <= SPAN_TOLERANCE_S


def _not_fading(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    covering = [clip for clip in visible_clips(summary) if clip.type not in TEXT_TYPES and _fades(clip)]
    for text in expectation.fading_texts:
        clips = _showing(summary, text)
        if clips and not covering and not any(_fades(clip) for clip in clips):
            yield Issue(
                "fade_missing",
                f"The request wants {label_of(clips[0])} to fade, its opacity does not change.",
                time_s=clips[0].start_seconds,
                suggested_fix="Animate its opacity, e.g. from 0 to 100 within half a second.",
            )


def _captions(summary: CompositionSummary, expectation: Expectation) -> Iterator[Issue]:
    clips = list(visible_clips(summary))
    captioned = any(clip.type == "CAPTION" for clip in clips)
    if (
        expectation.captions
        and not captioned
        and sum(clip.type == "TEXT" for clip in clips) < _TEXTS_FOR_CAPTIONS
    ):
        yield Issue(
            "captions_missing",
            "The request wants captions, there are none.",
            suggested_fix="Add a core.CaptionClip of a captions asset to the top layer.",
        )


def _showing(summary: CompositionSummary, text: str) -> Sequence[ClipSummary]:
    return [
        clip
        for clip in visible_clips(summary)
        if clip.type == "TEXT" and clip.text and plain(text) in plain(clip.text)
    ]


def _captions_of(summary: CompositionSummary) -> Sequence[ClipSummary]:
    return [clip for clip in visible_clips(summary) if clip.type == "CAPTION"]


def _fades(clip: ClipSummary) -> bool:
    return "opacity" in clip.animated
