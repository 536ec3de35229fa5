"""Uploads and downloads of a session, below HTTP."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from browser_pool.api.file_body import Part, asked_part
from browser_pool.downloads import Downloads
from browser_pool.errors import BadRequest, BrowserGone, Conflict, DiskFull, NotFound, TooLarge
from browser_pool.uploads import UploadLimits, Uploads
from tests.unit.pool.fake_browser import until

ROOMY = UploadLimits(file_bytes=10_000, session_bytes=20_000, min_free_disk_bytes=0)


async def pieces(*parts: bytes):
    for part in parts:
        yield part


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_an_upload_is_stored_with_its_digest(tmp_path):
    """Bytes, size, SHA-256, and a mode that lets the browser read and not write."""
    uploads = Uploads(tmp_path, ROOMY)

    upload = await uploads.receive("clip.mp4", pieces(b"ab", b"", b"c"), length_bytes=3)

    assert upload.path.read_bytes() == b"abc"
    assert upload.sha256 == hashlib.sha256(b"abc").hexdigest()
    assert upload.path.stat().st_mode & 0o777 == 0o644
    assert (uploads.size_bytes, list(uploads)) == (3, [upload])


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", ".hidden", "a\0b", "a\nb", "x" * 256, "ä" * 128],
)
async def test_names_that_are_no_names(tmp_path, name):
    """A path, a hidden or control character, or too long a name is refused before a byte is read."""
    with pytest.raises(BadRequest):
        await Uploads(tmp_path, ROOMY).receive(name, pieces(b"x"), length_bytes=1)

    assert names(tmp_path) == []


async def test_one_name_for_two_spellings(tmp_path):
    """Unicode that looks the same is the same file."""
    uploads = Uploads(tmp_path, ROOMY)
    await uploads.receive("a\u0308.mp4", pieces(b"x"), length_bytes=1)

    assert uploads.get("\xe4.mp4").size_bytes == 1


async def test_a_cut_upload_leaves_nothing(tmp_path):
    """When the bytes stop coming, the old file stays and the new one is gone with its reservation."""
    uploads = Uploads(tmp_path, ROOMY)
    await uploads.receive("clip.mp4", pieces(b"old"), length_bytes=3)

    async def cut_off():
        yield b"x" * 2000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await uploads.receive("clip.mp4", cut_off(), length_bytes=9000)

    assert (names(tmp_path), uploads.get("clip.mp4").path.read_bytes()) == (["clip.mp4"], b"old")
    for name in ("a", "b"):
        await uploads.receive(name, pieces(b"y" * 9990), length_bytes=9990)


async def test_a_cancelled_upload_leaves_nothing(tmp_path):
    """Also in the middle of a write."""
    uploads = Uploads(tmp_path, UploadLimits(1 << 30, 1 << 30, 0))
    gate = asyncio.Event()

    async def stalling():
        yield b"x" * (1 << 20)
        gate.set()
        await asyncio.Event().wait()

    receiving = asyncio.create_task(uploads.receive("clip.mp4", stalling(), length_bytes=None))
    await gate.wait()
    receiving.cancel()
    await asyncio.wait([receiving])

    await until(lambda: names(tmp_path) == [])
    assert receiving.cancelled()


@pytest.mark.parametrize("told", [2, 4])
async def test_another_length_than_was_told(tmp_path, told):
    """Fewer or more bytes than announced are no upload."""
    with pytest.raises(BadRequest, match="Expected"):
        await Uploads(tmp_path, ROOMY).receive("clip.mp4", pieces(b"abc"), length_bytes=told)

    assert names(tmp_path) == []


async def test_too_large_is_refused_before_it_comes(tmp_path):
    """An announced file over the limit costs nobody a byte; an unannounced one is stopped on the way."""
    uploads = Uploads(tmp_path, ROOMY)

    with pytest.raises(TooLarge):
        await uploads.receive("a", pieces(), length_bytes=10_001)
    with pytest.raises(TooLarge):
        await uploads.receive("a", pieces(b"x" * 10_001), length_bytes=None)

    assert names(tmp_path) == []


async def test_the_quota_counts_what_is_on_its_way(tmp_path):
    """Two uploads at once cannot both have the last bytes of the quota; deleting gives them back."""
    uploads = Uploads(tmp_path, ROOMY)
    await uploads.receive("a", pieces(b"x" * 9000), length_bytes=9000)
    more = asyncio.Event()

    async def slow():
        yield b"y" * 6000
        await more.wait()

    receiving = asyncio.create_task(uploads.receive("b", slow(), length_bytes=6000))
    await asyncio.sleep(0)
    with pytest.raises(DiskFull):
        await uploads.receive("c", pieces(), length_bytes=6000)
    more.set()
    await receiving
    uploads.remove("a")

    await uploads.receive("c", pieces(b"z" * 6000), length_bytes=6000)
    assert names(tmp_path) == ["b", "c"]


async def test_the_disk_keeps_a_reserve(tmp_path):
    """An upload that would eat the node's reserve is 507."""
    uploads = Uploads(tmp_path, UploadLimits(1000, 1000, min_free_disk_bytes=1 << 60))

    with pytest.raises(DiskFull) as refused:
        await uploads.receive("a", pieces(b"x"), length_bytes=1)

    assert (refused.value.status, refused.value.code) == (507, "node_disk_full")


async def test_the_same_name_at_once(tmp_path):
    """Two uploads of one name do not mix: the one that ends last is there, whole."""
    uploads = Uploads(tmp_path, UploadLimits(1 << 30, 1 << 30, 0))

    async def interleaved(letter: bytes):
        for _ in range(4):
            yield letter * (1 << 19)
            await asyncio.sleep(0)

    await asyncio.gather(*(uploads.receive("clip", interleaved(x), length_bytes=None) for x in (b"a", b"b")))

    stored = uploads.get("clip").path.read_bytes()
    assert len(set(stored)) == 1
    assert hashlib.sha256(stored).hexdigest() == uploads.get("clip").sha256
    assert names(tmp_path) == ["clip"]


async def test_the_end_of_the_session_stops_uploads(tmp_path):
    """An upload under way ends when the session does."""
    uploads = Uploads(tmp_path, UploadLimits(1 << 30, 1 << 30, 0))

    async def endless():
        while True:
            yield b"x" * (1 << 20)
            uploads.close()

    with pytest.raises(BrowserGone):
        await uploads.receive("clip", endless(), length_bytes=None)
    with pytest.raises(BrowserGone):
        await uploads.receive("clip", pieces(b"x"), length_bytes=1)

    await until(lambda: names(tmp_path) == [])


async def test_a_planted_link_is_not_followed(tmp_path):
    """Where somebody has put a link in place of the file, the link is replaced, not what it points to."""
    victim = tmp_path / "victim"
    victim.write_text("safe")
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "clip").symlink_to(victim)

    await Uploads(folder, ROOMY).receive("clip", pieces(b"new"), length_bytes=3)

    assert victim.read_text() == "safe"
    assert not (folder / "clip").is_symlink()


def test_downloads_that_are_not_complete(tmp_path):
    """Chromium's partial files are listed as such and not given out; neither is the name they will have."""
    (tmp_path / "a.mp4").write_bytes(b"")
    (tmp_path / "a.mp4.crdownload").write_bytes(b"par")
    (tmp_path / "b.mp4").write_bytes(b"whole")
    downloads = Downloads(tmp_path)

    assert [(each.name, each.complete) for each in downloads.list()] == [
        ("a.mp4", False),
        ("a.mp4.crdownload", False),
        ("b.mp4", True),
    ]
    for name in ("a.mp4", "a.mp4.crdownload"):
        with pytest.raises(Conflict):
            downloads.open(name)


def test_what_a_browser_plants_among_its_downloads(tmp_path):
    """Links, hard links, pipes and folders are no downloads: nothing is read through them."""
    secret = tmp_path / "secret"
    secret.write_text("of the node's")
    folder = tmp_path / "downloads"
    folder.mkdir()
    (folder / "link").symlink_to(secret)
    (folder / "hard").hardlink_to(secret)
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")

    for name in ("link", "hard", "folder", "pipe", "missing"):
        with pytest.raises(NotFound):
            Downloads(folder).open(name)


def test_a_folder_turned_into_a_link(tmp_path):
    """Nor is the folder itself followed when it has become a link."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("secret")
    (tmp_path / "downloads").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotFound):
        Downloads(tmp_path / "downloads").open("file")


@pytest.mark.parametrize(
    ("headers", "part"),
    [
        ({}, Part(0, 100)),
        ({"range": "bytes=0-9"}, Part(0, 10)),
        ({"range": "bytes=90-"}, Part(90, 100)),
        ({"range": "bytes=90-200"}, Part(90, 100)),
        ({"range": "bytes=-10"}, Part(90, 100)),
        ({"range": "bytes=-200"}, Part(0, 100)),
        ({"range": "bytes=100-"}, None),
        ({"range": "bytes=9-8"}, None),
        ({"range": "bytes=-0"}, None),
        ({"range": "bytes=-"}, Part(0, 100)),
        ({"range": "bytes=0-1,5-6"}, Part(0, 100)),
        ({"range": "lines=0-9"}, Part(0, 100)),
        ({"range": "bytes=0-9", "if-range": '"tag"'}, Part(0, 10)),
        ({"range": "bytes=0-9", "if-range": '"old"'}, Part(0, 100)),
    ],
)
def test_ranges(headers, part):
    """One range is served, one outside is refused, everything else is the whole file."""
    assert asked_part(headers, '"tag"', 100) == part
