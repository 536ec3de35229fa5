"""Fades, transitions, captions and looks that the request speaks of."""

from __future__ import annotations

import re

from agent.critic.named import NEITHER, WORDS, NamedRequest

DISSOLVE = frozenset({"dissolve"})
SLIDE = frozenset({"slide-from-left", "slide-from-right"})
THROUGH_PLAIN = frozenset({"fade-to-black", "fade-to-white"})
_TRANSITIONS = (
    (re.compile(r"\bdissolv|\bcross[\s-]?(?:fad|dissolv)", re.IGNORECASE), DISSOLVE),
    (re.compile(r"\bfad\w* (?:through|via) (?:black|white)", re.IGNORECASE), THROUGH_PLAIN),
    (
        re.compile(
            r"\ba slide (?!show)|\bslid(?:e|es|ing) (?:from|between|to the|transition)", re.IGNORECASE
        ),
        SLIDE,
    ),
)
_NO_TRANSITION = re.compile(
    r"\b(?:no|without|remove)\b[^,.;]{0,20}\b(?:dissolve|transition|fade|slide)", re.I
)
_FADE = re.compile(r"\bfad(?:e|es|ed|ing)\b", re.IGNORECASE)
_NO_FADE = re.compile(r"\b(?:no|without|remove|not|don't)\b[^,.;]{0,20}\bfad", re.IGNORECASE)
_TEXT_FADES = re.compile(
    rf"{WORDS}{NEITHER}{{0,60}}?(?:[.;]\s+it {NEITHER}{{0,10}}?)?\bfad(?:e|es|ing)\b", re.I
)
_FROM_PLAIN = re.compile(r"\bfad\w* (?:in )?from (?:black|white)", re.IGNORECASE)
_TO_PLAIN = re.compile(r"\bfad\w* (?:out )?to (?:black|white)\b(?! between)", re.IGNORECASE)
_CAPTIONS = re.compile(
    rf"\b(?:captions?|captioned|subtitles?|subtitled)\b(?!\s?(?:that says|saying|says|:)?\s?{WORDS})",
    re.IGNORECASE,
)
_NO_CAPTIONS = re.compile(
    r"\b(?:no|without|remove|delete|not|don't|hide)\b[^,.;]{0,20}\b(?:caption|subtitle)", re.IGNORECASE
)
_LIBERTIES = {
    "colour": r"black.and.white|\bb&w\b|monochrom|gr[ae]y|\bsepia|\btint|\bcolou?r|\bgrad(?:e|ing)|\bretro"
    r"|\bvintage|\bwarm|\bcold|\bcool|saturat|vibran|\bbright|\bdark|\bcontrast|exposure|\bfilter|\binvert"
    r"|\bnegative|\bnoir|\bneon|\bday|\bnight|\bdim\b|\bold\b|\blooks?\b|\bmood|overlay",
    "turn": r"rotat|\bturn|upside|\bflip|\bmirror|\btilt|\bspin|\bdegrees?\b|\bsideways|orientation",
    "shape": r"stretch|squeez|squash|distort|\bwarp|anamorphic|widen",
    "repeat": r"\bloop|\brepeat|\bagain\b|\btwice\b|\btimes\b|\breplay|boomerang|\becho|\bbounc|montage",
    "blur": r"blur|\bfocus|\bsoft|\bdream|\bfrosted|\bbackground",
    "still": r"\bfreez|\bfrozen|\bhold|\bstill|\bpaus|screen recording|\bslides?\b",
    "quick": r"\bflash|\bstrob|\bglitch|\bflicker|\bquick|\bfast|\bbeats?\b|\brapid|\bstutter|\bblink"
    r"|\bsnappy|\bpunchy",
}
_ANYTHING = re.compile(
    r"\beffects?\b|\bstyl|\bvibe|\baesthetic|\bcreativ|\bcrazy|\bwild|\bpsychedelic|\bartistic",
    re.IGNORECASE,
)


def stated_transitions(request: NamedRequest) -> frozenset[str]:
    """Types of core's that can be meant, where one sort is named."""
    if _NO_TRANSITION.search(request.bare):
        return frozenset()
    found = [types for pattern, types in _TRANSITIONS if pattern.search(request.bare)]
    return found[0] if len(found) == 1 else frozenset()


def fading_texts(request: NamedRequest) -> tuple[str, ...]:
    """Quoted words that are to come or go by a fade."""
    if _NO_FADE.search(request.bare) or _FROM_PLAIN.search(request.bare) or _TO_PLAIN.search(request.bare):
        return ()
    return tuple(request.words[int(match[1])] for match in _TEXT_FADES.finditer(request.text))


def states_fade(request: NamedRequest) -> bool:
    """Whether something is to fade."""
    return _FADE.search(request.bare) is not None and not _NO_FADE.search(request.bare)


def fades_from_plain(request: NamedRequest) -> bool:
    """Whether the video is to begin in black or white."""
    return _FROM_PLAIN.search(request.bare) is not None


def fades_to_plain(request: NamedRequest) -> bool:
    """Whether it is to end so."""
    return _TO_PLAIN.search(request.bare) is not None


def states_captions(request: NamedRequest) -> bool:
    """Whether what is said is to be read; a caption in quotes is a text."""
    return _CAPTIONS.search(request.text) is not None and not _NO_CAPTIONS.search(request.bare)


def liberties(request: NamedRequest) -> frozenset[str]:
    """Ways to treat footage that the request speaks of."""
    if _ANYTHING.search(request.bare):
        return frozenset(_LIBERTIES)
    found = (name for name, words in _LIBERTIES.items() if re.search(words, request.bare, re.IGNORECASE))
    return frozenset(found)
