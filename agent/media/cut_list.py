"""What of a recording is kept when pauses or words are taken out, and where its times are after that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from agent.media.analysis.values import Span, Word

FADE_S = 0.03
"""Sound fades that long at each edge, so that nothing clicks."""
AROUND_WORDS_S = 0.15
"""What is left of a pause on each side: the times that Whisper gives are not better than that."""
LONGEST_PAUSE_S = 0.5
SHORTEST_KEPT_S = 0.1
FILLERS = frozenset(
    {"um", "uh", "uhm", "umm", "erm", "er", "eh", "hm", "hmm", "mm", "mhm", "ah", "äh", "ähm", "euh"}
)


def keep_ranges(
    duration_s: float,
    *,
    silences: Sequence[Span] = (),
    words: Sequence[Word] = (),
    drop_words: Collection[str] = (),
    longest_pause_s: float = LONGEST_PAUSE_S,
) -> tuple[Span, ...]:
    """The stretches to keep, in order: without silences over *longest_pause_s* and without *drop_words*.

    A silence keeps 0.15 s on each side where something is heard; a word is cut in the middle of the gaps
    around it. What would be kept for less than 0.1 s is dropped too. Words are compared without case and
    punctuation. Empty when nothing is left.
    """
    dropped = [_shrunk(silence, duration_s) for silence in silences if silence.duration_s > longest_pause_s]
    dropped += _around_words(words, {_bare(word) for word in drop_words}, duration_s)
    return tuple(_complement(dropped, duration_s))


def on_timeline(words: Iterable[Word], kept: Sequence[Span]) -> tuple[Word, ...]:
    """The words that are kept, at the times at which they are heard when the kept stretches are joined."""
    moved: list[Word] = []
    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        before_s = 0.0
        for span in kept:
            if span.start_s <= middle_s < span.end_s:
                start_s = before_s + max(0.0, word.start_s - span.start_s)
                end_s = before_s + min(span.duration_s, word.end_s - span.start_s)
                moved.append(Word(word.text, round(start_s, 3), round(end_s, 3), word.probability))
            before_s += span.duration_s
    return tuple(moved)


def _shrunk(silence: Span, duration_s: float) -> Span:
    """Something is heard before and after it, unless it is at an end of the file."""
    start_s = silence.start_s + AROUND_WORDS_S if silence.start_s > 0 else 0.0
    end_s = silence.end_s - AROUND_WORDS_S if silence.end_s < duration_s else duration_s
    return Span(start_s, end_s)


def _around_words(words: Sequence[Word], unwanted: Collection[str], duration_s: float) -> list[Span]:
    spans = []
    for index, word in enumerate(words):
        if _bare(word.text) in unwanted:
            before_s = words[index - 1].end_s if index else 0.0
            after_s = words[index + 1].start_s if index + 1 < len(words) else duration_s
            start_s = (min(before_s, word.start_s) + word.start_s) / 2
            spans.append(Span(start_s, (word.end_s + max(after_s, word.end_s)) / 2))
    return spans


def _complement(dropped: Iterable[Span], duration_s: float) -> Iterable[Span]:
    at_s = 0.0
    for span in sorted(dropped, key=lambda span: span.start_s):
        if span.start_s - at_s >= SHORTEST_KEPT_S:
            yield Span(round(at_s, 3), round(span.start_s, 3))
        at_s = max(at_s, span.end_s)
    if duration_s - at_s >= SHORTEST_KEPT_S:
        yield Span(round(at_s, 3), round(duration_s, 3))


def _bare(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())
