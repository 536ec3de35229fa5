"""The assets that the guide and the recipes speak of, as real files, by the names that they use.

Footage is of one colour, with the number of each frame as blocks in its lowest fifth (`tests.frame_code`) and
a tone of its own: a test can tell which file is seen or heard, where, how strongly and which moment of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from agent.domain import Asset, AssetKind
from agent.media.captions import read_captions, write_captions
from tests import media
from tests.browser_fixtures import asset_of
from tests.frame_code import coded_video

Colour: TypeAlias = tuple[int, int, int]
"""sRGB, 0 to 255."""

COLOURS: dict[str, Colour] = {
    "clip.mp4": (120, 80, 160),
    "second.mp4": (200, 120, 60),
    "interview.mp4": (150, 150, 90),
    "phone.mp4": (130, 80, 60),
    "logo.png": (255, 215, 0),
    "one.png": (70, 130, 180),
    "two.png": (178, 34, 34),
    "three.png": (46, 139, 87),
    "border.png": (255, 136, 0),
}
"""What fills each picture, but for the number of footage and the lighter bar of stills."""

TONES_HZ = {"clip.mp4": 440, "second.mp4": 880, "phone.mp4": 550, "music.mp3": 330, "song.mp3": 1000}
"""Steady sines, 1/8 of full level, but for the song: a click of that pitch on each beat."""

SPEECH_HZ = 220
SPOKEN_S = ((0.0, 1.2), (2.0, 3.2), (4.0, 5.0))
"""When the interview and the voice are heard; between is silence."""

BEAT_S = 0.5
"""From click to click of the song, the first at 0."""

BORDER_PX = 60
"""How far the border reaches into its picture of 1280x720; within, it is transparent."""

WORDS = (("Hello", 0.2, 0.8), ("there,", 0.8, 1.4), ("general", 1.6, 2.2), ("audience", 2.2, 3.0))
"""Of the transcript: text, start and end in seconds."""


@cache
def guide_assets() -> dict[str, Asset]:
    """Every asset by its name; made once."""
    files = {
        "clip.mp4": (_footage("clip.mp4", 5), AssetKind.VIDEO),
        "second.mp4": (_footage("second.mp4", 4), AssetKind.VIDEO),
        "interview.mp4": (_footage("interview.mp4", 5, sound=_speech(5)), AssetKind.VIDEO),
        "phone.mp4": (_footage("phone.mp4", 4, size=(360, 640)), AssetKind.VIDEO),
        "music.mp3": (_tone("music.mp3", 8), AssetKind.AUDIO),
        "song.mp3": (media.made_by_ffmpeg(*_clicks(8), suffix=".mp3"), AssetKind.AUDIO),
        "voice.mp3": (media.made_by_ffmpeg(*_speech(5), suffix=".mp3"), AssetKind.AUDIO),
        "logo.png": (_picture("logo.png", "200x100"), AssetKind.IMAGE),
        "one.png": (_picture("one.png", "800x600"), AssetKind.IMAGE),
        "two.png": (_picture("two.png", "800x600"), AssetKind.IMAGE),
        "three.png": (_picture("three.png", "1600x900"), AssetKind.IMAGE),
        "frame-at-2s.png": (_frame(_footage("clip.mp4", 5), at_s=2), AssetKind.IMAGE),
        "border.png": (_border(), AssetKind.IMAGE),
        "words.json": (_transcript(), AssetKind.CAPTIONS),
        "subtitles.srt": (_subtitles(), AssetKind.CAPTIONS),
    }
    return {name: asset_of(path, kind, name=name) for name, (path, kind) in files.items()}


def _footage(
    name: str, seconds: float, *, size: tuple[int, int] = (640, 360), sound: Sequence[str] | None = None
) -> Path:
    heard = media.tone_source(seconds, TONES_HZ[name]) if sound is None else sound
    return coded_video(seconds, size=size, colour=_hex(name), sound=heard)


def _tone(name: str, seconds: float) -> Path:
    """At a rate at which the encoder leaves it as loud as it is."""
    return media.made_by_ffmpeg(*media.tone_source(seconds, TONES_HZ[name]), "-b:a", "192k", suffix=".mp3")


def _picture(name: str, size: str) -> Path:
    """A colour with a lighter bar in it: a plain one would be taken for footage that is missing."""
    bar = "drawbox=x=iw/4:y=ih/4:w=iw/2:h=ih/4:color=white@0.5:t=fill"
    source = f"color={_hex(name)}:size={size},format=rgb24,{bar}"
    return media.made_by_ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "1", suffix=".png")


def _speech(seconds: float) -> list[str]:
    """Input of ffmpeg: a voice-like buzz in syllables, silent where nobody speaks."""
    spoken = "+".join(f"between(t,{start},{end})" for start, end in SPOKEN_S)
    syllables = f"0.25*sin(2*PI*{SPEECH_HZ}*t)*(0.7+0.3*sin(2*PI*5*t))"
    return _computed(f"{syllables}*({spoken})", seconds)


def _clicks(seconds: float) -> list[str]:
    """Input of ffmpeg: a click on every beat."""
    pitch_hz = TONES_HZ["song.mp3"]
    return _computed(f"0.5*sin(2*PI*{pitch_hz}*t)*exp(-40*mod(t,{BEAT_S}))", seconds)


def _computed(formula: str, seconds: float) -> list[str]:
    return ["-f", "lavfi", "-i", f"aevalsrc='{formula}':sample_rate=48000:duration={seconds:g}"]


def _transcript() -> Path:
    words = [{"text": text, "start": start, "end": end} for text, start, end in WORDS]
    transcript = json.dumps([{"text": "Hello there, general audience", "words": words}])
    return media.cached([transcript], lambda path: path.write_text(transcript), suffix=".json")


def _frame(video: Path, *, at_s: float) -> Path:
    """As the recipe says to make it; the label of its brightness would have browsers show it lighter."""
    label = ("-vf", "setparams=color_trc=iec61966-2-1")
    return media.made_by_ffmpeg(
        "-ss", f"{at_s:g}", "-i", str(video), "-frames:v", "1", *label, suffix=".png"
    )  # fmt: skip


def _border() -> Path:
    def paint(output: Path) -> None:
        picture = Image.new("RGBA", (1280, 720), COLOURS["border.png"])
        picture.paste((0, 0, 0, 0), (BORDER_PX, BORDER_PX, 1280 - BORDER_PX, 720 - BORDER_PX))
        picture.save(output)

    return media.cached(["border", BORDER_PX, COLOURS["border.png"]], paint, suffix=".png")


def _subtitles() -> Path:
    """The transcript as the page gets it where it was an SRT file of two lines."""
    first = "1\n00:00:00,200 --> 00:00:01,400\nHello there,\n"
    lines = f"{first}\n2\n00:00:01,600 --> 00:00:03,000\ngeneral audience\n"

    def convert(output: Path) -> None:
        subtitles = output.with_suffix(".srt")
        subtitles.write_text(lines)
        write_captions(read_captions(subtitles), output)
        subtitles.unlink()

    return media.cached([lines], convert, suffix=".json")


def _hex(name: str) -> str:
    return "0x{:02x}{:02x}{:02x}".format(*COLOURS[name])
