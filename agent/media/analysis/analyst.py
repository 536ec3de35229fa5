"""Who looks and listens: each part of an analysis is found once for a content, and kept by its digest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from agent.domain import Asset, AssetKind, MediaInfo
from agent.errors import BadInput
from agent.media.analysis.beats import find_beats
from agent.media.analysis.chart import filmstrip_interval_s
from agent.media.analysis.filmstrip import Filmstrip
from agent.media.analysis.scenes import find_cuts
from agent.media.analysis.sound import loudness_of, samples_of, silences_of, waveform
from agent.media.analysis.speech import Transcriber
from agent.media.analysis.values import Analysis, Picture, Sound, Transcript
from agent.media.storage import written_aside
from agent.tracing import span

log = logging.getLogger(__name__)

VERSION = 3
"""Raised when what is found changes, so that nothing kept from before is taken for it."""

_NO_TRANSCRIBER = "Words were not looked for: pip install 'roughcut[asr]' brings transcription."

AnalysisPart = Literal["picture", "sound", "words"]

_T = TypeVar("_T")
_PICTURE, _SOUND, _TRANSCRIPT = TypeAdapter(Picture), TypeAdapter(Sound), TypeAdapter(Transcript)


@dataclass(frozen=True)
class AnalysisProgress:
    """How far one part is; `done` goes from 0 to 1."""

    part: AnalysisPart
    done: float


OnAnalysisProgress = Callable[[AnalysisProgress], None]


@dataclass(frozen=True)
class Footage:
    """A file to be looked at, as it was probed."""

    path: Path
    sha256: str
    kind: AssetKind
    media: MediaInfo

    @classmethod
    def of(cls, asset: Asset) -> Self:
        """A video or sound asset of a session."""
        assert asset.media is not None, "video and sound are probed"
        return cls(asset.path, asset.sha256, asset.kind, asset.media)


class Analyst:
    """Keeps what it finds in *cache*; without *transcriber* it finds no words.

    Several may share a cache, in one process or in many: each part is written whole or not at all.
    """

    def __init__(self, cache: Path, transcriber: Transcriber | None) -> None:
        self._cache = cache
        self._transcriber = transcriber
        self._locks: dict[Path, asyncio.Lock] = {}

    @property
    def transcribes(self) -> bool:
        """Whether words can be found at all."""
        return self._transcriber is not None

    async def has_speech_model(self) -> bool:
        """Whether words can be found without fetching a model first."""
        transcriber = self._transcriber
        return transcriber is not None and await asyncio.to_thread(lambda: transcriber.at_hand)

    async def analysis(self, footage: Footage, on_progress: OnAnalysisProgress | None = None) -> Analysis:
        """Everything, the picture beside the sound; words whose model cannot be had are a note.

        Raises `MediaToolFailed` when it cannot be decoded.
        """
        try:
            async with asyncio.TaskGroup() as parts:
                picture = parts.create_task(self.picture(footage, on_progress))
                words = parts.create_task(self._sound_and_words(footage, on_progress))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures
        sound, transcript, notes = words.result()
        return Analysis(footage.media.duration_s, picture.result(), sound, transcript, notes)

    async def picture(
        self, footage: Footage, on_progress: OnAnalysisProgress | None = None
    ) -> Picture | None:
        """The cuts; None for what is no video."""
        if footage.kind is not AssetKind.VIDEO:
            return None

        async def find() -> Picture:
            seen = _reporter("picture", footage, on_progress)
            strip = Filmstrip(filmstrip_interval_s(footage.media.duration_s))
            cuts_s = await find_cuts(footage.path, footage.media, seen, strip.see)
            await asyncio.to_thread(strip.save, self._filmstrip_path(footage))
            return Picture(cuts_s)

        return await self._once(footage, "picture", _PICTURE, find)

    async def filmstrip(self, footage: Footage) -> Path | None:
        """Small pictures for a chart, as `Filmstrip` saves them; None for what is no video."""
        if footage.kind is not AssetKind.VIDEO:
            return None
        path = self._filmstrip_path(footage)
        if not path.exists():
            self._path(footage, "picture").unlink(missing_ok=True)
        await self.picture(footage)
        return path

    async def sound(self, footage: Footage, on_progress: OnAnalysisProgress | None = None) -> Sound | None:
        """Loudness, silences, beats and waveform; None for what has no sound."""
        if footage.media.audio_codec is None:
            return None

        async def find() -> Sound:
            heard = await _heard(footage)
            _reporter("sound", footage, on_progress)(footage.media.duration_s)
            return heard

        return await self._once(footage, "sound", _SOUND, find)

    async def transcript(
        self, footage: Footage, on_progress: OnAnalysisProgress | None = None
    ) -> Transcript | None:
        """The words; None for what has no sound, or where nothing can transcribe."""
        transcriber, sound = self._transcriber, await self.sound(footage, on_progress)
        if transcriber is None or sound is None:
            return None

        async def find() -> Transcript:
            heard = _reporter("words", footage, on_progress)
            return await transcriber.transcribe(
                footage.path, footage.media.duration_s, silences=sound.silences, on_progress=heard
            )

        return await self._once(footage, f"words-{_plain(transcriber.name)}", _TRANSCRIPT, find)

    async def _sound_and_words(
        self, footage: Footage, on_progress: OnAnalysisProgress | None
    ) -> tuple[Sound | None, Transcript | None, tuple[str, ...]]:
        sound = await self.sound(footage, on_progress)
        if sound is None:
            return None, None, ("It has no sound.",)
        if self._transcriber is None:
            return sound, None, (_NO_TRANSCRIBER,)
        try:
            return sound, await self.transcript(footage, on_progress), ()
        except BadInput as exc:
            return sound, None, (f"Words were not looked for: {exc} {exc.hint}".rstrip(),)

    def _path(self, footage: Footage, part: str) -> Path:
        return self._cache / f"{footage.sha256[:32]}-{VERSION}-{part}.json"

    def _filmstrip_path(self, footage: Footage) -> Path:
        return self._path(footage, "filmstrip").with_suffix(".jpg")

    async def _once(
        self, footage: Footage, part: str, kind: TypeAdapter[_T], find: Callable[[], Awaitable[_T]]
    ) -> _T:
        path = self._path(footage, part)
        async with self._locks.setdefault(path, asyncio.Lock()):
            kept = await asyncio.to_thread(_read, path, kind)
            if kept is not None:
                return kept
            with span(f"analyse {part}", kind="analysis", file=footage.path.name, sha256=footage.sha256):
                found = await find()
            await asyncio.to_thread(_keep, path, kind.dump_json(found))
            return found


async def _heard(footage: Footage) -> Sound:
    duration_s = footage.media.duration_s
    loudness = await loudness_of(footage.path, duration_s)
    silences = await silences_of(footage.path, loudness, duration_s)
    samples = await samples_of(footage.path, duration_s)
    beats = await asyncio.to_thread(find_beats, samples)
    return Sound(loudness, silences, beats, waveform(samples))


def _reporter(
    part: AnalysisPart, footage: Footage, on_progress: OnAnalysisProgress | None
) -> Callable[[float], None]:
    """Takes the seconds that are done."""
    whole_s = max(footage.media.duration_s, 0.001)

    def report(done_s: float) -> None:
        if on_progress:
            on_progress(AnalysisProgress(part, min(1.0, done_s / whole_s)))

    return report


def _read(path: Path, kind: TypeAdapter[_T]) -> _T | None:
    try:
        return kind.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as exc:
        log.warning("analysis unreadable", extra={"action": "analysis_read", "why": str(exc)})
        return None


def _keep(path: Path, content: bytes) -> None:
    with written_aside(path) as aside:
        aside.write_bytes(content)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in name)
