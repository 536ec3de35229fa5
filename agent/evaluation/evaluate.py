"""Evaluates a file: one decode, six metrics, what is wrong with it, and whether it is golden."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from agent.domain import MediaInfo, RetentionJudge
from agent.errors import BadMedia
from agent.evaluation import brand, captions, matching, retention
from agent.evaluation.blockers import blockers
from agent.evaluation.clarity import clarity
from agent.evaluation.declared import NOTHING, Declared, declared
from agent.evaluation.decode import decode
from agent.evaluation.defects import black_spans, frozen_spans
from agent.evaluation.features import Features
from agent.evaluation.punchiness import punchiness
from agent.evaluation.quantiser import quantiser_of
from agent.evaluation.sources import frame_at, sources_of
from agent.evaluation.stretching import stretch_of
from agent.evaluation.subject import Subject
from agent.evaluation.total import is_golden, total_of
from agent.evaluation.values import Assessment, CaptionSpan, Evaluation, Finding, Timeline
from agent.evaluation.watchability import watchability
from agent.media.analysis.scenes import HEIGHT, WIDTH
from agent.media.ocr import text_reader
from agent.media.probe import probe
from agent.media.storage import sha256_of

OnProgress: TypeAlias = Callable[[str, float], None]
"""Told what is done now, and how much of all is, 0 to 1."""

MOST_EVIDENCE = 12
EVIDENCE_WIDTH_PX = 960
MOST_SAMPLES = 24
_INTO_SPAN_S = 0.1
_DECODED, _MEASURED = 0.5, 0.95


async def evaluate(
    path: Path,
    subject: Subject,
    *,
    cache: Path,
    judge: RetentionJudge | None = None,
    ocr: bool = True,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Six scores of *path*, what is wrong with it and when, and whether it is golden.

    What is known of the sources is kept in *cache*. Without *judge* retention is not complete, and so no
    file is golden; without *ocr* the same holds for captions. A cancelled call leaves no child and no file.
    Raises `BadMedia` for what is no video, `MediaToolFailed` when it cannot be decoded.
    """
    tell = on_progress or (lambda what, done: None)
    tell("looking at the file", 0.0)
    media = await probe(path)
    if not media.video_codec:
        raise BadMedia(f"{path.name} holds no video.", hint="Name a video file.")
    meant = declared(subject.summary, subject.assets) if subject.summary else NOTHING
    await asyncio.to_thread(cache.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="evaluation-", dir=cache) as folder:
        moments = _moments(meant, subject, media.duration_s, for_judge=judge is not None)
        features = await _features(path, media, meant, moments, Path(folder), tell)
        tell("measuring", _DECODED)
        assessments = await _assess(features, meant, subject, cache, judge, ocr)
    tell("cutting out evidence", _MEASURED)
    found = [finding for assessment in assessments for finding in assessment.findings]
    findings = await _with_evidence(path, [*blockers(features, meant, subject), *found])
    scores = tuple(assessment.score for assessment in assessments)
    tell("done", 1.0)
    return Evaluation(
        name=path.name,
        sha256=await asyncio.to_thread(sha256_of, path),
        media=media,
        profile=subject.profile.name,
        scores=scores,
        total=total_of(scores),
        golden=is_golden(scores, findings),
        findings=findings,
        timeline=_timeline(features, meant, subject),
    )


async def _features(
    path: Path, media: MediaInfo, meant: Declared, moments: Sequence[float], folder: Path, tell: OnProgress
) -> Features:
    length_s = max(media.duration_s, 1e-3)
    features = await decode(
        path,
        media,
        moments,
        folder,
        ignored=_lettered(meant),
        on_progress=lambda seen_s: tell("decoding", min(1.0, seen_s / length_s) * _DECODED),
    )
    return replace(features, quantiser=await quantiser_of(path, media))


async def _assess(
    features: Features,
    meant: Declared,
    subject: Subject,
    cache: Path,
    judge: RetentionJudge | None,
    ocr: bool,
) -> tuple[Assessment, ...]:
    """In the order of `Metric`."""
    sources = await sources_of(subject.assets, cache)
    matches = await matching.matches_of(features, meant, sources)
    stretch = await stretch_of(features, sources)
    reader = text_reader() if ocr else None
    return (
        await asyncio.to_thread(clarity, features, meant, subject, sources, matches, stretch),
        await asyncio.to_thread(punchiness, features, meant, subject.profile, subject.transcript),
        await retention.retention(features, meant, subject.transcript, judge),
        await asyncio.to_thread(captions.captions, features, meant, reader),
        await asyncio.to_thread(brand.brand, features, meant, subject.brand),
        await asyncio.to_thread(watchability, features, meant, subject),
    )


def _moments(meant: Declared, subject: Subject, duration_s: float, *, for_judge: bool) -> tuple[float, ...]:
    """The seconds of which any metric wants a still."""
    step = max(1, len(subject.samples) // MOST_SAMPLES)
    return (
        *matching.moments(duration_s),
        *(sample.timestamp_s for sample in subject.samples[::step]),
        *(retention.retention_moments(duration_s) if for_judge else ()),
        *captions.caption_moments(meant, duration_s),
        *brand.brand_moments(subject.brand, duration_s),
    )


def _lettered(meant: Declared) -> NDArray[np.bool_] | None:
    """Where texts are declared: over a picture that stands they may still change."""
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    for box in (text.box for text in meant.texts if text.box is not None):
        rows = slice(max(0, int(box.y * HEIGHT)), max(0, int((box.y + box.height) * HEIGHT) + 1))
        columns = slice(max(0, int(box.x * WIDTH)), max(0, int((box.x + box.width) * WIDTH) + 1))
        mask[rows, columns] = True
    return mask if mask.any() and not mask.all() else None


async def _with_evidence(path: Path, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The first findings that have a time get the frame shown then; one frame a moment."""
    frames: dict[float, bytes | None] = {}
    shown = []
    for finding in findings:
        start_s = finding.issue.time_s
        if start_s is None or finding.evidence is not None:
            shown.append(finding)
            continue
        at_s = round(start_s + min(_INTO_SPAN_S, ((finding.until_s or start_s) - start_s) / 2), 2)
        if at_s not in frames and len(frames) < MOST_EVIDENCE:
            frames[at_s] = await frame_at(path, at_s, widest_px=EVIDENCE_WIDTH_PX)
        shown.append(replace(finding, evidence=frames.get(at_s)))
    return tuple(shown)


def _timeline(features: Features, meant: Declared, subject: Subject) -> Timeline:
    seen, heard = features.seen, features.heard
    return Timeline(
        duration_s=features.duration_s,
        loudness=heard.momentary if heard else (),
        cuts_s=seen.cuts_s if seen else (),
        beats_s=heard.beats.times_s if heard and heard.beats else (),
        flashes_s=seen.flashes_s if seen else (),
        silences=heard.silences if heard else (),
        black=black_spans(seen, meant) if seen else (),
        frozen=frozen_spans(seen, meant) if seen else (),
        captions=tuple(CaptionSpan(text.text, text.span.start_s, text.span.end_s) for text in meant.captions),
        target_lufs=subject.target_lufs,
    )
