"""From an approved composition to a file under its name: render, deliver, check."""

from __future__ import annotations

import asyncio
import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from agent.composer import Greenlit
from agent.domain import (
    Artifact,
    ExportSettings,
    Issue,
    JobEvent,
    JobStatus,
    Loudness,
    Severity,
    Stage,
)
from agent.errors import ArtifactRejected, OutputRefused
from agent.media.analysis.sound import SILENT_LUFS
from agent.media.artifact import check_artifact
from agent.media.deliver import deliver
from agent.media.frame_record import write_frame_record
from agent.media.loudness import TOLERANCE_LU, stated_loudness
from agent.media.proxy_size import softened
from agent.media.storage import written_aside
from agent.order import intermediate
from agent.store.session_folder import JobRecord
from agent.workspace import Workspace


@dataclass(frozen=True)
class Rendered:
    """What the page encoded, on the agent's disk."""

    path: Path
    has_sound: bool


async def finish(
    workspace: Workspace, approved: Greenlit, job: JobRecord, output: Path, master: Path | None = None
) -> tuple[Artifact, tuple[Issue, ...]]:
    """Renders, delivers and checks; with the file's name the job is completed and its composition current.

    With *master* what the browser encoded is kept there, else it is removed.
    """
    rendered = await _render(workspace, approved, job.export)
    artifact, issues = await _deliver_checked(workspace, approved, rendered, job, output)
    await asyncio.to_thread(_keep_or_remove, rendered.path, master)
    workspace.folder.make_current(workspace.folder.job(job.job_id).composition)
    workspace.folder.end_job(job.job_id, JobStatus.COMPLETED, approved.message, output=artifact)
    side_px = workspace.services.settings.footage_side_px
    return artifact, (*issues, *softened(workspace.assets, approved.summary, job.export, side_px))


async def _render(workspace: Workspace, approved: Greenlit, export: ExportSettings) -> Rendered:
    """The picture and sound as the page encodes them."""
    workspace.enter(Stage.RENDER, "rendering in the browser")
    settings = intermediate(export)
    path = workspace.folder.outputs / f"{approved.fingerprint[:12]}.{settings.container}"
    licence_key = workspace.services.settings.core_license_key
    await workspace.page.present(stage="Rendering")
    result = await workspace.page.render(
        approved.fingerprint,
        settings,
        path,
        licence_key=licence_key.get_secret_value() if licence_key else None,
        on_bytes=lambda done, total: workspace.notify(
            JobEvent(Stage.RENDER, "fetching the file, MB", done // 10**6, total // 10**6)
        ),
    )
    return Rendered(path, result.has_audio)


async def _deliver_checked(
    workspace: Workspace, approved: Greenlit, rendered: Rendered, job: JobRecord, output: Path
) -> tuple[Artifact, tuple[Issue, ...]]:
    """The finished file under its name, after it was found to be what was approved; else no file there."""
    aside = output.with_name(f".{output.stem}.{job.job_id[:8]}{output.suffix}")
    export = _as_composed(job.export, approved)
    try:
        workspace.enter(Stage.DELIVER, "encoding the sound and closing the file")
        length_s = math.ceil(approved.summary.duration_seconds)
        loudness = await deliver(
            rendered.path,
            aside,
            export,
            on_progress=lambda done_s: workspace.notify(
                JobEvent(Stage.DELIVER, "encoding the sound, seconds", min(round(done_s), length_s), length_s)
            ),
        )
        workspace.enter(Stage.CHECK, "comparing the file with the approved frames")
        artifact, issues = await check_artifact(
            aside,
            summary=approved.summary,
            samples=approved.samples,
            export=export,
            has_sound=rendered.has_sound,
            marked=job.marked,
        )
        blockers = [issue for issue in issues if issue.severity is Severity.BLOCKER]
        if blockers:
            raise ArtifactRejected(
                "The rendered file is not what was approved: "
                + "; ".join(issue.message for issue in blockers),
                hint=f"What the browser encoded is kept at {rendered.path}.",
            )
        await write_frame_record(aside, workspace.folder.frame_record_path(job.job_id))
        _name(aside, output)
    finally:
        aside.unlink(missing_ok=True)
    workspace.notify(JobEvent(Stage.CHECK, "the file is what was approved", 1, 1))
    return replace(artifact, path=output, loudness=loudness), (
        *issues,
        *_loudness_issues(loudness, export),
    )


def _as_composed(export: ExportSettings, approved: Greenlit) -> ExportSettings:
    """The export at the loudness that the program states, or with the sound left alone where it states none
    and sets the level of all that is heard.
    """
    stated = stated_loudness(approved.program, None)
    if stated is not None:
        return replace(export, loudness=stated_loudness(approved.program, export.loudness))
    clips = [clip for layer in approved.summary.layers for clip in layer.clips if not clip.disabled]
    heard = [clip.volume for clip in clips if clip.volume is not None and not clip.muted]
    return replace(export, loudness=None) if heard and all(volume != 1 for volume in heard) else export


def _loudness_issues(loudness: Loudness | None, export: ExportSettings) -> tuple[Issue, ...]:
    if loudness is None or export.loudness is None or loudness.integrated_lufs <= SILENT_LUFS:
        return ()
    target_lufs = export.loudness.integrated_lufs
    if abs(loudness.integrated_lufs - target_lufs) <= TOLERANCE_LU:
        return ()
    message = f"The sound is {loudness.integrated_lufs:.1f} LUFS, {target_lufs:g} was asked for."
    fix = "It is too soft or too uneven for one gain: work on the recording first."
    return (Issue("loudness", message, Severity.WARNING, None, fix, source="artifact"),)


def _keep_or_remove(rendered: Path, master: Path | None) -> None:
    if master is not None:
        with written_aside(master) as aside:
            shutil.copyfile(rendered, aside)
    rendered.unlink()


def _name(aside: Path, output: Path) -> None:
    try:
        aside.replace(output)
    except OSError as exc:
        raise OutputRefused(
            f"Cannot name the finished file {output}: {exc.strerror}.",
            hint="Name a file in a folder that you can write.",
        ) from exc
