"""Captions: core's transcript JSON validated, SubRip and WebVTT turned into it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from agent.errors import BadMedia

MAX_BYTES = 20_000_000
SUBTITLE_SUFFIXES = frozenset({".srt", ".vtt"})
_EXPECTED = (
    'Expected [{"text": "Hello you", "words": [{"text": "Hello", "start": 0.0, "end": 0.4}, …]}, …], '
    "or an .srt or .vtt file."
)


class Word(BaseModel):
    """One spoken word; times are seconds."""

    model_config = ConfigDict(extra="allow")

    text: str
    start: float = Field(ge=0, allow_inf_nan=False)
    end: float = Field(ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _in_order(self) -> Word:
        if self.end < self.start:
            raise ValueError(f"a word must not end ({self.end:g}) before it starts ({self.start:g})")
        return self


class WordGroup(BaseModel):
    """A phrase as core's `Transcript` holds it."""

    model_config = ConfigDict(extra="allow")

    text: str
    words: list[Word] = Field(min_length=1)


TRANSCRIPT = TypeAdapter(list[WordGroup])


def read_captions(path: Path) -> list[WordGroup]:
    """The transcript in *path*. Raises `BadMedia` that names the first wrong entry."""
    text = _read_text(path)
    transcript = _from_cues(text) if path.suffix.lower() in SUBTITLE_SUFFIXES else _from_json(path, text)
    if not transcript:
        raise BadMedia(f"{path.name} holds no captions.", hint="Leave it out, or give a file with captions.")
    return transcript


def caption_end_s(transcript: list[WordGroup]) -> float:
    """When the last word ends."""
    return max(word.end for group in transcript for word in group.words)


def write_captions(transcript: list[WordGroup], output: Path) -> None:
    """Writes core's transcript JSON."""
    output.write_bytes(TRANSCRIPT.dump_json(transcript))


def _read_text(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise BadMedia(f"{path.name} is larger than captions can be ({MAX_BYTES:,} bytes).")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise BadMedia(
            f"Expected {path.name} to be UTF-8 text, byte {exc.start} is not.", hint="Save it as UTF-8."
        ) from exc


def _from_json(path: Path, text: str) -> list[WordGroup]:
    try:
        return TRANSCRIPT.validate_json(text)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]) or "it"
        raise BadMedia(
            f"{path.name} is not a transcript: {place}: {first['msg']}.",
            hint=_EXPECTED,
        ) from exc


_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}[^\n]*\n(.*?)(?=\n\s*\n|\Z)", re.MULTILINE | re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")


def _from_cues(text: str) -> list[WordGroup]:
    """Word times are spread over each cue by the length of the words."""
    groups = []
    for match in _CUE.finditer(text.replace("\r\n", "\n").replace("\r", "\n")):
        start, end = _seconds(match.groups()[0:4]), _seconds(match.groups()[4:8])
        words = html.unescape(_MARKUP.sub("", match.group(9))).split()
        if words and end > start:
            groups.append(WordGroup(text=" ".join(words), words=list(_spread(words, start, end))))
    return groups


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{fraction}")


def _spread(words: list[str], start_s: float, end_s: float) -> Iterator[Word]:
    per_letter_s = (end_s - start_s) / sum(map(len, words))
    at = start_s
    for word in words:
        until = at + per_letter_s * len(word)
        yield Word(text=word, start=round(at, 3), end=round(until, 3))
        at = until
