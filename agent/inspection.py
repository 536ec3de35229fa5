"""What `roughcut inspect` finds in a file: as a table, as one picture, as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from agent.domain import AssetKind, MediaInfo
from agent.errors import BadMedia
from agent.media.analysis.analyst import AnalysisPart, AnalysisProgress, Analyst, Footage, OnAnalysisProgress
from agent.media.analysis.brief import brief
from agent.media.analysis.survey import chart_of
from agent.media.analysis.values import Analysis
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of

_PARTS: dict[AnalysisPart, str] = {"picture": "Cuts", "sound": "Sound", "words": "Words"}


@dataclass(frozen=True)
class Inspection:
    """A file, what it is, what is in it, and where that is drawn."""

    path: Path
    sha256: str
    kind: AssetKind
    media: MediaInfo
    analysis: Analysis
    chart: Path | None


async def inspect_file(
    path: Path, analyst: Analyst, chart: Path | None, on_progress: OnAnalysisProgress | None = None
) -> Inspection:
    """Looks and listens to *path*, and draws *chart* if it is named.

    Raises `BadMedia` for what is neither video nor sound, `OutputRefused` where the chart cannot be written.
    """
    media = await probe(path)
    kind = kind_of(path, media)
    if kind not in (AssetKind.VIDEO, AssetKind.AUDIO):
        raise BadMedia(f"{path.name} is of kind {kind}, expected video or sound.", hint="Name another file.")
    footage = Footage(path, await asyncio.to_thread(sha256_of, path), kind, media)
    analysis = await analyst.analysis(footage, on_progress)
    if chart:
        await chart_of(footage, analysis, analyst, chart)
    return Inspection(path, footage.sha256, kind, media, analysis, chart)


def print_inspection(console: Console, inspection: Inspection) -> None:
    """A table of facts, and what an editor would note down."""
    table = Table(title=escape(inspection.path.name), show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _facts(inspection.media):
        table.add_row(name, escape(value))
    for line in brief(inspection.analysis).splitlines():
        name, colon, value = line.partition(": ")
        table.add_row(*(name, escape(value)) if colon and not line.startswith("[") else ("", escape(line)))
    console.print(table)
    if inspection.chart:
        console.print(f"Chart: {inspection.chart}", highlight=False, soft_wrap=True)


@contextmanager
def analysis_progress(console: Console, *, quiet: bool) -> Iterator[OnAnalysisProgress]:
    """A bar for each part that is not known already."""
    columns = TextColumn("{task.description:<8}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, disable=quiet, transient=True) as progress:
        tasks: dict[AnalysisPart, TaskID] = {}

        def report(event: AnalysisProgress) -> None:
            if event.part not in tasks:
                tasks[event.part] = progress.add_task(_PARTS[event.part], total=1)
            progress.update(tasks[event.part], completed=event.done)

        yield report


def _facts(media: MediaInfo) -> Iterator[tuple[str, str]]:
    yield "container", f"{media.container}, {media.duration_s:.2f} s"
    if media.video_codec:
        rate = f"{media.frame_rate:.3f}".rstrip("0").rstrip(".") if media.frame_rate else "?"
        varies = " (varies)" if media.variable_frame_rate else ""
        turned = f", turned by {media.rotation_deg}°" if media.rotation_deg else ""
        size = f"{media.width}x{media.height}{turned}"
        yield "picture", f"{media.video_codec} {media.pixel_format}, {size}, {rate} fps{varies}"
        if media.color_transfer:
            yield "colour", media.color_transfer
    if media.audio_codec:
        yield "sound", f"{media.audio_codec}, {media.channels} channels, {media.sample_rate_hz} Hz"
