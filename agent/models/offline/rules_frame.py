"""Rules for the frame: aspect ratio, size, how the footage fills it, and colour effects."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from agent.models.offline.edit import Effect, EffectType
from agent.models.offline.reading import NotUnderstoodError, Reading, Rule, rule

_NAMED_RATIOS = {
    "vertical": (9, 16), "portrait": (9, 16), "upright": (9, 16), "shorts": (9, 16), "reel": (9, 16),
    "reels": (9, 16), "tiktok": (9, 16), "stories": (9, 16), "story": (9, 16), "square": (1, 1),
    "landscape": (16, 9), "horizontal": (16, 9), "widescreen": (16, 9),
}  # fmt: skip
_VINTAGE = (Effect("sepia", 35), Effect("contrast", 110), Effect("saturate", 80))
_EFFECT_NAMES = {
    "blur": "blur", "blurred": "blur", "blurry": "blur", "brightness": "brightness", "contrast": "contrast",
    "saturation": "saturate", "saturate": "saturate", "sepia": "sepia", "monochrome": "grayscale",
    "grayscale": "grayscale", "greyscale": "grayscale", "inverted": "invert", "invert": "invert",
    "negative": "invert", "hue": "hue-rotate", "vintage": "vintage", "retro": "vintage",
}  # fmt: skip
_DEFAULTS: dict[EffectType, float] = {
    "grayscale": 100,
    "sepia": 100,
    "blur": 8,
    "invert": 100,
    "hue-rotate": 90,
}
_AROUND_100 = ("brightness", "contrast", "saturate")
_LESS = re.compile(r"\b(?:lower|reduce|decrease)\b")
_MAX_SIDE_PX = 4096


def _ratio(reading: Reading, match: re.Match[str]) -> None:
    width, height = match[1].split("x")
    _set_canvas(reading, ratio=(int(width), int(height)), size=None)


def _named_ratio(reading: Reading, match: re.Match[str]) -> None:
    _set_canvas(reading, ratio=_NAMED_RATIOS[match[1]], size=None)


def _size(reading: Reading, match: re.Match[str]) -> None:
    width, height = int(match[1]), int(match[2])
    if max(width, height) > _MAX_SIDE_PX or min(width, height) < 16:
        raise NotUnderstoodError(
            f"a frame of {width}x{height} is out of range: 16 to {_MAX_SIDE_PX} pixels a side"
        )
    _set_canvas(reading, size=(width, height), ratio=None)


def _contain(reading: Reading, match: re.Match[str]) -> None:
    _set_canvas(reading, fit="contain")


def _cover(reading: Reading, match: re.Match[str]) -> None:
    _set_canvas(reading, fit="cover")


def _set_canvas(reading: Reading, **fields: object) -> None:
    canvas = replace(reading.edit.canvas, **fields)  # type: ignore[arg-type]  # names are Canvas's own
    reading.change(canvas=canvas)
    reading.subject = "footage"


def _effect(reading: Reading, match: re.Match[str]) -> None:
    name = _EFFECT_NAMES[match["name"]]
    if name == "vintage":
        _set_effects(reading, *_VINTAGE)
        return
    kind: EffectType = name  # type: ignore[assignment]  # the table's values are effect types
    amount = match["before"] or match["after"]
    if amount is None and kind not in _DEFAULTS:
        raise NotUnderstoodError(f"say how much {match['name']}, as in: {match['name']} 120%")
    value = float(re.findall(r"-?[\d.]+", amount)[0]) if amount else _DEFAULTS[kind]
    if kind in _AROUND_100 and re.search(r"\bby <p", match[0]):
        value = _current(reading, kind) + (-value if _LESS.search(match[0]) else value)
    _set_effects(reading, Effect(kind, value))


def _current(reading: Reading, kind: EffectType) -> float:
    return next((known.value for known in reading.edit.effects if known.type == kind), 100.0)


_COMPARATIVES: dict[str, Effect] = {
    "brighter": Effect("brightness", 125),
    "lighter": Effect("brightness", 125),
    "darker": Effect("brightness", 75),
    "dimmer": Effect("brightness", 75),
    "more contrast": Effect("contrast", 130),
    "less contrast": Effect("contrast", 75),
    "more saturated": Effect("saturate", 150),
    "more colourful": Effect("saturate", 150),
    "more colorful": Effect("saturate", 150),
    "more vivid": Effect("saturate", 150),
    "vivid": Effect("saturate", 150),
    "less saturated": Effect("saturate", 60),
    "desaturated": Effect("saturate", 40),
    "desaturate": Effect("saturate", 40),
}


def _comparative(reading: Reading, match: re.Match[str]) -> None:
    effect = _COMPARATIVES[match["name"]]
    factor = effect.value
    if match["percent"]:
        factor = 100 + math.copysign(float(match["percent"]), effect.value - 100)
    _set_effects(reading, Effect(effect.type, round(_current(reading, effect.type) * factor / 100)))


def _set_effects(reading: Reading, *effects: Effect) -> None:
    kinds = {effect.type for effect in effects}
    others = tuple(known for known in reading.edit.effects if known.type not in kinds)
    reading.change(effects=(*others, *effects))
    reading.subject = "footage"


def _remove_effect(reading: Reading, match: re.Match[str]) -> None:
    name = _EFFECT_NAMES.get(match[1])
    if name is None or name == "vintage":
        reading.change(effects=())
    else:
        reading.change(effects=tuple(known for known in reading.edit.effects if known.type != name))


def _in_colour(reading: Reading, match: re.Match[str]) -> None:
    reading.change(
        effects=tuple(known for known in reading.edit.effects if known.type not in ("grayscale", "sepia"))
    )


_AMOUNT = r"<[pxd]-?[\d.]+>"
_NAMES = "|".join(sorted(_EFFECT_NAMES, key=len, reverse=True))
_COMPARATIVE_NAMES = "|".join(sorted(_COMPARATIVES, key=len, reverse=True))
_RATIO_NAMES = "|".join(sorted(_NAMED_RATIOS, key=len, reverse=True))
_FORMAT = r"(?: (?:format|aspect(?: ratio)?|ratio|crop|frame|video|version|mode)\b)?"

FRAME_RULES: tuple[Rule, ...] = (
    rule(
        rf"\b(?:remove|without|no|drop|undo)(?: the| any| all)? ({_NAMES}|effects?|filters?)\b",
        _remove_effect,
    ),
    rule(r"\b(?:back )?in (?:full )?colou?r(?: again)?\b", _in_colour),
    rule(rf"(?:\b(?:aspect )?ratio (?:of |to )?)?<r(\d+x\d+)>{_FORMAT}", _ratio),
    rule(rf"\b(?:instagram |youtube )?({_RATIO_NAMES})\b{_FORMAT}", _named_ratio),
    rule(r"<z(\d+)x(\d+)>", _size),
    rule(
        r"\b(?:letter-?box(?:ed|ing)?|pillar-?box(?:ed)?|contain(?:ed)?|black bars|bars"
        r"|(?:without|no|don't|not) crop(?:ping)?|fit(?:ted|ting)?(?: (?:inside|in|within)(?: the frame)?)?"
        r"|(?:the )?whole (?:picture|frame|image)(?: visible)?)\b",
        _contain,
    ),
    rule(
        r"\b(?:cover(?:ed|ing)?|fill(?:ed|ing)?(?: the frame| the screen)?|crop(?:ped|ping)?(?: to fill)?"
        r"|zoom(?:ed)? to fill)\b",
        _cover,
    ),
    rule(
        r"(?:<p(?P<percent>[\d.]+)> )?\b(?:much |a bit |a little |slightly )?"
        rf"(?P<name>{_COMPARATIVE_NAMES})\b",
        _comparative,
    ),
    rule(
        rf"(?P<before>{_AMOUNT} )?"
        r"\b(?:(?:rotate|shift|change|raise|lower|increase|decrease|reduce|set|turn) (?:the )?)?"
        rf"(?P<name>{_NAMES})\b(?: (?:filter|effect|look|colou?rs?))?"
        r"(?: (?:the |of the )?(?:video|clip|footage|picture|everything))?(?: (?:of|to|by|at|radius))?"
        rf"(?P<after> {_AMOUNT})?",
        _effect,
    ),
)
