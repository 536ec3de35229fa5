"""Facts as one line of JSON that cannot close the tag it stands in."""

from __future__ import annotations

import json
from collections.abc import Mapping


def json_line(facts: Mapping[str, object]) -> str:
    """What is known of *facts*: None and what is empty are left out, sets are in order."""
    known = {name: value for name, value in facts.items() if value not in (None, (), frozenset())}
    return json.dumps(known, ensure_ascii=False, default=sorted).replace("<", "\\u003c")
