"""What is seen and heard in the footage, as the task tells it: data in tags, bounded in size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

MAX_CHARS = 24_000
"""Of all footage together, tags left aside: some 6000 tokens."""
_LEFT_OUT = "… the rest is left out: ask transcript(), silences() or beats()"


def footage_tags(told: Mapping[str, str], *, max_chars: int = MAX_CHARS) -> str:
    """A tag for each asset, in order, that closes only where we close it.

    Assets with little to tell leave their room to those with more; what does not fit is cut at a line's end.
    """
    texts = {name: escape(text, quote=False) for name, text in told.items()}
    rooms = _shares([len(text) for text in texts.values()], max_chars)
    cut = {name: _cut(text, room) for (name, text), room in zip(texts.items(), rooms, strict=True)}
    return "\n".join(
        f'<footage name="{escape(name)}">\n{text}\n</footage>' for name, text in cut.items() if text
    )


def _shares(lengths: Sequence[int], total: int) -> list[int]:
    """How much of *total* each may take, the shortest first."""
    shares = [0] * len(lengths)
    for served, index in enumerate(sorted(range(len(lengths)), key=lengths.__getitem__)):
        shares[index] = min(lengths[index], total // (len(lengths) - served))
        total -= shares[index]
    return shares


def _cut(text: str, room: int) -> str:
    if len(text) <= room:
        return text
    kept = text[: max(0, room - len(_LEFT_OUT))].rpartition("\n")[0]
    return f"{kept}\n{_LEFT_OUT}" if kept else ""
