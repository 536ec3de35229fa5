"""Music whose beats are known, made of drums and chords; and speech with pauses of known length."""

from __future__ import annotations

import re
import subprocess
import wave
from pathlib import Path

import numpy as np

from tests.media import cached

RATE_HZ = 22_050
SENTENCES = (
    "The weather is beautiful today.",
    "We went to the market this morning.",
    "My brother lives in a small house.",
    "Thank you very much for watching.",
)
"""What a small Whisper hears right when espeak-ng says it."""
PAUSE_S = 1.5

Samples = np.ndarray


def music(bpm: float, seconds: float, *, first_s: float = 0.0, seed: int = 1) -> tuple[Samples, Samples]:
    """Samples at RATE_HZ, and the seconds of its beats: drums on them, a hat on and between them, chords."""
    chance = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE_HZ))
    beats = np.arange(first_s, seconds - 0.05, 60 / bpm)
    t = np.arange(RATE_HZ // 4) / RATE_HZ
    kick = np.sin(2 * np.pi * (50 * t + 2.3 * (1 - np.exp(-30 * t)))) * np.exp(-12 * t)
    snare = (chance.normal(0, 0.6, len(t)) + 0.5 * np.sin(2 * np.pi * 190 * t)) * np.exp(-18 * t)
    hat = np.diff(chance.normal(0, 1, len(t) + 1)) * np.exp(-60 * t)
    for number, beat_s in enumerate(beats):
        _add(sound, beat_s, 0.8 * kick if number % 2 == 0 else 0.45 * snare)
        _add(sound, beat_s, 0.15 * hat)
        _add(sound, beat_s + 30 / bpm, 0.12 * hat)
        if number % 4 == 0:
            _add(sound, beat_s, 0.3 * _chord((110.0, 146.8, 98.0, 130.8)[number // 4 % 4], 240 / bpm))
    return (0.7 * sound / np.abs(sound).max()).astype(np.float32), beats


def music_file(bpm: float, seconds: float, *, first_s: float = 0.0) -> Path:
    """The same as a WAV file."""

    def make(output: Path) -> None:
        samples, _ = music(bpm, seconds, first_s=first_s)
        with wave.open(str(output), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes((samples * 32767).astype("<i2").tobytes())

    return cached(["music", bpm, seconds, first_s], make, suffix=".wav")


def talking_video(sentences: tuple[str, ...] = SENTENCES, *, pause_s: float = PAUSE_S) -> Path:
    """Test pictures of 640x360 over a voice that says the sentences with a pause between them."""
    return cached(
        ["talking", *sentences, pause_s], lambda output: _speak(sentences, pause_s, output), suffix=".mp4"
    )


def word_error_rate(heard: str, said: tuple[str, ...] = SENTENCES) -> float:
    """Words to insert, delete or replace, over the words that were said; case and marks do not count."""
    one, other = (re.sub(r"[^\w ]", "", text.lower()).split() for text in (" ".join(said), heard))
    row = list(range(len(other) + 1))
    for index, word in enumerate(one, start=1):
        before, row[0] = row[0], index
        for place, heard_word in enumerate(other, start=1):
            before, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, before + (word != heard_word)),
            )
    return row[-1] / len(one)


def _speak(sentences: tuple[str, ...], pause_s: float, output: Path) -> None:
    spoken = [output.with_suffix(f".{index}.wav") for index in range(len(sentences))]
    for text, path in zip(sentences, spoken, strict=True):
        subprocess.run(
            ["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(path), text], check=True, timeout=60
        )
    chains = [f"[{index}]apad=pad_dur={pause_s}[p{index}]" for index in range(len(sentences) - 1)]
    last = len(sentences) - 1
    joined = "".join(f"[p{index}]" for index in range(last)) + f"[{last}]concat=n={len(sentences)}:v=0:a=1[a]"
    command = ["ffmpeg", "-v", "error", "-y"]
    for path in spoken:
        command += ["-i", str(path)]
    command += [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=640x360:rate=30",
        "-filter_complex",
        ";".join([*chains, joined]),
    ]
    command += [
        "-map",
        f"{len(sentences)}:v",
        "-map",
        "[a]",
        "-shortest",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
    ]
    command += ["-pix_fmt", "yuv420p", "-c:a", "aac", "-ar", "48000", str(output)]
    try:
        subprocess.run(command, check=True, timeout=120)
    finally:
        for path in spoken:
            path.unlink(missing_ok=True)


def _chord(root_hz: float, seconds: float) -> Samples:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * root_hz * ratio * t) / ratio for ratio in (1, 1.26, 1.5, 2, 3))
    return np.asarray(tones * np.exp(-0.6 * t) * np.minimum(1, t / 0.01))


def _add(sound: Samples, at_s: float, part: Samples) -> None:
    start = round(at_s * RATE_HZ)
    room = max(0, len(sound) - start)
    sound[start : start + len(part)] += part[:room]
