"""The session's own copy of a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.media import storage
from agent.media.storage import sha256_of, store


@pytest.fixture(params=["blocks shared where they can be", "blocks copied"])
def footage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the user's, on a filesystem that may share blocks and on one that cannot."""
    if request.param == "blocks copied":
        monkeypatch.setattr(storage, "_share_blocks", lambda _source, _target: False)
    path = tmp_path / "Footage.MP4"
    path.write_bytes(b"frames" * 1_000_000)
    return path


def test_rewriting_the_footage_in_place_leaves_the_copy(footage: Path, tmp_path: Path) -> None:
    """The copy keeps the content of its digest, whatever an editor does to the user's file."""
    stored = store(footage, tmp_path / "assets")

    with footage.open("r+b") as file:
        file.write(b"OTHER")

    assert sha256_of(stored.path) == stored.sha256 != sha256_of(footage)
    assert (stored.path.suffix, stored.size_bytes) == (".mp4", 6_000_000)


def test_the_same_content_is_kept_once(footage: Path, tmp_path: Path) -> None:
    """Under another name it is the same stored file, and nothing else is left in the folder."""
    again = Path(shutil.copyfile(footage, tmp_path / "again.mp4"))

    assert store(footage, tmp_path / "assets") == store(again, tmp_path / "assets")
    assert len(list((tmp_path / "assets").iterdir())) == 1


def test_an_upload_is_stored_without_a_copy(tmp_path: Path) -> None:
    """A file of the session's own that nobody may write is the stored file; one that one may is not."""
    session = tmp_path / "session"
    (session / "uploads").mkdir(parents=True)
    upload, draft = session / "uploads" / "clip.mp4", session / "draft.mp4"
    upload.write_bytes(b"frames")
    upload.chmod(0o444)
    draft.write_bytes(b"other frames")

    assert store(upload, session / "assets").path.samefile(upload)
    assert not store(draft, session / "assets").path.samefile(draft)
