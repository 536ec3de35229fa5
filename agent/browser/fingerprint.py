"""What a verdict is about; the twin of `operator_ui/src/operator/fingerprint.ts`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable


def fingerprint(source: str, assets: Iterable[tuple[str, str]], core_version: str) -> str:
    """SHA-256 over the program, the names and digests of its assets, and core's version."""
    facts = {
        "composition": source,
        "assets": sorted([name, digest] for name, digest in assets),
        "core": core_version,
    }
    text = json.dumps(facts, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
