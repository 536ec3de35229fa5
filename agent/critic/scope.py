"""What of the picture a follow-up may change: read from what its verbs are about, not from where that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.critic.named import SPAN, TIME, WORDS, has_unit, named_request, seconds


@dataclass(frozen=True)
class Scope:
    """What of the picture a follow-up may change; in `spans` of the video it may change all."""

    texts: bool = False
    insets: bool = False
    spans: tuple[tuple[float, float], ...] = ()


_QUOTE = "quoted"
"""Stands for words in quotes."""
_FILES = (
    (r"[\w.-]*(?:logo|watermark)[\w-]*\.(?:png|jpe?g|gif|webp|svg)", "logo"),
    (r"[\w.-]+\.(?:mp4|mov|mkv|webm|avi|m4v|png|jpe?g|gif|webp|svg|heic)", "clip"),
    (r"[\w.-]+\.(?:mp3|wav|m4a|aac|flac|ogg|opus)", "music"),
    (r"[\w.-]+\.(?:srt|vtt)", "captions"),
    (r"[\w.-]+\.(?:ttf|otf|woff2?)", "font"),
)
"""Files are called by what they are."""

_TEXT = (
    r"\b(?:(?:sub-?)?titles?|texts?|captions?|lower[ -]thirds?|headings?|headlines?|fonts?|words?|letters?"
    r"|typo|spelling|reads?|says?|plates?|box(?:es)?)\b"
)
_SOUND = (
    r"\b(?:music|sounds?|audio|volume|loud(?:er|ness)?|quiet(?:er)?|silent|mute\w*|unmute|voice|song"
    r"|soundtrack)\b"
)
_INSET = r"\b(?:logo|watermark|inset|picture.in.picture|pip|emblem|sticker)\b"
_LIMITED = rf"(?:{_TEXT}|{_SOUND}|{_INSET})"

_THING = (
    r"\b(?:clips?|shots?|footage|videos?|scenes?|pictures?|films?|movies?|images?|photos?|frames?|screens?"
    r"|slides?|cards?|areas?|beginning|start|end|ending|middle|intro|outro|parts?|sections?|segments?|moments?"
    r"|passages?|colou?rs|background|speech|talk|rest|remainder|whole|entire|everything|things?|people|person|face)\b"
)
"""What is seen of the video, and its parts."""
_EFFECT = (
    r"\b(?:blur\w*|bright\w*|dark\w*|dim\w*|contrast|satur\w*|black.and.white|grayscale|sepia|hue|tint\w*"
    r"|warm\w*|cold\w*|cool\w*|vivid|grain\w*|sharp\w*|invert\w*|grad\w*|filters?|vignette|effects?|fad\w*"
    r"|zoom\w*|rotat\w*|flip\w*|mirror\w*|retro|vintage|cinematic|style\w*|looks?)\b"
)
"""Makes the picture another one where it is."""
_REMAKE = (
    r"\b(?:trim\w*|shorten\w*|cuts?|cutting|long|longer|shorter|length\w*|duration|extend\w*|stretch\w*"
    r"|shrink\w*|scale|double|crop\w*|square|vertical|portrait|landscape|aspect|resolution|speed\w*|slow\w*"
    r"|fast\w*|revers\w*|order|swap\w*|replac\w*|instead of|transitions?|dissolv\w*|tight\w*|paus\w*"
    r"|silences?|fillers?|ums?|breath\w*|loop\w*|freez\w*|split|begin\w*|start\w*|border|beats?|sync\w*|rhythm|tempo"
    r"|where|when|he|she|fps|\d+p|4k)\b"
    r"|\d:\d"
    r"|\b(?:remove|delete|drop|take out|get rid of)\b.{0,20}\bwords?\b"
    rf"|\ball\b(?! (?:of )?(?:the |my )?{_LIMITED})|{TIME}(?<=[a-z])|\b(?:first|last) (?:few )?seconds?\b"
)
"""Makes another order, length or frame, or cannot be told from that."""

_DETERMINER = r"(?:(?:all|both|each|every|the|an?|this|that|its|my|our|their|his|her)\s){0,2}"
_ADJECTIVES = (
    r"(?:(?:very|first|second|third|fourth|fifth|last|final|next|previous|other|whole|entire|opening|closing"
    r"|new|old|big|small|same|background|\d+(?:st|nd|rd|th))\s){0,3}"
)
_A_THING = rf"{_DETERMINER}{_ADJECTIVES}{_THING}"
_A_LIMITED = rf"{_DETERMINER}{_ADJECTIVES}{_LIMITED}"
_A_BIT = (
    r"(?:\s(?:a|bit|little|lot|much|slightly|even|far|too|is|are|should|to|be|more|less|look|appear"
    r"|come)){0,3}"
)
_ADDS = re.compile(
    r"\b(?:add|insert|append|put|place|show|include|have|want|remove|delete|drop|hide|get rid of)\b"
    rf"|^(?:an?\s)?{_TEXT}",
    re.I,
)
"""Something comes or goes; a text without a verb comes."""
_AT_AN_END = rf"\b(?:at|to|on|for|in)\s{_DETERMINER}(?:very\s)?(?:beginning|start|end|ending|intro|outro)\b"

# A picture that is there already: "on the beach scene", not "on a black screen" or "on its own slide".
_KNOWN_THING = rf"(?!an?\s){_DETERMINER}{_ADJECTIVES}(?:(?!{_LIMITED}|an?\s|own\s)\w+\s)?{_THING}"
_WHERE = re.compile(
    r"\b(?:of|in|inside|at|on|onto|over|under|during|throughout|for|to|until|till|from|through|across|near"
    rf"|within|into)\s(?:{_KNOWN_THING}|(?:the (?:first|last) )?{TIME}"
    r"|(?:the )?(?:first|last) (?:few )?seconds?\b)"
    rf"|\b(?:after|by)\s{TIME}",
    re.I,
)
_BESIDE = re.compile(
    r"\b(?:around|behind|under|below|above|over|beside|beneath|next to|before|after|except(?: for)?"
    rf"|apart from|besides|like|with)\s{_A_LIMITED}",
    re.I,
)
_OF_LIMITED = re.compile(
    # The picture's own: "the video's sound", "mute the clip", "the clip a bit louder".
    rf"{_A_THING}(?:'s)?(?=\s(?:titles?|texts?|captions?|music|sounds?|audio|volume|soundtrack|song)\b)"
    rf"|(?<=mute\s)(?:{_A_THING}|(?:the )?(?:first|last) {TIME})"
    rf"|(?:{_A_THING}|\b(?:it|them)\b)(?={_A_BIT}\s(?:louder|quieter|silent)\b)"
    # What is done to a text or sound is done to nothing else: "fade out the music", "the style of the title".
    r"|\b(?:fad\w+|start|begin|end|replace|swap|slow|brighten|darken|brighter|darker|bright|dark)"
    rf"(?:\s(?:in|out|up|down))?\s(?={_A_LIMITED})"
    rf"|\b(?:styles?|looks?|start|end|beginning|brightness|contrast|fad\w+)\s(?:of|from)\s(?={_A_LIMITED})"
    rf"|\binstead of\s(?={_QUOTE}|{_A_LIMITED})",
    re.I,
)
_AFTER_LIMITED = re.compile(
    rf"({_LIMITED}{_A_BIT})\s(?:brighter|darker|bright|dark|slower|faster|fad\w+|start\w*|begin\w*|ends?|styles?"
    r"|looks?|instead|in (?:an? |the )?\w+ style)\b",
    re.I,
)
_REWORDED = re.compile(rf"\b(replace|change|swap|correct)\s{_QUOTE}\s(?:with|by|to|into|for)\s{_QUOTE}", re.I)
_KEPT = re.compile(
    r"\b(?:leave|keep)\s(?:the rest|everything|all|the others?)(?: else)?(?: of the video)?$"
    r"|\b(?:leave|keep)\b(?! (?:out|off)\b).{0,80}?\b(?:as (?:it|they|is)(?: (?:is|are|was|were))?|unchanged"
    r"|untouched|alone|the same|intact)\b"
    r"|\b(?:do not|don't|without) (?:chang|touch|alter|affect)\w*[^,]*"
    r"|\b(?:everything|all|the rest|nothing)\b.{0,60}\b(?:stays?|remains?|should change|as (?:it|before))\b"
    r"[^,]*"
    r"|\b(?:nothing else|no other changes?)\b",
    re.I,
)
_VERB = (
    r"(?:make|turn|set|change|add|put|insert|append|remove|delete|drop|move|fix|correct|mute|crop|cut|trim|speed"
    r"|slow|fade|replace|swap|use|start|begin|end|show|hide|zoom|rotate|flip|mirror|reverse|blur|brighten|darken"
    r"|shorten|extend|keep|leave|do|don't|let|give|increase|decrease|lower|raise|reduce|apply|play|stop|get|take"
    r"|bring|align|cent(?:er|re))\b"
)
_BETWEEN = re.compile(
    r"[.;!?\n]+|(?:,|\s[-–—]\s|\b(?:and|then|but|also|plus)\b)"
    rf"(?:[\s,]*\b(?:and|then|but|also|please|now|just|only|finally)\b)*[\s,]*(?={_VERB})",
    re.I,
)
_COURTESY = re.compile(
    r"^(?:[\s,]*\b(?:and|but|then|so|now|also|just|only|ok(?:ay)?|please)\b)+"
    r"|\b(?:please|thanks?|thank you|and|but)[\s,]*$",
    re.I,
)
_ARTICLE = re.compile(r"\s*(?:an?|the|some|more|another)\s(?!bit|little)", re.I)
_FROM_TO = re.compile(rf"(?:\b(?:from|between)\s)?{SPAN}", re.I)
_IS_AT = re.compile(r"(?:of|in|at|on)\b", re.I)
_PRONOUN = re.compile(r"(?<!give )\b(?:it|them)\b", re.I)


def scope_of(request: str) -> Scope | None:
    """What *request* is about, where that is texts, sound, an inset or a part; None: it may be anything.

    Every clause has to be about one of them: what is not understood may change the whole picture.
    """
    clauses = list(_clauses(_with_nouns(request)))
    spans: list[tuple[float, float]] = []
    for number, clause in enumerate(clauses):
        times = [match for match in _FROM_TO.finditer(clause) if has_unit(match[0])]
        about = _without_where(_FROM_TO.sub(lambda match: " " if has_unit(match[0]) else match[0], clause))
        if not (_is_limited(about, follows=number > 0) or (times and _is_effect(about))):
            return None
        spans += [(seconds(match[1]), seconds(match[2])) for match in times]
    named = " ".join(clauses)
    return Scope(_has(_TEXT, named), _has(_INSET, named), tuple(spans)) if clauses else None


def _with_nouns(request: str) -> str:
    """The request with nouns for files and a mark for quoted words; exchanged words are a text."""
    for pattern, noun in _FILES:
        request = re.sub(rf"(?<![\w.-]){pattern}\b", noun, request, flags=re.I)
    marked = re.sub(WORDS, f" {_QUOTE} ", named_request(request, ()).text)
    return _REWORDED.sub(r"\1 text", re.sub(r"[ \t]+", " ", marked))


def _clauses(text: str) -> Iterator[str]:
    """What is to be done, verb by verb, without what is to stay; `at the end,` goes with what follows."""
    where = ""
    for part in _BETWEEN.split(text):
        clause = _words(_COURTESY.sub(" ", _KEPT.sub(" ", f"{where} {part}")))
        where = clause if clause and not _without_where(clause) else ""
        if clause and not where:
            yield clause


def _without_where(clause: str) -> str:
    """The clause without the places and times of a text, a sound or an inset, or of `it`.

    A text that comes or goes at an end of the video may do so with a picture of its own.
    """
    adds_text = _ADDS.search(clause) is not None and _has(_TEXT, clause)

    def is_new(where: str) -> bool:
        return adds_text and re.fullmatch(_AT_AN_END, where, re.I) is not None

    while (first := _WHERE.match(clause)) and not is_new(first[0]):
        clause = _words(clause[first.end() :])
    limited, pronoun = re.search(_LIMITED, clause, re.I), _PRONOUN.search(clause)

    def left(match: re.Match[str]) -> str:
        of_limited = limited is not None and limited.start() < match.start()
        of_it = pronoun is not None and pronoun.start() < match.start() and _IS_AT.match(match[0])
        return " " if (of_limited or of_it) and not is_new(match[0]) else match[0]

    return _words(_WHERE.sub(left, clause))


def _is_limited(about: str, *, follows: bool) -> bool:
    """Whether nothing but a text, a sound or an inset changes; `it` is what an earlier clause was about."""
    objects = _AFTER_LIMITED.sub(r"\1", _OF_LIMITED.sub(" ", _BESIDE.sub(" ", about)))
    if any(_has(pattern, objects) for pattern in (_THING, _EFFECT, _REMAKE)):
        return False
    if _ADDS.search(objects) and _names_another(objects):
        return False
    limited, pronoun = re.search(_LIMITED, objects, re.I), _PRONOUN.search(objects)
    if pronoun is None or follows:
        return limited is not None or pronoun is not None
    return limited is not None and limited.start() < pronoun.start()


def _names_another(objects: str) -> bool:
    """Whether there is more than texts, sounds and insets, as in `a title, large, and a rainbow`."""
    first, *others = re.split(r",|\b(?:and|plus)\b", objects)
    named = [first, *(part for part in others if _ARTICLE.match(part))]
    return any(not (_has(_LIMITED, part) or _PRONOUN.search(part) or _QUOTE in part) for part in named)


def _is_effect(about: str) -> bool:
    """Whether the picture becomes another where it is, and nothing moves in time."""
    return _has(_EFFECT, about) and not _has(_REMAKE, about)


def _has(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.I) is not None


def _words(text: str) -> str:
    return " ".join(text.split()).strip(" ,:-")
