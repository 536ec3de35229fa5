"""Changes an edit as diagnostics, warnings and verdicts ask, where a rule knows how. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agent.models.offline.edit import Edit, Place, Text
from agent.models.offline.grammar import understand
from agent.models.offline.reading import NotUnderstoodError
from agent.models.offline.task import AssetFacts

_BLOCKER = re.compile(
    r"^- \[BLOCKER (?P<code>\w+)\](?: at [\d.]+ s)?: (?P<message>.*?)(?: Fix: (?P<fix>.*))?$", re.M
)
_WARNING = re.compile(r"^- \[(?P<code>text_outside_frame|clip_outside_frame)\] (?P<message>.*)$", re.M)


@dataclass(frozen=True)
class Complaint:
    """What is wrong, in the words of the page or the critic."""

    code: str
    message: str
    fix: str = ""

    @property
    def words(self) -> str:
        return f"{self.code.replace('_', ' ')} {self.message} {self.fix}".lower()


def complaints(observation: str) -> list[Complaint]:
    """The blockers of a verdict, or the warnings of a composition that a rule can mend."""
    found = [*_BLOCKER.finditer(observation), *_WARNING.finditer(observation)]
    return [Complaint(match["code"], match["message"], match.groupdict().get("fix") or "") for match in found]


def revise(edit: Edit, found: Sequence[Complaint], assets: Sequence[AssetFacts]) -> Edit | None:
    """`edit` changed for each complaint; None if no rule changes anything."""
    revised = edit
    for complaint in found:
        revised = _answer(revised, complaint, assets)
    return revised if revised != edit else None


def _answer(edit: Edit, complaint: Complaint, assets: Sequence[AssetFacts]) -> Edit:
    for pattern, change in _REMEDIES:
        if pattern.search(complaint.words) and edit.texts:
            return replace(
                edit,
                texts=tuple(
                    change(text) if _is_meant(text, complaint, edit) else text for text in edit.texts
                ),
            )
    if not complaint.fix:
        return edit
    try:
        return understand(complaint.fix, assets, edit)
    except NotUnderstoodError:
        return edit


def _is_meant(text: Text, complaint: Complaint, edit: Edit) -> bool:
    """A complaint that quotes a text is about that one; any other is about all."""
    quoted = [known for known in edit.texts if known.text.lower() in complaint.words]
    return text in quoted if quoted else True


def _smaller(text: Text) -> Text:
    return _scaled(replace(text, max_width_percent=max(50, text.max_width_percent - 6)), 0.8)


def _larger(text: Text) -> Text:
    return _scaled(text, 1.35)


def _scaled(text: Text, factor: float) -> Text:
    return replace(
        text,
        scale=round(text.scale * factor, 3),
        size_px=round(text.size_px * factor, 1) if text.size_px else None,
    )


def _more_contrast(text: Text) -> Text:
    """A plate behind the text; with one already there, the text in white on black."""
    if text.plate is None:
        return replace(text, plate="#ffffff" if _is_dark(text.color) else "#000000")
    return replace(text, plate="#000000", color="#ffffff")


def _is_dark(color: str) -> bool:
    red, green, blue = (int(color[index : index + 2], 16) for index in (1, 3, 5))
    return 0.3 * red + 0.59 * green + 0.11 * blue < 90


def _elsewhere(text: Text) -> Text:
    return replace(text, place=_NEXT_PLACE.get(text.place, "center"))


_NEXT_PLACE: dict[Place, Place] = {"center": "bottom", "bottom": "top", "below-center": "bottom"}
_REMEDIES: tuple[tuple[re.Pattern[str], Callable[[Text], Text]], ...] = (
    (re.compile(r"text under mark"), lambda text: replace(text, clear_of_mark=True)),
    (
        re.compile(r"outside|cut off|cropped|clipped|too (?:large|big|wide|long)|does(?:n't| not) fit"),
        _smaller,
    ),
    (re.compile(r"contrast|unreadable|hard to read|legib|illegible|blends?\b|readab"), _more_contrast),
    (re.compile(r"too small|tiny"), _larger),
    (re.compile(r"hidden|covered|covers|overlap|behind"), _elsewhere),
)
