"""One evaluation as a user asks for it: what is known of the file, its scores, its report."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.domain import AssetKind, RetentionJudge
from agent.errors import BadInput, BadMedia, MediaToolFailed, OutputRefused
from agent.evaluation.brand_kit import read_brand_kit
from agent.evaluation.critic_suite.result import SuiteResult
from agent.evaluation.critic_suite.runner import OnCase, run_critic_suite
from agent.evaluation.evaluate import OnProgress, evaluate
from agent.evaluation.profiles import profile_named
from agent.evaluation.recall import job_behind, source_asset, subject_of_session
from agent.evaluation.report import write_report
from agent.evaluation.subject import Subject
from agent.evaluation.values import Evaluation
from agent.media.analysis.analyst import Analyst, Footage
from agent.media.analysis.values import Transcript
from agent.media.probe import kind_of, probe
from agent.media.storage import sha256_of
from agent.models.meter import Meter
from agent.settings import Settings
from agent.store.session_folder import SessionFolder
from agent.workspace import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvaluationOrder:
    """A file, what is said of it, and where the report goes."""

    file: Path
    composition: str | None = None
    """A session or a job that made it."""
    brand: Path | None = None
    profile: str = "social"
    sources: tuple[Path, ...] = ()
    report: Path | None = None
    ocr: bool = True


async def evaluate_order(
    order: EvaluationOrder,
    settings: Settings,
    analyst: Analyst,
    judge: RetentionJudge | None,
    tell: OnProgress,
) -> Evaluation:
    """The evaluation, with its report written where one is asked for.

    Raises `BadInput` for what cannot be evaluated as it is, before any long work where that can be seen.
    """
    _refuse_report(order)
    footage = await _footage(order.file)
    subject = await _subject(order, footage, settings, tell)
    tell("listening for words", 0.0)
    subject = replace(subject, transcript=await _words(footage, analyst))
    found = await evaluate(
        order.file, subject, judge=judge, ocr=order.ocr, cache=settings.cache / "evaluation", on_progress=tell
    )
    if order.report is not None:
        await asyncio.to_thread(write_report, found, order.report)
    return found


async def measure_critic(services: Services, tell: OnCase) -> SuiteResult:
    """Runs the suite of seeded defects in a browser, by checks alone and with the judge if there is one."""
    with tempfile.TemporaryDirectory(prefix="roughcut-critic-") as scratch:
        folder = Path(scratch)
        async with (
            services.new_judge(folder / "replies.jsonl", Meter()) as judge,
            open_browser(services.browser) as browser,
            open_operator_page(browser) as page,
        ):
            return await run_critic_suite(page, judge, footage=folder, on_case=tell)


def _refuse_report(order: EvaluationOrder) -> None:
    if order.report is None:
        return
    if order.report.is_dir():
        raise OutputRefused(f"{order.report} is a folder.", hint="Name a file, for example report.html.")
    read = [order.file, *order.sources, *([order.brand] if order.brand else [])]
    if order.report.exists() and any(path.exists() and order.report.samefile(path) for path in read):
        raise OutputRefused(
            f"{order.report} is what is evaluated; it would be lost.", hint="Give the report another name."
        )


async def _footage(path: Path) -> Footage:
    media = await probe(path)
    kind = kind_of(path, media)
    if kind is not AssetKind.VIDEO:
        raise BadMedia(f"{path.name} is of kind {kind}, expected a video.", hint="Name another file.")
    return Footage(path, await asyncio.to_thread(sha256_of, path), kind, media)


async def _subject(order: EvaluationOrder, footage: Footage, settings: Settings, tell: OnProgress) -> Subject:
    profile = profile_named(order.profile)
    kit = None if order.brand is None else await asyncio.to_thread(read_brand_kit, order.brand)
    sources = [await source_asset(path) for path in order.sources]
    subject = Subject()
    if order.composition is not None:
        tell("running the composition", 0.0)
        folder = SessionFolder.open(settings.home, order.composition)
        job = job_behind(folder, folder.whole_id(order.composition), footage.sha256)
        subject = await subject_of_session(folder, job, BrowserOptions.of(settings))
    return replace(subject, profile=profile, brand=kit, assets=(*subject.assets, *sources))


async def _words(footage: Footage, analyst: Analyst) -> Transcript | None:
    """None where nothing can transcribe yet, for an evaluation fetches no model; or where that fails."""
    if footage.media.audio_codec is None or not await analyst.has_speech_model():
        return None
    try:
        return await analyst.transcript(footage)
    except (BadInput, MediaToolFailed) as exc:
        log.warning("no words", extra={"action": "words_not_found", "why": str(exc)})
        return None
