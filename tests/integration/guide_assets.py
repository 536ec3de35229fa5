"""The assets that the guide and the recipes speak of, as real files, by the names that they use."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from agent.domain import Asset, AssetKind
from tests import media
from tests.browser_fixtures import asset_of

_WORDS = [("Hello", 0.2, 0.8), ("there,", 0.8, 1.4), ("general", 1.6, 2.2), ("audience", 2.2, 3.0)]


@cache
def guide_assets() -> dict[str, Asset]:
    """Every asset by its name; made once."""
    files = {
        "clip.mp4": (media.counter_video(5), AssetKind.VIDEO),
        "second.mp4": (media.counter_video(4, frequency_hz=880), AssetKind.VIDEO),
        "music.mp3": (media.tone(8, 330, suffix=".mp3"), AssetKind.AUDIO),
        "logo.png": (_picture("gold", "200x100"), AssetKind.IMAGE),
        "one.png": (_picture("steelblue", "800x600"), AssetKind.IMAGE),
        "two.png": (_picture("firebrick", "800x600"), AssetKind.IMAGE),
        "three.png": (_picture("seagreen", "1600x900"), AssetKind.IMAGE),
        "words.json": (_transcript(), AssetKind.CAPTIONS),
    }
    return {name: asset_of(path, kind, name=name) for name, (path, kind) in files.items()}


def _picture(color: str, size: str) -> Path:
    """A colour with a lighter bar in it: a plain one would be taken for footage that is missing."""
    bar = "drawbox=x=iw/4:y=ih/4:w=iw/2:h=ih/4:color=white@0.5:t=fill"
    source = f"color={color}:size={size},{bar}"
    return media.made_by_ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "1", suffix=".png")


def _transcript() -> Path:
    words = [{"text": text, "start": start, "end": end} for text, start, end in _WORDS]
    transcript = json.dumps([{"text": "Hello there, general audience", "words": words}])
    return media.cached([transcript], lambda path: path.write_text(transcript), suffix=".json")
