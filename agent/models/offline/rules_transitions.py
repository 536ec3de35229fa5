"""Rules for what happens between clips."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.models.offline.edit import Transition, TransitionType
from agent.models.offline.reading import Reading, Rule, rule
from agent.models.offline.rules_fades import FADE_S
from agent.models.offline.words import TIME


def _transition(reading: Reading, match: re.Match[str]) -> None:
    words = match[0]
    length = re.search(TIME, words)
    kind: TransitionType = "dissolve"
    if "slid" in words:
        kind = "slide-from-left" if re.search(r"\bleft\b", words) else "slide-from-right"
    elif re.search(r"\b(?:black|white)\b", words):
        kind = "fade-to-white" if "white" in words else "fade-to-black"
    known = reading.edit.transition
    default_s = known.duration_s if known else FADE_S
    reading.change(transition=Transition(kind, float(length[1]) if length else default_s))
    reading.subject = "transition"
    reading.noun_in_clause = True


def _fade_between(reading: Reading, match: re.Match[str]) -> bool | None:
    if reading.subject != "transition" or not reading.noun_in_clause:
        return False
    _transition(reading, match)
    return None


def _transition_length(reading: Reading, match: re.Match[str]) -> bool | None:
    if reading.subject != "transition" or reading.edit.transition is None:
        return False
    reading.change(transition=replace(reading.edit.transition, duration_s=float(match[1])))
    return None


def _no_transition(reading: Reading, match: re.Match[str]) -> None:
    reading.change(transition=None)


_LASTING = rf"(?: (?:of|over|for|lasting|in|during) {TIME})?"
_BEFORE = r"(?:<t[\d.]+> (?:long )?)?"

TRANSITION_RULES: tuple[Rule, ...] = (
    rule(r"\b(?:remove|delete|without|no|drop) (?:the |any )?(?:transitions?|dissolves?)\b", _no_transition),
    rule(rf"{_BEFORE}\b(?:dissolv(?:e|es|ing))\b{_LASTING}", _transition),
    rule(
        rf"{_BEFORE}\bslid(?:e|es|ing)(?: transitions?)?(?: in)?"
        rf"(?: from (?:the )?(?:left|right)| (?=transition)){_LASTING}",
        _transition,
    ),
    rule(rf"{_BEFORE}\bdip(?:ping)?(?: (?:to|through|via))? (?:black|white)\b{_LASTING}", _transition),
    rule(rf"{_BEFORE}\bfad(?:e|ing) (?:to|through|via) (?:black|white)\b{_LASTING}", _fade_between),
    rule(rf"{_BEFORE}\bfad(?:e|ing)\b(?! (?:in|out|from|to)){_LASTING}", _fade_between),
    rule(rf"(?:\b(?:of|over|for|lasting|last|to|in|during) )?{TIME}(?: long)?", _transition_length),
)
