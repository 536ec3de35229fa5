"""The evaluation of a file as one HTML page that asks the network for nothing.

There is no script in it. Pictures are data in the page, its styles are named to the browser by their digest,
and whatever comes from the footage or from a model is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image, UnidentifiedImageError

from agent.domain import MediaInfo
from agent.evaluation.report_timeline import drawn
from agent.evaluation.total import GOLDEN_METRIC, GOLDEN_TOTAL
from agent.evaluation.values import Evaluation, Finding, Score
from agent.evaluation.verdict import Outcome, clock, ordered, outcome_of, reasons_of, sentence, title, when
from agent.media.storage import written_aside

_HERE = Path(__file__).parent
_FAIR = 0.5
_EVIDENCE_PX = 640
_MOST_PICTURES = 60
"""Findings after these are told without a picture, so that the page stays one that can be mailed."""


def write_report(evaluation: Evaluation, target: Path) -> None:
    """Writes the page to *target*, whole or not at all. Raises `OutputRefused` where it cannot."""
    # A file's name may hold bytes that are no text; they cost a question mark each.
    content = report_html(evaluation).encode("utf-8", "replace")
    with written_aside(target) as aside:
        aside.write_bytes(content)


def report_html(evaluation: Evaluation) -> str:
    """The whole page. The same evaluation always gives the same page."""
    styles = (_HERE / "report.css").read_text(encoding="utf-8")
    findings = ordered(evaluation.findings)
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"title": title, "sentence": sentence}
    return environment.get_template("report.html").render(
        evaluation=evaluation,
        policy=_content_security_policy(styles),
        styles=Markup(styles),
        outcome=outcome_of(evaluation),
        outcomes=Outcome,
        gate=GOLDEN_METRIC,
        golden_total=GOLDEN_TOTAL,
        reasons=reasons_of(evaluation),
        facts=list(_facts(evaluation.media)),
        scores=[_score_card(score) for score in evaluation.scores],
        findings=list(_issue_cards(findings)),
        timeline=drawn(evaluation.timeline, findings),
    )


@dataclass(frozen=True)
class _ScoreCard:
    score: Score
    state: str
    """One of the page's styles: good, fair, poor, none."""
    parts: tuple[tuple[str, str, float | None, str], ...]
    """Name, state, score and what was measured."""


@dataclass(frozen=True)
class _IssueCard:
    number: int
    finding: Finding
    when: str
    at: str
    """The time of the picture."""
    picture: str
    """A data URI; empty where there is no frame to show."""


def _score_card(score: Score) -> _ScoreCard:
    parts = tuple((title(part.name), _state(part.score), part.score, part.measured) for part in score.parts)
    return _ScoreCard(score, _state(score.value), parts)


def _state(value: float | None) -> str:
    if value is None:
        return "none"
    if value > GOLDEN_METRIC:
        return "good"
    return "fair" if value > _FAIR else "poor"


def _issue_cards(findings: Sequence[Finding]) -> Iterator[_IssueCard]:
    for number, finding in enumerate(findings, start=1):
        evidence = finding.evidence if number <= _MOST_PICTURES else None
        picture = _data_uri(evidence) if evidence else ""
        yield _IssueCard(number, finding, when(finding), clock(finding.issue.time_s or 0.0), picture)


def _data_uri(jpeg: bytes) -> str:
    """The frame, made small enough for a page; empty for bytes that are no picture."""
    small = io.BytesIO()
    try:
        with Image.open(io.BytesIO(jpeg)) as frame:
            frame.thumbnail((_EVIDENCE_PX, _EVIDENCE_PX))
            frame.convert("RGB").save(small, "JPEG", quality=80, optimize=True)
    except (UnidentifiedImageError, OSError):
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(small.getvalue()).decode('ascii')}"


def _facts(media: MediaInfo) -> Iterator[str]:
    yield f"{media.duration_s:.2f} s"
    if media.width and media.height:
        yield f"{media.width} × {media.height}"
    if media.frame_rate:
        yield f"{media.frame_rate:.3f}".rstrip("0").rstrip(".") + " fps"
    yield " + ".join(codec for codec in (media.video_codec, media.audio_codec) if codec) or media.container


def _content_security_policy(styles: str) -> str:
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
