"""Evaluations to show: one of a file with every kind of fault and hostile words, one of a golden file."""

from __future__ import annotations

import io
import math
from dataclasses import replace

from PIL import Image

from agent.domain import Issue, MediaInfo, Severity
from agent.evaluation.values import (
    CaptionSpan,
    Evaluation,
    Finding,
    Metric,
    Part,
    Score,
    Timeline,
)
from agent.media.analysis.values import Span

HOSTILE = (
    "<script>document.title='owned'</script><img src=https://example.com/x.png>"
    ' "quoted" & \N{RIGHT-TO-LEFT OVERRIDE}'
)
"""What a caption or a model may say."""
MEDIA = MediaInfo("mp4", 20.0, 1280, 720, frame_rate=30.0, video_codec="h264", audio_codec="aac")


def golden_evaluation() -> Evaluation:
    """Nothing is wrong, and no brand was asked for."""
    scores = tuple(_golden_score(metric) for metric in Metric)
    return Evaluation("good.mp4", "ab" * 32, MEDIA, "social", scores, 0.92, True, (), _timeline())


def faulty_evaluation() -> Evaluation:
    """Blocked by silence, black and flashes; a hostile caption is hard to read; one metric was not judged."""
    timeline = replace(
        _timeline(),
        flashes_s=(5.1, 5.3, 5.5, 5.7),
        silences=(Span(9, 13),),
        black=(Span(14, 16),),
        frozen=(Span(14, 16),),
    )
    name, scores = f"holiday {HOSTILE}.mp4", _faulty_scores()
    return Evaluation(name, "cd" * 32, MEDIA, "social", scores, 0.28, False, _findings(), timeline)


def finding(
    message: str,
    time_s: float | None = None,
    until_s: float | None = None,
    *,
    severity: Severity = Severity.BLOCKER,
    metric: Metric = Metric.WATCHABILITY,
    evidence: bytes | None = None,
) -> Finding:
    """Something that is wrong, with a fix."""
    issue = Issue("a_code", message, severity, time_s, "Mend it like so.", source="evaluation")
    return Finding(issue, metric, until_s, evidence)


def jpeg(grey: int = 200, size: tuple[int, int] = (1280, 720)) -> bytes:
    """A frame."""
    picture = io.BytesIO()
    Image.linear_gradient("L").resize(size).point(lambda level: level * grey // 255).save(picture, "JPEG")
    return picture.getvalue()


def _timeline() -> Timeline:
    loudness = tuple((tenth / 10, -16 + 4 * math.sin(tenth / 7)) for tenth in range(200))
    captions = tuple(CaptionSpan(f"Caption {n} {HOSTILE}", 2.0 * n, 2.0 * n + 1.9) for n in range(10))
    beats_s = tuple(n / 2 for n in range(40))
    return Timeline(20.0, loudness, cuts_s=beats_s[4::4], beats_s=beats_s, captions=captions, target_lufs=-14)


def _golden_score(metric: Metric) -> Score:
    if metric is Metric.BRAND:
        return Score(metric, None, why="No brand kit was given.")
    return Score(metric, 0.95, (Part("first", 0.95, 0.5, "just as wanted"), Part("second", 1.0, 0.5)))


def _faulty_scores() -> tuple[Score, ...]:
    contrast = Part("contrast", 0.18, 0.25, f"1.8:1 behind {HOSTILE}, 4.5:1 wanted")
    return (
        Score(Metric.CLARITY, 0.97, (Part("resolution", 1.0, 0.3, "1280x720 of 1280x720"),)),
        Score(Metric.PUNCHINESS, 0.62, (Part("sync", 0.45, 0.6, "cuts 120 ms off the beat"),)),
        Score(
            Metric.RETENTION, 0.81, (Part("hook", 0.81, 1.0),), "not judged: no vision model", complete=False
        ),
        Score(Metric.CAPTIONS, 0.43, (contrast, Part("speed", None, 0.15, "nothing to read"))),
        Score(Metric.BRAND, None, why="No brand kit was given."),
        Score(Metric.WATCHABILITY, 0.28, (Part("flash", 0.0, 0.4, "4 flashes in a second, 3 allowed"),)),
    )


def _findings() -> tuple[Finding, ...]:
    warning, hostile = Severity.WARNING, f"{HOSTILE} stands at 1.8:1"
    return (
        finding("The file is at -16.2 LUFS; -14 is wanted", severity=warning),
        finding(hostile, 4.4, 5.9, severity=warning, metric=Metric.CAPTIONS, evidence=jpeg()),
        finding("2.0 s of black", 14.0, 16.0, evidence=jpeg(60)),
        finding("4.0 s of silence that is not declared", 9.0, 13.0, evidence=b"no picture"),
        finding("4 flashes in one second; 3 are allowed", 5.1, 5.8, evidence=jpeg(255)),
    )
