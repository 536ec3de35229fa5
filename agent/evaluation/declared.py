"""What the composition means to be: what is declared is no defect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.browser.protocol import Box, ClipSummary, CompositionSummary
from agent.critic.timeline import FADE_S, FOOTAGE_TYPES, TEXT_TYPES, shown_at, visible_clips
from agent.domain import Asset, AssetKind
from agent.media.analysis.values import Span
from agent.media.captions import read_captions

_LOWER_THIRD = 2 / 3
_FULL_FRAME_SHARE = 0.95
_OPAQUE_PERCENT = 99.0
_LEAST_VOLUME = 0.01


@dataclass(frozen=True)
class DeclaredText:
    """Letters that the file is to show. The box is in shares of the frame's width and height."""

    text: str
    span: Span
    box: Box | None = None
    is_caption: bool = True
    """False for a title, which is read at its own speed."""


@dataclass(frozen=True)
class DeclaredImage:
    """A picture asset that is laid over the footage. The box is in shares of the frame's width and height."""

    asset: str
    span: Span
    box: Box | None = None
    opacity: float = 1.0


@dataclass(frozen=True)
class Declared:
    """Of a foreign file nothing is declared: `known` is False, and nothing is exempt."""

    known: bool = False
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    texts: tuple[DeclaredText, ...] = ()
    images: tuple[DeclaredImage, ...] = ()
    fades: tuple[Span, ...] = ()
    """Where something fades: dark frames are meant there."""
    dissolves: tuple[Span, ...] = ()
    """Where one clip goes over into the next: no cut is found there."""
    stills: tuple[Span, ...] = ()
    """Where no video plays in sight: the picture may stand."""
    dark: tuple[Span, ...] = ()
    """Where no footage is shown: the picture may be black."""
    pauses: tuple[Span, ...] = ()
    """Where nothing can be heard: muted, at volume 0, or no clip with sound."""
    has_sound: bool | None = None
    """None: not known."""

    @property
    def captions(self) -> tuple[DeclaredText, ...]:
        """The texts that are captions, in order of time."""
        return tuple(text for text in self.texts if text.is_caption)


NOTHING = Declared()
"""What is declared of a foreign file."""


def declared(summary: CompositionSummary, assets: Sequence[Asset] = ()) -> Declared:
    """What the composition with this *summary* means; captions are read from *assets*. Raises `BadMedia`."""
    pauses = tuple(_spans(summary, lambda time_s: not _audible_at(summary, time_s)))
    return Declared(
        known=True,
        width=summary.width,
        height=summary.height,
        duration_s=summary.duration_seconds,
        texts=tuple(sorted(_texts(summary, assets), key=lambda text: text.span.start_s)),
        images=tuple(_images(summary)),
        fades=tuple(_fades(summary)),
        dissolves=tuple(_transition(clip) for clip in visible_clips(summary) if clip.transition),
        stills=tuple(_spans(summary, lambda time_s: not _shown_types(summary, time_s) & {"VIDEO"})),
        dark=tuple(_spans(summary, lambda time_s: not _shown_types(summary, time_s) & FOOTAGE_TYPES)),
        pauses=(*pauses, *_sound_fades(summary)),
        has_sound=any(_is_audible(clip) for clip in _clips(summary)),
    )


def uncovered_s(span: Span, by: Sequence[Span], slack_s: float) -> float:
    """Seconds of *span* that lie in none of *by*, each of which reaches *slack_s* further at both ends."""
    left_s, at = 0.0, span.start_s
    for other in sorted(by, key=lambda other: other.start_s):
        left_s += max(0.0, min(span.end_s, other.start_s - slack_s) - at)
        at = max(at, min(span.end_s, other.end_s + slack_s))
    return left_s + max(0.0, span.end_s - at)


def _clips(summary: CompositionSummary) -> Iterator[ClipSummary]:
    return (clip for layer in summary.layers for clip in layer.clips if not clip.disabled)


def _texts(summary: CompositionSummary, assets: Sequence[Asset]) -> Iterator[DeclaredText]:
    files = {asset.name: asset for asset in assets if asset.kind is AssetKind.CAPTIONS}
    for clip in visible_clips(summary):
        if clip.type not in TEXT_TYPES or not (clip.text or "").strip():
            continue
        box = _share(clip.box, summary)
        if clip.cues:
            yield from (
                DeclaredText(cue.text, Span(cue.start_seconds, cue.end_seconds), box) for cue in clip.cues
            )
        elif clip.type == "CAPTION" and clip.asset in files:
            yield from _phrases(clip, files[clip.asset], box)
        else:
            is_caption = clip.type == "CAPTION" or _is_lower_third(box)
            yield DeclaredText(clip.text or "", _span(clip), box, is_caption)


def _phrases(clip: ClipSummary, asset: Asset, box: Box | None) -> Iterator[DeclaredText]:
    """The phrases of a caption clip whose summary says no cues, each while its words are spoken."""
    for group in read_captions(asset.path):
        start_s = clip.start_seconds + group.words[0].start
        end_s = min(clip.end_seconds, clip.start_seconds + group.words[-1].end)
        if start_s < end_s:
            yield DeclaredText(" ".join(word.text for word in group.words), Span(start_s, end_s), box)


def _is_lower_third(box: Box | None) -> bool:
    return box is not None and box.y + box.height / 2 >= _LOWER_THIRD


def _images(summary: CompositionSummary) -> Iterator[DeclaredImage]:
    for clip in visible_clips(summary):
        if clip.type == "IMAGE" and clip.asset:
            opacity = 1.0 if clip.opacity is None else clip.opacity / 100
            yield DeclaredImage(clip.asset, _span(clip), _share(clip.box, summary), opacity)


def _fades(summary: CompositionSummary) -> Iterator[Span]:
    """The ends of clips whose opacity is animated, as far as the critic allows for it; transitions."""
    for clip in visible_clips(summary):
        if clip.type not in TEXT_TYPES and "opacity" in clip.animated:
            yield Span(clip.start_seconds, min(clip.end_seconds, clip.start_seconds + FADE_S))
            yield Span(max(clip.start_seconds, clip.end_seconds - FADE_S), clip.end_seconds)
        if clip.transition:
            yield _transition(clip)


def _transition(clip: ClipSummary) -> Span:
    """Half of it lies before the cut and half after; the summary does not say how long it is."""
    return Span(max(0.0, clip.end_seconds - FADE_S / 2), clip.end_seconds + FADE_S / 2)


def _sound_fades(summary: CompositionSummary) -> Iterator[Span]:
    for clip in _clips(summary):
        if _is_audible(clip) and "volume" in clip.animated:
            yield Span(clip.start_seconds, min(clip.end_seconds, clip.start_seconds + FADE_S))
            yield Span(max(clip.start_seconds, clip.end_seconds - FADE_S), clip.end_seconds)


def _spans(summary: CompositionSummary, holds_at: Callable[[float], bool]) -> Iterator[Span]:
    """Where it holds, joined; what is shown and heard changes only where a clip begins or ends."""
    ends = {time_s for clip in _clips(summary) for time_s in (clip.start_seconds, clip.end_seconds)}
    edges = sorted({0.0, summary.duration_seconds, *(min(e, summary.duration_seconds) for e in ends)})
    start_s: float | None = None
    for before_s, after_s in pairwise(edges):
        holds = holds_at((before_s + after_s) / 2)
        if holds and start_s is None:
            start_s = before_s
        elif not holds and start_s is not None:
            yield Span(start_s, before_s)
            start_s = None
    if start_s is not None:
        yield Span(start_s, edges[-1])


def _shown_types(summary: CompositionSummary, time_s: float) -> set[str]:
    """Types of the clips in sight, from the top down to the first that hides all below."""
    types = set()
    for clip in shown_at(summary, time_s):
        types.add(clip.type)
        if _hides_all(clip, summary):
            break
    return types


def _hides_all(clip: ClipSummary, summary: CompositionSummary) -> bool:
    opaque = clip.opacity is None or clip.opacity >= _OPAQUE_PERCENT
    if clip.type in TEXT_TYPES or not opaque or clip.animated or clip.box is None:
        return False
    box = _share(clip.box, summary)
    assert box is not None, "the clip has one"
    across = min(1.0, box.x + box.width) - max(0.0, box.x)
    down = min(1.0, box.y + box.height) - max(0.0, box.y)
    return min(across, down) >= _FULL_FRAME_SHARE


def _audible_at(summary: CompositionSummary, time_s: float) -> bool:
    return any(
        clip.start_seconds <= time_s < clip.end_seconds and _is_audible(clip) for clip in _clips(summary)
    )


def _is_audible(clip: ClipSummary) -> bool:
    if clip.volume is None or clip.muted:
        return False
    return clip.volume > _LEAST_VOLUME or "volume" in clip.animated


def _span(clip: ClipSummary) -> Span:
    return Span(clip.start_seconds, clip.end_seconds)


def _share(box: Box | None, summary: CompositionSummary) -> Box | None:
    if box is None:
        return None
    across, down = 1 / summary.width, 1 / summary.height
    return Box(x=box.x * across, y=box.y * down, width=box.width * across, height=box.height * down)
