"""What a prompt was understood to ask for, as frozen values that a program can carry in its first line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from agent.media.caption_styles import CaptionPreset

Place = Literal[
    "center",
    "top",
    "bottom",
    "left",
    "right",
    "top-left",
    "top-right",
    "bottom-left",
    "bottom-right",
    "below-center",
]
TransitionType = Literal["dissolve", "slide-from-right", "slide-from-left", "fade-to-black", "fade-to-white"]
EffectType = Literal[
    "grayscale", "sepia", "blur", "brightness", "contrast", "saturate", "invert", "hue-rotate"
]

HEADER = "// roughcut-edit: "


@dataclass(frozen=True)
class Cut:
    """Keeps or removes `start_s`..`end_s` of the footage; `end_s` None means its end.

    With `from_end` both count backwards from the end. `target` is an asset's name, `*` for each clip by
    itself, or None for the joined footage.
    """

    action: Literal["keep", "remove"]
    start_s: float = 0.0
    end_s: float | None = None
    from_end: bool = False
    target: str | None = None


@dataclass(frozen=True)
class Text:
    """A title or a lower third. Without times it is shown throughout; `length_s` counts from `start_s`,
    or from the end of the video backwards if `at_end`.
    """

    text: str
    style: Literal["title", "lower-third"] = "title"
    place: Place = "center"
    color: str = "#ffffff"
    scale: float = 1.0
    size_px: float | None = None
    max_width_percent: int = 84
    start_s: float | None = None
    end_s: float | None = None
    length_s: float | None = None
    at_end: bool = False
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    italic: bool = False
    uppercase: bool = False
    plate: str | None = None
    outline: str | None = None
    clear_of_mark: bool = False


@dataclass(frozen=True)
class Canvas:
    """The frame: a ratio that takes its size from the footage, or an exact size."""

    ratio: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    fit: Literal["cover", "contain"] = "cover"


@dataclass(frozen=True)
class Transition:
    """How each clip gives way to the next."""

    type: TransitionType = "dissolve"
    duration_s: float = 1.0


@dataclass(frozen=True)
class Sound:
    """Volume (0-1) and fades of the footage's own sound or of the music."""

    volume: float | None = None
    muted: bool = False
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0


@dataclass(frozen=True)
class Logo:
    """An image over the video; `asset` None: the one image that can be meant."""

    asset: str | None = None
    place: Place = "top-right"
    opacity: float = 100.0
    width_percent: float = 14.0


@dataclass(frozen=True)
class Effect:
    """A filter over all footage, in core's units (percent, pixels for blur, degrees for hue)."""

    type: EffectType
    value: float


@dataclass(frozen=True)
class Speech:
    """What is taken out of what is said: pauses over `longest_pause_s`, filler words. None leaves them in."""

    longest_pause_s: float | None = None
    fillers_removed: bool = False


@dataclass(frozen=True)
class Level:
    """How loud the delivered file is: `lufs` (None: as usual), and `raised_lu` over that."""

    lufs: float | None = None
    raised_lu: float = 0.0


@dataclass(frozen=True)
class BeatCut:
    """Shots that change on the beat of the music; `beats_per_shot` None: as many as make a second."""

    beats_per_shot: int | None = None


@dataclass(frozen=True)
class Edit:
    """Everything that was asked for so far; a follow-up changes it and the program is written anew."""

    order: tuple[str, ...] = ()
    reversed: bool = False
    cuts: tuple[Cut, ...] = ()
    texts: tuple[Text, ...] = ()
    canvas: Canvas = field(default_factory=Canvas)
    transition: Transition | None = None
    picture_fade_in_s: float = 0.0
    picture_fade_out_s: float = 0.0
    sound: Sound = field(default_factory=Sound)
    music: Sound | None = None
    music_asset: str | None = None
    music_removed: bool = False
    logo: Logo | None = None
    effects: tuple[Effect, ...] = ()
    slide_s: float | None = None
    captions: CaptionPreset | None = None
    speech: Speech = field(default_factory=Speech)
    beat_cut: BeatCut | None = None
    speed: float = 1.0
    level: Level = field(default_factory=Level)

    @property
    def repaced(self) -> bool:
        """Whether moments of the footage are shown at times that only the tools can tell."""
        return self.speed != 1 or self.beat_cut is not None or self.speech != Speech()


_EDIT = TypeAdapter(Edit)


def header_of(edit: Edit) -> str:
    """The comment line by which a later prompt finds the edit again; defaults are left out."""
    return HEADER + _EDIT.dump_json(edit, exclude_defaults=True).decode()


def edit_in(program: str) -> Edit | None:
    """The edit that `program` carries; None if it was not written by the offline model."""
    first_line = program.lstrip().partition("\n")[0]
    if not first_line.startswith(HEADER):
        return None
    try:
        return _EDIT.validate_json(first_line.removeprefix(HEADER))
    except ValidationError:
        return None
