"""What an analysis finds. Times are seconds from the file's own start."""

from __future__ import annotations

from dataclasses import dataclass

from agent.domain import Loudness


@dataclass(frozen=True)
class Span:
    """From `start_s` up to `end_s`."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Beats:
    """Where the beats of music are. `strength` is how much of the onsets repeats with the beat (0 to 1),
    `variation` the deviation of the intervals over their mean.
    """

    times_s: tuple[float, ...]
    tempo_bpm: float
    strength: float
    variation: float


@dataclass(frozen=True)
class Word:
    """One word as it was heard; `probability` is the model's own, 0 to 1."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True)
class Sentence:
    """Words that the model heard as one utterance."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True)
class Transcript:
    """What is said; empty where nobody speaks. `language` is an ISO 639-1 code."""

    language: str
    model: str
    sentences: tuple[Sentence, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for sentence in self.sentences for word in sentence.words)


@dataclass(frozen=True)
class Picture:
    """What is seen: seconds at which a new shot begins, the first shot left out."""

    cuts_s: tuple[float, ...]


@dataclass(frozen=True)
class Sound:
    """What is heard, whoever or whatever makes it; `beats` is None where there is no steady one."""

    loudness: Loudness
    silences: tuple[Span, ...]
    beats: Beats | None
    waveform: tuple[float, ...]
    """Peak of each fiftieth of a second, 0 to 1."""


@dataclass(frozen=True)
class Analysis:
    """All that was found in one file; None where there is no such stream, or where `notes` say why not."""

    duration_s: float
    picture: Picture | None = None
    sound: Sound | None = None
    transcript: Transcript | None = None
    notes: tuple[str, ...] = ()
