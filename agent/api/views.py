"""Rows as callers see them, with the addresses of what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from agent.api.parts import Parts
from agent.api.schemas import ArtifactBody, AssetBody, JobBody
from agent.domain import JobStatus
from agent.store import artifacts
from agent.store.views import ArtifactView, AssetView, JobView

OUTPUT_KIND = "video"


async def job_body(served: Parts, job: JobView, base_url: str) -> JobBody:
    """The job with what it has made."""
    return (await job_bodies(served, [job], base_url))[0]


async def job_bodies(served: Parts, jobs: Sequence[JobView], base_url: str) -> list[JobBody]:
    """Likewise for several, in one transaction."""
    made = await served.database.run(
        lambda session: [artifacts.of_job(session, job.id) for job in jobs], read_only=True
    )
    return [_job_body(job, of_job, base_url) for job, of_job in zip(jobs, made, strict=True)]


def asset_body(asset: AssetView) -> AssetBody:
    """The asset without the places where its files are."""
    return AssetBody(
        id=asset.id,
        name=asset.name,
        type=asset.type.value,
        size_bytes=asset.size_bytes,
        sha256=asset.sha256,
        metadata=dict(asset.details.get("media") or {}),
        created_at=asset.created_at,
    )


def output_of(made: Sequence[ArtifactBody]) -> str | None:
    """The address of the finished video."""
    return next((artifact.url for artifact in made if artifact.kind == OUTPUT_KIND), None)


def _job_body(job: JobView, made: Sequence[ArtifactView], base_url: str) -> JobBody:
    url = f"{base_url}/v1/jobs/{job.id}"
    artifacts_made = [_artifact_body(artifact, base_url) for artifact in made]
    done = job.status is JobStatus.COMPLETED
    known: dict[str, Any] = asdict(job)  # Any: each field is checked by the model
    return JobBody.model_validate(
        known
        | {
            "url": url,
            "events_url": f"{url}/events",
            "output_url": output_of(artifacts_made) if done else None,
            "artifacts": artifacts_made,
        }
    )


def _artifact_body(artifact: ArtifactView, base_url: str) -> ArtifactBody:
    return ArtifactBody.model_validate(asdict(artifact) | {"url": f"{base_url}/v1/artifacts/{artifact.id}"})
