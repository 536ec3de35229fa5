"""From an approved composition to a file under its name: render, deliver, check."""

from __future__ import annotations

import asyncio
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from pydantic import JsonValue, TypeAdapter

from agent.composer import Greenlit
from agent.domain import (
    Artifact,
    ExportSettings,
    Issue,
    JobEvent,
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
from agent.media.storage import DIGEST_LETTERS, clear_remains, written_aside
from agent.order import EditOrder, intermediate
from agent.store.session_folder import JobRecord
from agent.tracing import span
from agent.workspace import Workspace


@dataclass(frozen=True)
class Rendered:
    """What the page encoded, on the agent's disk."""

    path: Path
    has_sound: bool


@dataclass(frozen=True)
class Finished:
    """A file that is what was approved; it has no name of its own until `name_output` gives it one."""

    artifact: Artifact
    issues: tuple[Issue, ...]
    rendered: Path


async def finish(workspace: Workspace, approved: Greenlit, job: JobRecord, order: EditOrder) -> Finished:
    """Renders, delivers and checks, each a step that is done once."""
    aside = order.output.with_name(f".{order.output.stem}.{job.job_id[:8]}{order.output.suffix}")
    if workspace.store.attempt > 1:
        for target in (aside, *order.targets):
            await asyncio.to_thread(clear_remains, target)
    with _removed_if_it_fails(workspace, aside):
        rendered = await _render(workspace, approved, job.export)
        artifact, issues = await _deliver_checked(workspace, approved, rendered, job, aside)
    side_px = workspace.services.settings.footage_side_px
    softer = softened(workspace.assets, approved.summary, job.export, side_px)
    return Finished(artifact, (*issues, *softer), rendered.path)


async def name_output(finished: Finished, order: EditOrder) -> Artifact:
    """The file under its name; what the browser encoded goes to the order's master, or away."""
    await asyncio.to_thread(_name, finished.artifact, order.output)
    await asyncio.to_thread(_keep_or_remove, finished.rendered, order.master)
    return replace(finished.artifact, path=order.output)


async def keep_for_review(workspace: Workspace, finished: Finished) -> Path:
    """The file where a person can look at it, and not where it was to be delivered."""
    path = finished.artifact.path
    kept = workspace.folder.outputs / f"review-{finished.artifact.sha256[:DIGEST_LETTERS]}{path.suffix}"
    if path.exists():
        await asyncio.to_thread(shutil.move, path, kept)
    await discard_render(finished)
    return kept


async def discard_render(finished: Finished) -> None:
    """Removes what the browser encoded: the file was made of it, and nobody wants it."""
    await asyncio.to_thread(_keep_or_remove, finished.rendered, None)


async def _render(workspace: Workspace, approved: Greenlit, export: ExportSettings) -> Rendered:
    """The picture and sound as the page encodes them."""
    workspace.enter(Stage.RENDER, "rendering in the browser")
    settings = intermediate(export)
    path = workspace.folder.outputs / f"{approved.fingerprint[:12]}.{settings.container}"
    licence_key = workspace.services.settings.core_license_key
    await workspace.page.present(stage="Rendering")

    async def render() -> JsonValue:
        with span("render", kind="render") as traced:
            result = await workspace.page.render(
                approved.fingerprint,
                settings,
                path,
                licence_key=licence_key.get_secret_value() if licence_key else None,
                on_bytes=lambda done, total: workspace.notify(
                    JobEvent(Stage.RENDER, "fetching the file, MB", done // 10**6, total // 10**6)
                ),
            )
            picture_s = result.picture_seconds
            traced.set(frames=result.frames, frames_per_s=result.frames / picture_s if picture_s else None)
        return {"has_sound": result.has_audio}

    found = cast("dict[str, bool]", await workspace.attempt.steps.run("render", render))
    return Rendered(path, found["has_sound"])


async def _deliver_checked(
    workspace: Workspace, approved: Greenlit, rendered: Rendered, job: JobRecord, aside: Path
) -> tuple[Artifact, tuple[Issue, ...]]:
    """The finished file, after it was found to be what was approved; else no file there."""

    async def delivered() -> JsonValue:
        with span("deliver", kind="stage"):
            loudness = await _deliver(workspace, approved, rendered, export, aside)
        with span("check", kind="stage"):
            artifact, issues = await _check(workspace, approved, rendered, job, export, aside)
        found = replace(artifact, loudness=loudness), (*issues, *_loudness_issues(loudness, export))
        return cast(JsonValue, _DELIVERED.dump_python(found, mode="json"))

    export = _as_composed(job.export, approved)
    return _DELIVERED.validate_python(await workspace.attempt.steps.run("deliver", delivered))


async def _deliver(
    workspace: Workspace, approved: Greenlit, rendered: Rendered, export: ExportSettings, aside: Path
) -> Loudness | None:
    workspace.enter(Stage.DELIVER, "encoding the sound and closing the file")
    length_s = math.ceil(approved.summary.duration_seconds)
    return await deliver(
        rendered.path,
        aside,
        export,
        on_progress=lambda done_s: workspace.notify(
            JobEvent(Stage.DELIVER, "encoding the sound, seconds", min(round(done_s), length_s), length_s)
        ),
    )


async def _check(
    workspace: Workspace,
    approved: Greenlit,
    rendered: Rendered,
    job: JobRecord,
    export: ExportSettings,
    aside: Path,
) -> tuple[Artifact, tuple[Issue, ...]]:
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
            "The rendered file is not what was approved: " + "; ".join(issue.message for issue in blockers),
            hint=f"What the browser encoded is kept at {rendered.path}.",
        )
    await write_frame_record(aside, workspace.folder.frame_record_path(job.job_id))
    workspace.notify(JobEvent(Stage.CHECK, "the file is what was approved", 1, 1))
    return artifact, issues


@contextmanager
def _removed_if_it_fails(workspace: Workspace, aside: Path) -> Iterator[None]:
    """No half file lies about, unless another worker goes on with it."""
    try:
        yield
    except BaseException:
        if workspace.attempt.stopped_as is not None:
            aside.unlink(missing_ok=True)
        raise


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
    if master is not None and rendered.exists():
        with written_aside(master) as aside:
            shutil.copyfile(rendered, aside)
    rendered.unlink(missing_ok=True)


def _name(artifact: Artifact, output: Path) -> None:
    """Renames the file; one that an earlier run has named is left as it is."""
    try:
        if artifact.path.exists() or not output.exists():
            artifact.path.replace(output)
    except OSError as exc:
        artifact.path.unlink(missing_ok=True)
        raise OutputRefused(
            f"Cannot name the finished file {output}: {exc.strerror}.",
            hint="Name a file in a folder that you can write.",
        ) from exc


_DELIVERED = TypeAdapter(tuple[Artifact, tuple[Issue, ...]])
