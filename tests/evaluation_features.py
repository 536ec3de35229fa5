"""Features of files that do not exist: what a decode would leave of plain pictures and an even sound."""

from __future__ import annotations

from typing import Any

import numpy as np

from agent.domain import Loudness, MediaInfo
from agent.evaluation.features import Features, Heard, Seen
from agent.media.analysis.values import Beats

RATE = 30.0


def seen(seconds: float, **changed: Any) -> Seen:
    """A grey picture that moves a little all the time."""
    frames = int(seconds * RATE)
    still = np.zeros(frames)
    given: dict[str, Any] = {
        "luma": still + 0.5,
        "change": still + 3.0,
        "brightening": still,
        "dark": still > 0,
        "palettes": np.full((max(1, int(seconds)), 18, 6), 1 / 108, np.float32),
    }
    return Seen(RATE, **{**given, **changed})


def heard(beats: Beats | None = None, *, lufs: float = -14.0, **changed: Any) -> Heard:
    """A stereo sound without silences."""
    given: dict[str, Any] = {"momentary": (), "silences": (), "channel_levels_db": (-20.0, -20.0)}
    return Heard(Loudness(lufs, 3.0, -1.5), beats=beats, **{**given, **changed})


def features(seconds: float, sound: Heard | None = None, **changed: Any) -> Features:
    """A file of 1920x1080; *changed* is about what is seen."""
    return Features(MediaInfo("mp4", seconds, 1920, 1080), seconds, seen(seconds, **changed), sound)
