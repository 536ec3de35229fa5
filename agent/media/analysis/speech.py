"""What is said, word by word, by faster-whisper on this machine; an extra, because its models are large."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.errors import BadInput, Cancelled, SetupMissing
from agent.media.analysis.sound import Samples, samples_of
from agent.media.analysis.values import Sentence, Span, Transcript, Word

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

SHORTEST_WORD_S = 0.04
_WHISPER_RATE_HZ = 16_000
_INSTALL_HINT = "Install it with pip install 'roughcut[asr]'; everything else works without."
_NAME_HINT = (
    "Set ROUGHCUT_SPEECH_MODEL to a size such as base or small, or to a folder with a CTranslate2 model."
)
_FETCH_HINT = "Try again with a network, or set ROUGHCUT_SPEECH_MODEL to a folder with a CTranslate2 model."


class HeardWord(Protocol):
    """A word as faster-whisper gives it."""

    word: str
    start: float
    end: float
    probability: float


class Transcriber:
    """Transcribes with one model, which is loaded at the first use and then kept.

    *model* is a size such as `base`, found in the user's cache or fetched from the model hub, or a folder
    that holds a CTranslate2 model.
    """

    def __init__(self, model: str) -> None:
        self.name = Path(model).name if Path(model).is_dir() else model
        self._model = model
        self._whisper: WhisperModel | None = None
        self._lock = threading.Lock()

    @property
    def at_hand(self) -> bool:
        """Whether the model is on this machine already."""
        if Path(self._model).is_dir():
            return True
        if find_spec("faster_whisper") is None:
            return False
        from faster_whisper.utils import download_model

        try:
            download_model(self._model, local_files_only=True)
        except (OSError, ValueError):
            return False
        return True

    async def transcribe(
        self,
        path: Path,
        duration_s: float,
        *,
        silences: Sequence[Span] = (),
        language: str | None = None,
        on_progress: Callable[[float], None] | None = None,
    ) -> Transcript:
        """The words of *path*, none in silence or music; none reaches into one of *silences*.

        Cancelled, it ends with the sentence that it is at. *on_progress* is told how many seconds are done.
        Raises `SetupMissing` without the extra, `BadInput` for a model that cannot be had, `MediaToolFailed`
        for sound that cannot be decoded.
        """
        # Decoded by our ffmpeg: faster-whisper's own way forgets when the sound begins, and opens what a
        # file names.
        samples = await samples_of(path, duration_s, _WHISPER_RATE_HZ)
        loop, stopped = asyncio.get_running_loop(), threading.Event()

        def tell(done_s: float) -> None:
            if on_progress:
                loop.call_soon_threadsafe(on_progress, done_s)

        try:
            return await asyncio.to_thread(self._transcribe, samples, silences, language, tell, stopped)
        finally:
            # Whoever has cancelled this does not wait for the thread; the end of the process would.
            stopped.set()

    def _transcribe(
        self,
        samples: Samples,
        silences: Sequence[Span],
        language: str | None,
        tell: Callable[[float], None],
        stopped: threading.Event,
    ) -> Transcript:
        # Without the filter Whisper invents words in silence, with the text before it repeats itself.
        with self._lock:
            segments, info = self._loaded().transcribe(
                samples,
                language=language,
                beam_size=1,
                vad_filter=True,
                word_timestamps=True,
                condition_on_previous_text=False,
            )
            sentences = []
            for segment in segments:
                if stopped.is_set():
                    raise Cancelled("The transcription was cancelled.")
                sentences.append(Sentence(tidied([_word(heard) for heard in segment.words or ()], silences)))
                tell(segment.end)
        return Transcript(info.language, self.name, tuple(found for found in sentences if found.words))

    def _loaded(self) -> WhisperModel:
        if self._whisper is None:
            if find_spec("faster_whisper") is None:
                raise SetupMissing("Transcription needs faster-whisper.", hint=_INSTALL_HINT)
            from faster_whisper import WhisperModel

            try:
                self._whisper = WhisperModel(self._model, device="auto", compute_type="auto")
            except (OSError, ValueError, RuntimeError) as exc:
                raise _not_to_be_had(self._model, exc) from exc
        return self._whisper


def _not_to_be_had(model: str, error: Exception) -> BadInput:
    """What is wrong with the model that was named, in place of what its hub says at length."""
    from faster_whisper import available_models

    folder = Path(model)
    if folder.is_dir() or isinstance(error, RuntimeError):
        reason = str(error).partition("\n")[0]
        return BadInput(
            f"The Whisper model {model!r} cannot be loaded: {reason.rstrip('.')}.", hint=_NAME_HINT
        )
    if folder.is_absolute() or model.startswith((".", "~")):
        return BadInput(f"There is no folder {model!r} with a Whisper model.", hint=_NAME_HINT)
    if "/" in model or model in available_models():
        message = f"The Whisper model {model!r} is not on this machine, and could not be fetched."
        return BadInput(message, hint=_FETCH_HINT)
    return BadInput(f"There is no Whisper model {model!r}.", hint=_NAME_HINT)


def tidied(words: Sequence[Word], silences: Sequence[Span]) -> tuple[Word, ...]:
    """The words in order, each at least 40 ms long, clear of silences at its ends and of the next word."""
    tidy: list[Word] = []
    for index, word in enumerate(words):
        start_s = next(
            (s.end_s for s in silences if s.start_s <= word.start_s < s.end_s < word.end_s), word.start_s
        )
        limits = [s.start_s for s in silences if start_s < s.start_s < word.end_s]
        limits += [words[index + 1].start_s] if index + 1 < len(words) else []
        end_s = max(min([word.end_s, *limits]), start_s + SHORTEST_WORD_S)
        tidy.append(replace(word, start_s=round(start_s, 3), end_s=round(end_s, 3)))
    return tuple(tidy)


def _word(heard: HeardWord) -> Word:
    # faster-whisper gives numbers of numpy.
    start_s, end_s, probability = (round(float(n), 3) for n in (heard.start, heard.end, heard.probability))
    return Word(heard.word.strip(), start_s, end_s, probability)
