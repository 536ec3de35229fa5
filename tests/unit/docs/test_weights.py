"""The files of the embedding model, and what is refused."""

import hashlib
import importlib.util

import pytest

from docs_index.errors import EmbedderUnavailable
from docs_index.weights import INSTALL_COMMAND, checked_weights, installed_weights

FILES = {"model.safetensors": b"numbers", "tokenizer.json": b"{}", "config.json": b"{}"}
PINNED = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_files_with_the_pinned_digests_are_taken(folder):
    """The digest tells one set of weights from another."""
    weights = checked_weights(folder, PINNED)

    assert weights.tensors.read_bytes() == b"numbers"
    assert weights.sha256 == PINNED["model.safetensors"]


@pytest.mark.parametrize("name", FILES)
def test_another_file_is_refused_with_both_digests(folder, name):
    """A reader can see what was expected and what is there."""
    (folder / name).write_bytes(b"something else")

    with pytest.raises(EmbedderUnavailable, match=name) as refused:
        checked_weights(folder, PINNED)

    assert PINNED[name] in str(refused.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(refused.value)
    assert INSTALL_COMMAND in refused.value.hint


def test_a_missing_file_is_told_of(folder):
    """A package that was installed by halves is no other error."""
    (folder / "config.json").unlink()

    with pytest.raises(EmbedderUnavailable, match=r"config\.json"):
        checked_weights(folder, PINNED)


def test_missing_weights_come_with_the_command_that_installs_them(monkeypatch):
    """The package is optional."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(EmbedderUnavailable, match="not installed") as refused:
        installed_weights()

    assert INSTALL_COMMAND in refused.value.hint
