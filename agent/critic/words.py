"""Words without what makes no difference to who reads them."""

from __future__ import annotations

import re
import unicodedata


def plain(text: str) -> str:
    """Without case, line breaks and the difference between straight and curly quotes."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(str.maketrans("’‘“”", "''\"\""))
    return re.sub(r"\s+", " ", folded).strip()
