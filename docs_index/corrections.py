"""What core's own comments get wrong, or leave unsaid so that programs go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from docs_index.corpus import Declaration
from docs_index.former_names import former_names_of
from docs_index.glosses import glossed


@dataclass(frozen=True)
class Correction:
    """`right` takes the place of `wrong` in a comment, or is added where nothing is wrong.

    `because` is the piece of core's program that shows it; the declaration itself does where that is empty.
    """

    right: str
    wrong: str = ""
    because: str = ""


_ALPHA = "t/100*255"
_OPACITY = Correction("0 to 100, not 0 to 1", because=_ALPHA)
_CLIP_OPACITY = "globalAlpha*=this.opacity/100"
_FONT_SIZE = "1 is drawn 3 pixels high"
_DRAWN_FONT = "${3*(s??i)*this.resolution}px"
_FADE = "Seconds. Set on the clip, it is no option; for a fade to another level than 1 set baseVolume."
_NO_WORDS = Correction("writes [object Object] for every word", because='a.words.join(" ")')

CORRECTIONS: Mapping[str, Correction] = {
    "VisualMixin.opacity": Correction("from 0 to 100 (not 0 to 1)", "between 0 and 1", _CLIP_OPACITY),
    "VisualMixinProps.opacity": Correction("0 to 100, not 0 to 1", because=_CLIP_OPACITY),
    "Shadow.opacity": _OPACITY,
    "Stroke.opacity": _OPACITY,
    "Stroke.width": Correction("1 is drawn 3 pixels wide", because="lineWidth=e*this.resolution*3"),
    "Glow.opacity": _OPACITY,
    "Background.opacity": Correction("0 to 100, not 0 to 1", because="opacity??100)/100"),
    "VisualMixin.keepAspectRatio": Correction(
        "Of height and width the later one counts, unless this was set to false before.",
        "Will be set to false if both height and width are set.",
        "this._width&&this.keepAspectRatio&&(this._width=void 0)",
    ),
    "Glow.color": Correction(
        "no effect: it glows in the text's own colour", because="applyGlow({radius:e=10,opacity:t"
    ),
    "AudioClip.volume": Correction(
        "Keyframes of it are lost when the clip is moved: set them last.",
        because='filter(e=>"volume"!==e.key)',
    ),
    "SilenceDetectionOptions.minDuration": Correction(
        "in milliseconds (not seconds) for a silence; shorter gaps are kept. @default 500",
        "in **seconds** for a silence period helps avoid detecting brief gaps between sounds as silences."
        " @default 0.5",
        "Math.floor(a/1e3*o)",
    ),
    "CaptionSource.toSrt": _NO_WORDS,
    "transcriptToSrt": _NO_WORDS,
    "parseTime": Correction("number (seconds)", "number (frames)", 'if("number"==typeof e)return M(B(e)/_)'),
    "TextAlign": Correction("horizontal alignment", "vertical alignment"),
    "TextBaseline": Correction("vertical alignment", "horizonal alignment"),
    "Font.size": Correction(_FONT_SIZE, because=_DRAWN_FONT),
    "TextClip.fontSize": Correction(_FONT_SIZE, because=_DRAWN_FONT),
    "CaptionClip.fontSize": Correction(_FONT_SIZE, because=_DRAWN_FONT),
    "TextStyle.fontSize": Correction(_FONT_SIZE, because=_DRAWN_FONT),
    "TextStyle.opacity": _OPACITY,
    "ClipProps.duration": Correction(
        "16 s if not given; a video or sound has its own length", because="_duration=D(16)"
    ),
    "AudioClip.fadeInDurationSeconds": Correction(_FADE, because="baseVolume*this.volume"),
    "AudioClip.fadeOutDurationSeconds": Correction(_FADE, because="baseVolume*this.volume"),
}


def corrected(declaration: Declaration) -> Declaration:
    """The declaration with its comment and those of its members put right."""
    members = tuple(
        replace(member, comment=_put_right(f"{declaration.name}.{member.name}", member.comment))
        for member in declaration.members
    )
    return replace(declaration, members=members, comment=_put_right(declaration.name, declaration.comment))


def _put_right(symbol: str, comment: str) -> str:
    correction = CORRECTIONS.get(symbol, Correction(""))
    if correction.wrong:
        comment = comment.replace(correction.wrong, correction.right)
    else:
        comment = "; ".join(part for part in (comment.removesuffix("."), correction.right) if part)
    comment = glossed(symbol, comment)
    former = ", ".join(former_names_of(symbol))
    return f"{comment} (earlier versions: {former})".strip() if former else comment
