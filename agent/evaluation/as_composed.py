"""What blocks a foreign file, of which nobody knows what it was meant to be, and not one of our own."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.browser.protocol import CompositionSummary
from agent.critic.timeline import audible_clips
from agent.domain import Asset, Severity
from agent.errors import MediaToolFailed
from agent.evaluation.sounding import sounding_s
from agent.evaluation.subject import Subject
from agent.evaluation.total import is_golden
from agent.evaluation.values import Evaluation, Finding
from agent.media.analysis.analyst import Analyst, Footage
from agent.media.analysis.values import Span

log = logging.getLogger(__name__)

SEEN = frozenset({"black", "frozen"})
SILENT = "silent"
LOST_S = 0.5
"""So much of what is to be heard in a silence is no pause between two words."""


async def as_composed(found: Evaluation, subject: Subject, analyst: Analyst) -> Evaluation:
    """What the composition itself shows or leaves silent forbids nothing; a sound that was lost does.

    Footage may stand still or be dark: the critic has seen it and let it pass, and the file was held against
    the approved frames. Nobody has heard it: it may be silent only where the footage that plays is.
    """
    summary, silent = subject.summary, [one for one in found.findings if one.issue.code == SILENT]
    assert summary is not None, "the file was made from it"
    waveforms = await _waveforms(summary, subject.assets, analyst) if silent else {}
    findings = tuple(_held_to(finding, summary, waveforms) for finding in found.findings)
    return replace(found, findings=findings, golden=is_golden(found.scores, findings))


def _held_to(
    finding: Finding, summary: CompositionSummary, waveforms: Mapping[str, Sequence[float]]
) -> Finding:
    issue = finding.issue
    if issue.code == SILENT:
        span = Span(issue.time_s or 0.0, finding.until_s or summary.duration_seconds)
        if sounding_s(summary, waveforms, span) >= LOST_S:
            fix = "What plays there can be heard in the footage: its sound was lost. Render it again."
            return replace(finding, issue=replace(issue, suggested_fix=fix))
    elif issue.code not in SEEN:
        return finding
    return replace(finding, issue=replace(issue, severity=Severity.WARNING))


async def _waveforms(
    summary: CompositionSummary, assets: Sequence[Asset], analyst: Analyst
) -> dict[str, Sequence[float]]:
    """Of each asset that is heard, by its name; one that cannot be listened to is left out."""
    heard = {clip.asset for clip in audible_clips(summary)}
    found: dict[str, Sequence[float]] = {}
    for asset in assets:
        if asset.name not in heard or asset.media is None:
            continue
        try:
            sound = await analyst.sound(Footage.of(asset))
        except MediaToolFailed as exc:
            log.warning(
                "not heard", extra={"action": "waveform_failed", "asset": asset.name, "why": str(exc)}
            )
            continue
        found[asset.name] = sound.waveform if sound else ()
    return found
