"""`brand.toml`: what a brand asks of its videos, checked where it is read."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from agent.errors import BadInput, BadMedia
from agent.media.stills import probe_image

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

EXAMPLE = """\
name = "Acme"
colours = ["#1B1464", "#FF2E88"]
fonts = ["Inter"]
look = ["approved.jpg"]    # stills of an approved video: the colours that are wanted

[logo]
file = "logo.png"
corner = "top-right"       # or top-left, bottom-left, bottom-right
width = 0.125              # of the frame's width; left out: 0.05 to 0.25
margin = 0.04              # of the frame's shorter side, to both edges; left out: 0.01 to 0.10
opacity = 1.0
share = 0.9                # of the video in which it is to be seen
"""
_HINT = 'Look it up in the README under "Brand kit"; files are named relative to the brand file.'


class Corner(StrEnum):
    """Where a logo belongs."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"


@dataclass(frozen=True)
class Logo:
    """A picture file and how it is to be shown. Without `width` or `margin` the usual ones will do."""

    path: Path
    corner: Corner
    width: float | None = None
    """Share of the frame's width."""
    margin: float | None = None
    """Distance to both edges as a share of the frame's shorter side."""
    opacity: float = 1.0
    share: float = 0.9
    """Least share of the video in which it is to be seen."""


@dataclass(frozen=True)
class BrandKit:
    """What is wanted; whatever the file leaves out is not judged.

    `fonts` are for those who compose: a picture does not tell its fonts, so no score rests on them.
    """

    name: str
    colours: tuple[Colour, ...] = ()
    logo: Logo | None = None
    fonts: tuple[str, ...] = ()
    look: tuple[Path, ...] = ()
    """Stills of a video whose colours were approved."""


def read_brand_kit(path: Path) -> BrandKit:
    """The kit in *path*. Raises `BadInput` that says what was expected, what was found and what to do."""
    try:
        content = _Kit.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as exc:
        raise _bad(path, "a file that can be read", exc.strerror or str(exc)) from exc
    except UnicodeDecodeError as exc:
        raise _bad(path, "TOML in UTF-8", f"a byte that is none at {exc.start}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise _bad(path, "TOML", str(exc)) from exc
    except ValidationError as exc:
        raise _invalid(path, exc) from exc
    return content.kit(path)


def _hex(colour: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError("expected a colour such as #1B1464")
    return colour


class _Logo(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: Path
    corner: Corner
    width: float | None = Field(default=None, gt=0, le=1)
    margin: float | None = Field(default=None, ge=0, lt=0.5)
    opacity: float = Field(default=1.0, gt=0, le=1)
    share: float = Field(default=0.9, gt=0, le=1)


class _Kit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = "brand"
    colours: list[Annotated[str, AfterValidator(_hex)]] = Field(
        default=[], validation_alias=AliasChoices("colours", "colors")
    )
    fonts: list[str] = []
    look: list[Path] = []
    logo: _Logo | None = None

    def kit(self, path: Path) -> BrandKit:
        """The kit with its files found; raises `BadInput` for one that is not there or of no use."""
        if not (self.colours or self.look or self.logo):
            raise _bad(path, "colours, a look or a [logo]", "none of them")
        return BrandKit(
            self.name,
            tuple(_levels(colour) for colour in self.colours),
            self._found_logo(path),
            tuple(self.fonts),
            tuple(_image(path, "look", file) for file in self.look),
        )

    def _found_logo(self, path: Path) -> Logo | None:
        if self.logo is None:
            return None
        file = _image(path, "logo.file", self.logo.file)
        wanted = self.logo
        return Logo(file, wanted.corner, wanted.width, wanted.margin, wanted.opacity, wanted.share)


def _levels(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _image(path: Path, key: str, file: Path) -> Path:
    found = path.parent / file
    if not found.is_file():
        raise _bad(path, f"{key} to name a file", f"{file}, which is not there")
    try:
        probe_image(found)
    except BadMedia as exc:
        raise _bad(path, f"{key} to be a PNG, JPEG or WebP", f"{file}, which cannot be read as one") from exc
    return found


def _invalid(path: Path, error: ValidationError) -> BadInput:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return _bad(path, "only the keys of a brand file", f"{key}")
    if first["type"] == "missing":
        return _bad(path, f"{key}", "no such key")
    wanted = first["msg"].removeprefix("Value error, expected ").removeprefix("Input should be ")
    return _bad(path, f"{key} to be {wanted}", repr(first["input"]))


def _bad(path: Path, expected: str, found: str) -> BadInput:
    return BadInput(f"{path.name} is no brand file: expected {expected}; found {found}.", hint=_HINT)
