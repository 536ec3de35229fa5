"""What is said in a composition, by what is said in the footage that it plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from agent.browser.protocol import ClipSummary, CompositionSummary
from agent.critic.timeline import audible_clips, file_begins_s
from agent.media.analysis.values import Sentence, Transcript, Word


def spoken(summary: CompositionSummary, heard: Mapping[str, Transcript]) -> Transcript | None:
    """The words on the composition's own time; *heard* are those of the footage, by the asset's name.

    None where nothing plays a sound, or one in which nobody has listened for words.
    """
    clips = list(audible_clips(summary))
    if not clips or any(clip.asset not in heard for clip in clips):
        return None
    played = {sentence for clip in clips for sentence in _played(clip, heard[clip.asset or ""])}
    in_order = sorted(played, key=lambda sentence: sentence.words[0].start_s)
    first = heard[clips[0].asset or ""]
    return Transcript(first.language, first.model, tuple(in_order))


def _played(clip: ClipSummary, transcript: Transcript) -> Iterator[Sentence]:
    """What the clip plays of each sentence: the words whose middle it plays."""
    shift_s = file_begins_s(clip)
    for sentence in transcript.sentences:
        words = (_shifted(word, shift_s) for word in sentence.words)
        kept = tuple(word for word in words if _is_within(word, clip))
        if kept:
            yield Sentence(kept)


def _shifted(word: Word, shift_s: float) -> Word:
    return replace(word, start_s=round(word.start_s + shift_s, 3), end_s=round(word.end_s + shift_s, 3))


def _is_within(word: Word, clip: ClipSummary) -> bool:
    return clip.start_seconds <= (word.start_s + word.end_s) / 2 < clip.end_seconds
