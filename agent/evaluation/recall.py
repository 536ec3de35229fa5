"""What a session still knows of a video that it made: enough to evaluate the file again at any time."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.browser.protocol import CompositionSummary, Rejected
from agent.critic.expectation import expectation
from agent.domain import Asset, FrameSample, JobStatus
from agent.errors import BadInput
from agent.evaluation.subject import Subject
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of
from agent.store.session_folder import JobRecord, SessionFolder

_SAMPLE_NAME = "[0-9]*.[0-9][0-9][0-9]"
"""A sample's file is named by its seconds."""
_USUAL_RATE = 30.0


async def subject_of_session(folder: SessionFolder, job: JobRecord, browser: BrowserOptions) -> Subject:
    """Request, footage, approved frames and summary of the job's composition.

    The summary comes of the program, run once more in *browser*: a composition is a program, not a state.
    Raises `BadInput` for a program that no longer composes.
    """
    program = await asyncio.to_thread(folder.program, job.composition or "")
    assets = folder.history.assets
    samples = await asyncio.to_thread(_approved_samples, folder, job)
    return Subject(
        summary=await _summary(program, assets, browser),
        export=job.export,
        request=job.request,
        expectation=expectation(job.request, assets),
        assets=assets,
        samples=samples,
    )


def job_behind(folder: SessionFolder, reference: str, sha256: str) -> JobRecord:
    """The job that *reference* names, else the one that made the file of that digest, else the last one.

    Raises `BadInput` where none has a composition.
    """
    composed = [job for job in folder.history.jobs if job.composition is not None]
    if not composed:
        raise BadInput(
            f"Session {folder.history.session_id} has no composition.",
            hint="Name a session or a job that made a video, or leave --composition out.",
        )
    named = [job for job in composed if job.job_id == reference]
    makers = [job for job in composed if job.output_sha256 == sha256]
    completed = [job for job in composed if job.status is JobStatus.COMPLETED]
    return (named or makers or completed or composed)[-1]


async def source_asset(path: Path) -> Asset:
    """A file that the video was made of, as an asset. Raises `BadMedia` for what is no media."""
    media = await probe(path)
    digest = await asyncio.to_thread(sha256_of, path)
    size_bytes = path.stat().st_size
    return Asset(path.name, kind_of(path, media), path, path, digest, digest, size_bytes, media)


async def _summary(program: str, assets: Sequence[Asset], options: BrowserOptions) -> CompositionSummary:
    async with open_browser(options) as browser, open_operator_page(browser) as page:
        for asset in assets:
            await page.add_asset(asset)
        composed = await page.compose(program)
    if isinstance(composed, Rejected):
        why = composed.diagnostics[0].message if composed.diagnostics else composed.reason
        raise BadInput(
            f"The session's composition does not compose any more: {why}",
            hint="It was made for another version of core; leave --composition out.",
        )
    return composed.summary


def _approved_samples(folder: SessionFolder, job: JobRecord) -> tuple[FrameSample, ...]:
    """The frames that the verdict was made on; none in a session that was tidied up."""
    paths = sorted(folder.samples_path(job.fingerprint or "").glob(f"{_SAMPLE_NAME}.jpg"))
    return tuple(_sample(path, job.export.fps or _USUAL_RATE) for path in paths)


def _sample(path: Path, frame_rate: float) -> FrameSample:
    time_s, jpeg = float(path.stem), path.read_bytes()
    with Image.open(io.BytesIO(jpeg)) as image:
        width, height = image.size
    return FrameSample(time_s, round(time_s * frame_rate), width, height, jpeg)
