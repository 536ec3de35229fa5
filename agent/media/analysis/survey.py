"""What ingest finds in footage before anybody asks; whatever fails is a note, and never the end of a job."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

from agent.domain import AssetKind
from agent.errors import RoughcutError
from agent.media.analysis.analyst import Analyst, Footage, OnAnalysisProgress
from agent.media.analysis.chart import draw_chart
from agent.media.analysis.values import Analysis, Transcript
from agent.media.extras import write_still

log = logging.getLogger(__name__)

_LATER = "Words were not looked for yet: the speech model is not on this machine; asking for them fetches it."
_POSTER_S = 1.0

_T = TypeVar("_T")


async def survey(
    footage: Footage, analyst: Analyst, chart: Path, on_progress: OnAnalysisProgress | None = None
) -> Analysis:
    """What can be found without a download; `notes` say what is missing and why.

    *chart* is drawn of it, and beside it a picture of a video as it is a second in: `<chart>.poster.png`.
    """
    unseen: list[str] = []
    unheard: list[str] = []
    async with asyncio.TaskGroup() as parts:
        seeing = parts.create_task(_tried("the picture", analyst.picture(footage, on_progress), unseen))
        hearing = parts.create_task(_tried("the sound", analyst.sound(footage, on_progress), unheard))
    picture, sound = seeing.result(), hearing.result()
    transcript = None if sound is None else await _words(footage, analyst, on_progress, unheard)
    found = Analysis(footage.media.duration_s, picture, sound, transcript, (*unseen, *unheard))
    await _tried("the chart", chart_of(footage, found, analyst, chart), [])
    if footage.kind is AssetKind.VIDEO:
        at_s = min(_POSTER_S, footage.media.duration_s / 2)
        poster = chart.with_suffix(".poster.png")
        await _tried("the poster", write_still(footage.path, footage.media, at_s, poster), [])
    return found


async def chart_of(footage: Footage, found: Analysis, analyst: Analyst, output: Path) -> None:
    """Draws what was found. Raises `MediaToolFailed`, `OutputRefused`."""
    strip = None if found.picture is None else await analyst.filmstrip(footage)
    await asyncio.to_thread(draw_chart, strip, footage.media, found, output)


async def _words(
    footage: Footage, analyst: Analyst, on_progress: OnAnalysisProgress | None, notes: list[str]
) -> Transcript | None:
    if not analyst.transcribes:
        return None
    if not await analyst.has_speech_model():
        notes.append(_LATER)
        return None
    return await _tried("the words", analyst.transcript(footage, on_progress), notes)


async def _tried(what: str, work: Awaitable[_T], notes: list[str]) -> _T | None:
    """What *work* gives; None, with a note, where it fails."""
    try:
        return await work
    except RoughcutError as exc:
        log.warning("survey failed", extra={"action": "survey_failed", "part": what, "why": str(exc)})
        notes.append(f"Looking at {what} failed: {exc}")
        return None
