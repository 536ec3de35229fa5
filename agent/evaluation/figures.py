"""An evaluation as JSON: for programs that read it, and for the store. The frames stay out."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from agent.evaluation.values import Evaluation, Finding, Score
from agent.evaluation.verdict import ordered, outcome_of
from agent.store.columns import JsonObject, clean_json


def figures_of(evaluation: Evaluation) -> JsonObject:
    """All of it; null stands where a figure is infinite, as the loudness of silence is."""
    figures = {
        "status": outcome_of(evaluation),
        "file": evaluation.name,
        "sha256": evaluation.sha256,
        "profile": evaluation.profile,
        "golden": evaluation.golden,
        "total": evaluation.total,
        "scores": score_figures(evaluation),
        "blockers": len(evaluation.blockers),
        "findings": finding_figures(evaluation),
        "media": asdict(evaluation.media),
        "timeline": asdict(evaluation.timeline),
    }
    return cast(JsonObject, clean_json(figures))


def score_figures(evaluation: Evaluation) -> JsonObject:
    """By the metric's name: its value, its parts with what was measured, why there is none."""
    return {str(score.metric): _of_score(score) for score in evaluation.scores}


def finding_figures(evaluation: Evaluation) -> list[JsonObject]:
    """What is wrong, blockers first, with time and fix."""
    return [_of_finding(finding) for finding in ordered(evaluation.findings)]


def _of_score(score: Score) -> JsonObject:
    figures = asdict(score)
    del figures["metric"]
    return figures


def _of_finding(finding: Finding) -> JsonObject:
    return {"metric": str(finding.metric), **asdict(finding.issue), "until_s": finding.until_s}
