"""Turns a prompt into lower-case text whose numbers, times, quotes and file names are single tokens.

`Trim a.mp4 to 5 seconds, title 'Hi'` becomes `trim <f0> to <t5>, title <q0>`, and rules stay short.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

COLORS = {
    "white": "#ffffff", "black": "#000000", "red": "#ff3b30", "green": "#34c759", "blue": "#0a84ff",
    "yellow": "#ffd60a", "orange": "#ff9500", "purple": "#af52de", "pink": "#ff5fa2", "cyan": "#32d3e6",
    "magenta": "#ff2bd6", "gold": "#ffc83d", "golden": "#ffc83d", "silver": "#c8ccd0", "grey": "#8e8e93",
    "gray": "#8e8e93", "brown": "#a2673f", "lime": "#a6ff00", "teal": "#14b8a6", "navy": "#1b2a6b",
    "turquoise": "#40e0d0", "violet": "#8f6bff", "beige": "#f0e6d2", "maroon": "#8b1e3f",
}  # fmt: skip
COLOR_PATTERN = rf"(?:\b(?:{'|'.join(COLORS)})\b|<c#[0-9a-f]{{6}}>)"

TIME = r"<t(\d+(?:\.\d+)?)>"
RANGE = r"<t(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)>"

PAUSES, FILLERS = "pauses", "fillers"
"""One word for each of the many that people have for silence and for um."""
_UM = r"(?:u+m+|u+h+m*|e+rm*|a+h+|h+m+)'?s?"

_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12", "fifteen": "15", "twenty": "20", "thirty": "30", "sixty": "60",
}  # fmt: skip
_SECONDS_PER_UNIT = {"ms": 0.001, "milli": 0.001, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0}
_RATIOS = ("9:16", "16:9", "1:1", "4:5", "5:4", "4:3", "3:4", "21:9", "2:3", "3:2")

_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?"
_UNIT = r"(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m)"
_TIME = rf"(?:{_CLOCK}|\d+(?:\.\d+)?[ -]?{_UNIT}\b)"
_BOUND = rf"(?:{_CLOCK}|\d+(?:\.\d+)?(?:[ -]?{_UNIT}\b)?)"
_RANGE = re.compile(
    rf"(?:\bfrom\s+)?({_BOUND})\s*(?:-|–|—|\bto\b|\buntil\b|\btill\b|\bthrough\b)\s*({_TIME})"
)
_BETWEEN = re.compile(rf"\bbetween\s+({_BOUND})\s+and\s+({_TIME})")
_OPEN_QUOTES = '"“«„'
_QUOTED = re.compile(
    r"\"(?P<a>[^\"]+)\"|“(?P<b>[^”]+)”|«(?P<c>[^»]+)»|„(?P<d>[^“”]+)[“”]|‘(?P<e>[^’]+)’"
    r"|(?<![\w])'(?P<f>.+?)'(?![\w])"
)
_UNQUOTED = re.compile(
    r"\b(?P<lead>(?:title|text|heading|headline|lower third)s?\s*"
    r"(?::|(?:that\s+)?(?:says?|saying|reads?|reading)"
    r"|called)\s+)(?P<text>[^,.;\n]+?)(?=\s+(?:in|at|on|from|for)\s+the\b|[,.;\n]|$)",
    re.IGNORECASE,
)


@dataclass
class Tokens:
    """The prompt as tokens, and what each token stood for."""

    text: str
    quotes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)

    def readable(self, clause: str) -> str:
        """`clause` with every token replaced by the words it stood for."""
        return re.sub(r"<[^>]+>", lambda match: self.originals.get(match[0], match[0]), clause).strip()

    def replace(self, pattern: re.Pattern[str], token_of: Callable[[re.Match[str]], str | None]) -> None:
        """Puts a token in place of each match for which `token_of` gives one."""

        def substitute(match: re.Match[str]) -> str:
            token = token_of(match)
            if token is None:
                return match[0]
            self.originals[token] = match[0].strip()
            return f" {token} "

        self.text = pattern.sub(substitute, self.text)


def tokenize(prompt: str, file_names: Sequence[str]) -> Tokens:
    """Reads quotes first (their case is kept), then file names, then figures."""
    tokens = Tokens(_UNQUOTED.sub(_quote_unless_quoted, prompt))
    tokens.replace(_QUOTED, lambda match: _quote_token(tokens, match))
    _replace_files(tokens, file_names)
    tokens.text = _normalise(tokens.text)
    _replace_figures(tokens)
    tokens.text = re.sub(
        r"(<f\d+>)\s*(?:,|\band\b|\bthen\b|\bfollowed by\b|&|\+|\s)+\s*(?=<f\d+>)", r"\1+", tokens.text
    )
    tokens.text = re.sub(r"\s+", " ", tokens.text).strip()
    return tokens


def _quote_unless_quoted(match: re.Match[str]) -> str:
    if any(mark in match["text"] for mark in _OPEN_QUOTES + "'‘"):
        return match[0]
    return f'{match["lead"]}"{match["text"].strip()}"'


def _quote_token(tokens: Tokens, match: re.Match[str]) -> str:
    tokens.quotes.append(next(text for text in match.groups() if text is not None).replace("\\n", "\n"))
    return f"<q{len(tokens.quotes) - 1}>"


def _replace_files(tokens: Tokens, file_names: Sequence[str]) -> None:
    for name in sorted(file_names, key=len, reverse=True):
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)", re.IGNORECASE)

        def file_token(match: re.Match[str], name: str = name) -> str:
            if name not in tokens.files:
                tokens.files.append(name)
            return f"<f{tokens.files.index(name)}>"

        tokens.replace(pattern, file_token)


def _normalise(text: str) -> str:
    text = re.sub(r"(<[^>]+>)|([^<]+)", lambda match: match[1] or match[2].lower(), text)
    text = text.replace("’", "'").replace("×", "x")
    for word, digits in _NUMBER_WORDS.items():
        text = re.sub(rf"\b{word}(?=[ -](?:{_UNIT})\b)", digits, text)
    for pattern, replacement in _PHRASES:
        text = re.sub(pattern, replacement, text)
    return text


_PHRASES = (
    (r"\bhalf[ -](?:a )?second\b", "0.5 seconds"),
    (r"\b(first|last|final|opening) second\b", r"\1 1 second"),
    (
        r"\bseconds? (\d+(?:\.\d+)?) (to|until|through|-) (?:second )?(\d+(?:\.\d+)?)\b(?! ?s)",
        r"\1 \2 \3 seconds",
    ),
    (r"\bcaption(?= *<q)", "text"),
    (r"\b(?:a|an) (?=(?:second|minute)\b)", "1 "),
    (r"\bblack(?:[ -]and[ -]|\s*&\s*)white\b|\bb\s*&\s*w\b|\bb/w\b", "monochrome"),
    (r"\bslide[ -]show\b", "slideshow"),
    (r"\blower[ -]thirds?\b", "lowerthird"),
    (r"\b(fad(?:e|es|ing)) (it|them|the \w+) (in and out|in|out)\b", r"\1 \3 \2"),
    (r"\b(fad(?:e|es|ing))[ -]in(?: and |/| & )(?:(?:fad(?:e|es|ing))[ -])?out\b", r"\1 in-out"),
    (r"\bfad(?:es|ing)[ -]?(in|out)\b", r"fading \1"),
    (r"\bfade[ -]?(in|out)s?\b", r"fade \1"),
    (r"\bfad(?:es|ed)\b", "fading"),
    (r"\bcross[ -](fad(?:e|es|ing)|dissolves?)\b", "dissolve"),
    (r"\bcrossfad(?:e|es|ing)\b", "dissolve"),
    (r"\b(picture|video|image) and (?:the )?(sound|audio)\b", "everything"),
    (r"\b(sound|audio) and (?:the )?(picture|video|image)\b", "everything"),
    (
        r"\b(replace|change|swap) (?:the )?(?:original )?(?:sound|audio)(?: ?track)? (?:with|to|by)\b",
        "mute, music",
    ),
    (r"\b(replace|change|rename|turn)\b([^,.;]*?)\s(?:with|by|into)\s+(?=<q)", r"\1\2 to "),
    (r"\bout of\b", "of"),
    (
        r"\b(?:(?:long|awkward|empty|dead) )?"
        r"(?:silences|pauses|silent (?:parts|gaps|bits|stretches|passages)|dead air)\b",
        PAUSES,
    ),
    (
        r"\b(remove|cut|delete|drop|trim|without|no|put|take)( out)?( the| all| any)? (?:silence|pause)\b",
        rf"\1\2\3 {PAUSES}",
    ),
    (rf"\b(?:filler[ -]?words?|fillers|{_UM}(?:(?:, | and | or |, and | & ){_UM})*)\b", FILLERS),
    (rf"\b({PAUSES}|{FILLERS})(?:,|,? and|,? or| &)(?: the| all| any)* ({PAUSES}|{FILLERS})\b", r"\1+\2"),
    (r"\b(?:caption|subtitle)(?= (?:it|this|that|them|the|my|everything)\b(?! *<q))", "captions"),
    (r"^(?:caption|subtitle)$", "captions"),
    (r"\bcaptioned\b|\bsubtitled\b", "with captions"),
    (r"\b(?:caption|subtitle)(?= (?:style|preset|look)\b)", "captions"),
)


def _replace_figures(tokens: Tokens) -> None:
    tokens.replace(re.compile(r"#[0-9a-f]{6}\b"), lambda match: f"<c{match[0]}>")
    ratios = "|".join(_RATIOS)
    tokens.replace(
        re.compile(rf"(?<![\d:.])(?:{ratios})(?![\d:])"), lambda match: f"<r{match[0].replace(':', 'x')}>"
    )
    tokens.replace(re.compile(r"\b(\d{2,4})\s?x\s?(\d{2,4})\b"), lambda match: f"<z{match[1]}x{match[2]}>")
    tokens.replace(
        re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent\b|per cent\b)"), lambda match: f"<p{match[1]}>"
    )
    tokens.replace(
        re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?)\s*(?:°|degrees?\b|deg\b)"), lambda match: f"<d{match[1]}>"
    )
    tokens.replace(re.compile(r"(\d+(?:\.\d+)?)[ -]?(?:px|pixels?)\b"), lambda match: f"<x{match[1]}>")
    tokens.replace(_BETWEEN, _range_token)
    tokens.replace(_RANGE, _range_token)
    tokens.replace(re.compile(_TIME), lambda match: f"<t{_plain(seconds(match[0]))}>")


def _range_token(match: re.Match[str]) -> str | None:
    start, end = match[1], match[2]
    end_s = seconds(end)
    unit = re.search(r"[a-z]+", end)
    start_s = seconds(start) if re.search(r"[a-z:]", start) else seconds(start + (unit[0] if unit else "s"))
    return f"<t{_plain(start_s)}..{_plain(end_s)}>" if start_s < end_s else None


def seconds(text: str) -> float:
    """`1:05`, `90 s`, `1.5 minutes` or `500ms` in seconds."""
    if ":" in text:
        total = 0.0
        for part in text.split(":"):
            total = total * 60 + float(part)
        return total
    match = re.match(r"(\d+(?:\.\d+)?)[ -]?([a-z]+)", text)
    if match is None:
        raise ValueError(f"Expected a time, got {text!r}")
    unit = match[2]
    key = next(name for name in ("milli", "ms", "min", "m", "s") if unit.startswith(name))
    return round(float(match[1]) * _SECONDS_PER_UNIT[key], 3)


def _plain(number: float) -> str:
    return f"{number:g}"
