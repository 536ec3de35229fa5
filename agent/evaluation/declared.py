"""What the composition means to be: what is declared is no defect."""

from __future__ import annotations

from dataclasses import dataclass

from agent.browser.protocol import Box
from agent.media.analysis.values import Span


@dataclass(frozen=True)
class DeclaredText:
    """Letters that the file is to show. The box is in shares of the frame's width and height."""

    text: str
    span: Span
    box: Box | None = None
    is_caption: bool = True
    """False for a title, which is read at its own speed."""


@dataclass(frozen=True)
class DeclaredImage:
    """A picture asset that is laid over the footage. The box is in shares of the frame's width and height."""

    asset: str
    span: Span
    box: Box | None = None
    opacity: float = 1.0


@dataclass(frozen=True)
class Declared:
    """Of a foreign file nothing is declared: `known` is False, and nothing is exempt."""

    known: bool = False
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    texts: tuple[DeclaredText, ...] = ()
    images: tuple[DeclaredImage, ...] = ()
    fades: tuple[Span, ...] = ()
    """Where something fades: dark frames are meant there."""
    dissolves: tuple[Span, ...] = ()
    """Where one clip goes over into the next: no cut is found there."""
    stills: tuple[Span, ...] = ()
    """Where only stills, texts and shapes are shown: the picture may stand."""
    dark: tuple[Span, ...] = ()
    """Where nothing but the background or shapes are shown."""
    pauses: tuple[Span, ...] = ()
    """Where nothing can be heard: muted, at volume 0, or no clip with sound."""
    has_sound: bool | None = None
    """None: not known."""

    @property
    def captions(self) -> tuple[DeclaredText, ...]:
        """The texts that are captions, in order of time."""
        return tuple(text for text in self.texts if text.is_caption)
