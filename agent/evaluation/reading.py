"""What was read held against what was to be read: how much of it is there, and which words differ."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from agent.media.ocr import ReadText

SCRIPTS = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH", "GREEK", "DIGIT"})
"""What the reader's models know, by the first word of a letter's Unicode name (PP-OCRv6 small)."""

_SHORTEST_RUN = 3
"""Letters in a row; single ones are found anywhere."""
_OWN_SHARE = 0.6
"""Of a line's letters that have to be the caption's, for the line to be part of it."""
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b", "ı": "l"})
"""Letters that the reader takes for each other; a difference in them says nothing about the picture."""
_ALIKE_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def letters_of(text: str) -> str:
    """Letters and digits alone, without case, accents and width."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def is_readable(text: str) -> bool:
    """Whether the reader knows the letters of *text*, and there are any."""
    scripts = [unicodedata.name(letter, "?").split()[0] for letter in letters_of(text)]
    return bool(scripts) and all(script in SCRIPTS for script in scripts)


def lines_of(text: str, lines: Sequence[ReadText]) -> list[ReadText]:
    """Those of *lines* that are parts of *text*."""
    wanted = letters_of(text)
    own = []
    for line in lines:
        read = letters_of(line.text)
        if read and _common(wanted, read) >= max(_OWN_SHARE * len(read), min(_SHORTEST_RUN, len(wanted))):
            own.append(line)
    return own


def recall(text: str, lines: Sequence[ReadText]) -> float:
    """Share of the letters of *text* that was read in *lines*, 0 to 1."""
    wanted = letters_of(text)
    read = sum(_common(wanted, letters_of(line.text)) for line in lines)
    return min(1.0, read / len(wanted)) if wanted else 1.0


def differing_words(text: str, lines: Sequence[ReadText]) -> list[tuple[str, str]]:
    """Words of *text* and what was read in their place; words that only run together are no difference."""
    wanted, read = text.split(), " ".join(line.text for line in _in_order(lines)).split()
    matcher = SequenceMatcher(
        None, [_folded(word) for word in wanted], [_folded(word) for word in read], False
    )
    pairs = [
        (" ".join(wanted[i:j]), " ".join(read[k:m]))
        for kind, i, j, k, m in matcher.get_opcodes()
        if kind != "equal"
    ]
    return [(one, other) for one, other in pairs if _folded(one) != _folded(other)]


def _common(wanted: str, read: str) -> int:
    """Letters of runs that both have in the same order."""
    shortest = min(_SHORTEST_RUN, len(wanted))
    blocks = SequenceMatcher(None, wanted, read, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= shortest)


def _in_order(lines: Sequence[ReadText]) -> list[ReadText]:
    """From the top down, and from left to right where lines stand side by side."""
    rows: list[list[ReadText]] = []
    for line in sorted(lines, key=lambda line: line.box.top):
        if rows and (line.box.top + line.box.bottom) / 2 < rows[-1][0].box.bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]


def _folded(word: str) -> str:
    folded = letters_of(word).translate(_ALIKE)
    for pair, letter in _ALIKE_PAIRS:
        folded = folded.replace(pair, letter)
    return folded
