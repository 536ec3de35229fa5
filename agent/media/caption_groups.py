"""Words as captions that can be read: grouped by lines, pauses and reading speed; as SubRip and WebVTT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.media.analysis.values import Word

SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")


@dataclass(frozen=True)
class ReadingLimits:
    """Of one caption. Defaults: Netflix's Timed Text Style Guide, 42 characters a line, two lines, at least
    5/6 s and at most 7 s; 20 characters a second for adults.
    """

    line_chars: int = 42
    lines: int = 2
    shortest_s: float = 5 / 6
    longest_s: float = 7.0
    chars_per_s: float = 20.0
    pause_s: float = 0.6
    """Who speaks on after such a pause begins a caption."""


@dataclass(frozen=True)
class Caption:
    """A caption and when it is shown; `lines` are how its text is broken."""

    start_s: float
    end_s: float
    words: tuple[Word, ...]
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.lines)

    @property
    def chars_per_s(self) -> float:
        return len(self.text) / max(self.end_s - self.start_s, 0.001)


def caption_groups(words: Sequence[Word], limits: ReadingLimits | None = None) -> tuple[Caption, ...]:
    """Captions in order, none over another; each is shown as long as it needs and the next one lets it.

    A caption ends with a sentence, before a pause, or where the next word would not fit.
    """
    limits = limits or ReadingLimits()
    groups: list[list[Word]] = []
    for word in words:
        if groups and _belongs(word, groups[-1], limits):
            groups[-1].append(word)
        else:
            groups.append([word])
    starts = [group[0].start_s for group in groups]
    nexts = [*starts[1:], float("inf")]
    return tuple(_caption(group, next_s, limits) for group, next_s in zip(groups, nexts, strict=True))


def too_fast(captions: Sequence[Caption], limits: ReadingLimits | None = None) -> tuple[Caption, ...]:
    """Those that nobody can read in the time that they are shown."""
    fastest = (limits or ReadingLimits()).chars_per_s
    return tuple(caption for caption in captions if caption.chars_per_s > fastest)


def as_srt(captions: Sequence[Caption]) -> str:
    """SubRip."""
    cues = [
        f"{number}\n{_clock(caption.start_s, ',')} --> {_clock(caption.end_s, ',')}\n"
        + "\n".join(caption.lines)
        for number, caption in enumerate(captions, start=1)
    ]
    return "\n\n".join(cues) + "\n"


def as_vtt(captions: Sequence[Caption]) -> str:
    """WebVTT; what looks like markup is written as text."""
    cues = [
        f"{_clock(caption.start_s, '.')} --> {_clock(caption.end_s, '.')}\n"
        + _escaped("\n".join(caption.lines))
        for caption in captions
    ]
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def _belongs(word: Word, group: Sequence[Word], limits: ReadingLimits) -> bool:
    last = group[-1]
    return (
        not last.text.endswith(SENTENCE_ENDS)
        and word.start_s - last.end_s < limits.pause_s
        and word.end_s - group[0].start_s <= limits.longest_s
        and _fits(_broken([*group, word], limits), limits)
    )


def _fits(lines: Sequence[str], limits: ReadingLimits) -> bool:
    return len(lines) <= limits.lines and max(map(len, lines)) <= limits.line_chars


def _caption(group: Sequence[Word], next_s: float, limits: ReadingLimits) -> Caption:
    lines = _balanced(group, limits)
    needed_s = max(limits.shortest_s, len(" ".join(lines)) / limits.chars_per_s)
    end_s = max(group[-1].end_s, min(next_s, group[0].start_s + needed_s))
    return Caption(group[0].start_s, round(end_s, 3), tuple(group), lines)


def _broken(group: Sequence[Word], limits: ReadingLimits) -> list[str]:
    """Lines filled one after the other."""
    lines: list[str] = []
    for word in group:
        if lines and len(lines[-1]) + 1 + len(word.text) <= limits.line_chars:
            lines[-1] += f" {word.text}"
        else:
            lines.append(word.text)
    return lines


def _balanced(group: Sequence[Word], limits: ReadingLimits) -> tuple[str, ...]:
    """Two lines are broken where they differ least, the upper one not longer where both are as good."""
    lines = _broken(group, limits)
    if len(lines) != 2:
        return tuple(lines)
    texts = [word.text for word in group]
    breaks = [(" ".join(texts[:index]), " ".join(texts[index:])) for index in range(1, len(texts))]
    fitting = [pair for pair in breaks if max(map(len, pair)) <= limits.line_chars]
    return min(
        fitting, key=lambda pair: (abs(len(pair[0]) - len(pair[1])), len(pair[0])), default=tuple(lines)
    )


def _clock(at_s: float, mark: str) -> str:
    milliseconds = round(at_s * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, milliseconds = divmod(rest, 1000)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{milliseconds:03d}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
