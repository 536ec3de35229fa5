"""What a job leaves beside its video: subtitles, a GIF, stills."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from agent.browser.protocol import CompositionSummary
from agent.domain import Artifact, JobEvent, Stage
from agent.media.captions import SUBTITLE_SUFFIXES
from agent.media.extras import write_gif, write_still
from agent.media.storage import written_aside
from agent.order import EditOrder
from agent.tools.captions import CAPTIONS_SUFFIX
from agent.workspace import Workspace


async def write_extras(
    workspace: Workspace, summary: CompositionSummary, artifact: Artifact, order: EditOrder
) -> tuple[Path, ...]:
    """Writes what the order wants beside the video, and the subtitles of captions that are shown in it.

    Returns the files in order. Raises `OutputRefused` where one cannot be written.
    """
    written = await asyncio.to_thread(_copy_subtitles, workspace, summary, order)
    if order.gif is not None:
        workspace.notify(JobEvent(Stage.CHECK, f"writing {order.gif.name}"))
        await write_gif(artifact.path, artifact.media, order.gif)
        written.append(order.gif)
    for at_s, path in order.stills.items():
        workspace.notify(JobEvent(Stage.CHECK, f"writing {path.name}"))
        await write_still(artifact.path, artifact.media, at_s, path)
        written.append(path)
    return tuple(written)


def _copy_subtitles(workspace: Workspace, summary: CompositionSummary, order: EditOrder) -> list[Path]:
    """Those that a tool made with the captions on screen, under the video's name; what is there stays."""
    shown = {
        clip.asset for layer in summary.layers for clip in layer.clips if clip.asset and not clip.disabled
    }
    copied: list[Path] = []
    for name in sorted(shown):
        if not name.endswith(CAPTIONS_SUFFIX):
            continue
        for suffix in sorted(SUBTITLE_SUFFIXES):
            source = workspace.folder.outputs / f"{name.removesuffix(CAPTIONS_SUFFIX)}{suffix}"
            target = order.output.with_suffix(suffix)
            if source.is_file() and (order.force or not target.exists()):
                with written_aside(target) as aside:
                    shutil.copyfile(source, aside)
                copied.append(target)
    return copied
