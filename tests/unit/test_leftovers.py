"""What uploads leave behind is cleared away, and nothing that somebody needs."""

import os
import time
from pathlib import Path

from agent.api.blobs import content_of, keep_once
from agent.api.leftovers import LONGEST_PAUSE_S, SHORTEST_LIFE_S, clear_leftovers
from agent.api.uploads import arriving

SOON_S = 600.0


def written(path: Path, age_s: float, content: bytes = b"frames") -> Path:
    """A file that was written so long ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_an_upload_that_nobody_goes_on_with_is_removed(tmp_path: Path):
    """After a day; one that paused for less is there to be gone on with, and so is what has come whole."""
    session = tmp_path / "sessions" / "s"
    given_up = written(session / "arriving" / "old.mp4", LONGEST_PAUSE_S + SOON_S)
    paused = written(session / "arriving" / "new.mp4", LONGEST_PAUSE_S - SOON_S)
    whole = written(session / "uploads" / "clip.mp4", 2 * LONGEST_PAUSE_S)

    clear_leftovers(tmp_path)

    assert [path.exists() for path in (given_up, paused, whole)] == [False, True, True]


def test_an_upload_under_way_stays_however_slow_it_is(tmp_path: Path):
    """Its sender holds it."""
    session = tmp_path / "sessions" / "s"
    with arriving(session, "slow.mp4") as file:
        written(file.part, LONGEST_PAUSE_S + SOON_S)

        clear_leftovers(tmp_path)

        assert file.received_bytes == len(b"frames")
    clear_leftovers(tmp_path)
    assert not file.part.exists()


def test_a_content_of_no_session_is_removed(tmp_path: Path):
    """After an hour; one that a session links to stays for as long as the session does."""
    blobs = tmp_path / "blobs" / "ab"
    orphan = written(blobs / "ab01", SHORTEST_LIFE_S + SOON_S)
    young = written(blobs / "ab02", SHORTEST_LIFE_S - SOON_S)
    linked = written(blobs / "ab03", SHORTEST_LIFE_S + SOON_S)
    upload = tmp_path / "sessions" / "s" / "clip.mp4"
    upload.parent.mkdir(parents=True)
    upload.hardlink_to(linked)

    clear_leftovers(tmp_path)
    assert [path.exists() for path in (orphan, young, linked)] == [False, True, True]

    upload.unlink()
    clear_leftovers(tmp_path)
    assert not linked.exists()


def test_a_content_that_is_sent_again_is_young_again(tmp_path: Path):
    """So that it is not removed between being found and being linked to."""
    first, again = written(tmp_path / "first", 0), written(tmp_path / "again", 0)
    content = content_of(first)
    keep_once(first, content, tmp_path, tmp_path / "sessions" / "s" / "uploads" / "clip.mp4")
    blob = tmp_path / "blobs" / content.sha256[:2] / content.sha256
    os.utime(blob, (0, 0))

    keep_once(again, content, tmp_path, tmp_path / "sessions" / "t" / "uploads" / "clip.mp4")

    assert time.time() - blob.stat().st_mtime < SHORTEST_LIFE_S
    assert blob.stat().st_nlink == 3


def test_an_empty_home_has_none(tmp_path: Path):
    """As that of a new user."""
    clear_leftovers(tmp_path / "home")

    assert list(tmp_path.iterdir()) == []
