"""Files by HTTP: real sockets, as clients behave and as they do not."""

import asyncio
import hashlib
import os
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.pool_node import ServedNode, pool_settings, served_node
from tests.pool_sessions import until
from tests.unit.pool.fake_browser import FakeLauncher

UPLOAD_BYTES = 8 << 20


@pytest_asyncio.fixture(scope="module")
async def served(tmp_path_factory):
    """A node that takes small files."""
    home = tmp_path_factory.mktemp("node")
    settings = pool_settings(
        home, max_sessions=50, upload_bytes=UPLOAD_BYTES, session_disk_bytes=2 * UPLOAD_BYTES
    )
    async with served_node(settings, FakeLauncher(home / "browsers")) as served:
        yield served


@pytest.fixture
async def session(served):
    """The path of a fresh session."""
    return f"/v1/sessions/{(await served.create())['id']}"


def folder_of(served: ServedNode, session: str) -> Path:
    return served.node.get(session.rpartition("/")[2]).usable().browser.files


async def sent_raw(served: ServedNode, head: str, body: bytes) -> bytes:
    """What the node answers to a client that sends this and no more."""
    reader, writer = await asyncio.open_connection(*served.address)
    writer.write(head.encode() + b"\r\n\r\n" + body)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def test_up_and_down_again(served: ServedNode, session):
    """A file comes back as it went, with its SHA-256 as ETag; it can be listed, skipped and deleted."""
    content = os.urandom(3 << 20)
    path = f"{session}/files/{quote('clip ä.mp4')}"

    stored = await served.http.put(path, content=content)
    whole = await served.http.get(path)
    known = await served.http.get(path, headers={"if-none-match": stored.headers["etag"]})

    digest = hashlib.sha256(content).hexdigest()
    assert (stored.status_code, stored.json()["sha256"]) == (201, digest)
    assert (whole.content == content, whole.headers["etag"]) == (True, f'"{digest}"')
    assert known.status_code == 304
    assert [file["name"] for file in (await served.http.get(f"{session}/files")).json()["files"]] == [
        "clip ä.mp4"
    ]
    assert (await served.http.get(session)).json()["files_bytes"] == len(content)
    assert (await served.http.delete(path)).status_code == 204
    assert (await served.http.get(path)).status_code == 404


async def test_a_part_of_a_file(served: ServedNode, session):
    """Range gives 206 with the part, or 416; nothing is ever shown as a page."""
    await served.http.put(f"{session}/files/a", content=b"0123456789")

    part = await served.http.get(f"{session}/files/a", headers={"range": "bytes=3-5"})
    outside = await served.http.get(f"{session}/files/a", headers={"range": "bytes=10-"})

    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"345", "bytes 3-5/10")
    assert (outside.status_code, outside.headers["content-range"]) == (416, "bytes */10")
    assert part.headers["content-type"] == "application/octet-stream"
    assert part.headers["content-disposition"].startswith("attachment")


async def test_in_chunks_of_unknown_length(served: ServedNode, session):
    """A client that streams without a length is served as well."""

    async def pieces():
        for _ in range(3):
            yield b"x" * 1000

    answer = await served.http.put(f"{session}/files/a", content=pieces())

    assert (answer.status_code, answer.json()["size_bytes"]) == (201, 3000)


@pytest.mark.parametrize("name", ["..%2F..%2Fx", "%2Fetc%2Fpasswd", "a%2Fb", "%2E%2E", "a%00b", "x" * 300])
async def test_names_that_climb(served: ServedNode, session, name):
    """A name that is a path is refused, whatever way it is written, and nothing is stored anywhere."""
    answer = await served.http.put(f"{session}/files/{name}", content=b"x")

    assert answer.status_code in (400, 404), answer.text
    assert list(folder_of(served, session).iterdir()) == []


async def test_raw_dots_in_the_path(served: ServedNode, session):
    """Dots that no client library has resolved climb nowhere."""
    head = (
        f"PUT {session}/files/../../x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nConnection: close"
    )

    answer = await sent_raw(served, head, b"x")

    assert b"bad_file_name" in answer


async def test_an_upload_cut_half_way(served: ServedNode, session):
    """A client that goes in the middle leaves nothing, and the file that was there stays."""
    await served.http.put(f"{session}/files/a", content=b"old")
    head = f"PUT {session}/files/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {4 << 20}"

    await sent_raw(served, head, b"x" * (2 << 20))

    await until(lambda: [path.name for path in folder_of(served, session).iterdir()] == ["a"])
    assert (await served.http.get(f"{session}/files/a")).content == b"old"


async def test_more_than_is_allowed(served: ServedNode, session):
    """Too large is 413, and a full quota 507, before the bytes are sent; nothing is kept of either."""
    head = f"PUT {session}/files/big HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOAD_BYTES + 1}"
    too_large = await sent_raw(served, head, b"")
    for name in ("a", "b"):
        await served.http.put(f"{session}/files/{name}", content=b"x" * UPLOAD_BYTES)
    over_quota = await served.http.put(f"{session}/files/c", content=b"x")

    assert too_large.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in too_large.lower()
    assert over_quota.status_code == 507
    assert sorted(path.name for path in folder_of(served, session).iterdir()) == ["a", "b"]


@pytest.mark.parametrize("length", ["-1", "x", "1, 2", "99999999999999999999999999"])
async def test_lengths_that_are_none(served: ServedNode, session, length):
    """A nonsensical Content-Length is refused."""
    head = f"PUT {session}/files/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}"

    answer = await sent_raw(served, head, b"x")

    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 413 "))


async def test_the_same_name_from_two_clients(served: ServedNode, session):
    """Both are told the digest of what they sent; one of the two is there, whole."""
    bodies = [letter * (3 << 20) for letter in (b"a", b"b")]

    answers = await asyncio.gather(
        *(served.http.put(f"{session}/files/clip", content=body) for body in bodies)
    )

    digests = [hashlib.sha256(body).hexdigest() for body in bodies]
    assert [answer.json()["sha256"] for answer in answers] == digests
    stored = (await served.http.get(f"{session}/files/clip")).content
    assert hashlib.sha256(stored).hexdigest() in digests
    assert len(list(folder_of(served, session).iterdir())) == 1


async def test_the_session_ends_during_an_upload(served: ServedNode, session):
    """The upload is refused, and with the session nothing of it is left."""
    files = folder_of(served, session)
    reader, writer = await asyncio.open_connection(*served.address)
    writer.write(
        f"PUT {session}/files/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {4 << 20}\r\n\r\n".encode()
    )
    writer.write(b"x" * (1 << 20))
    await until(lambda: any(files.iterdir()))

    await served.http.delete(session)
    writer.write(b"x" * (3 << 20))

    assert b" 502 " in await reader.readline()
    await until(lambda: not any(files.iterdir()))
    writer.close()


async def test_a_sparse_two_gigabyte_file_is_read_in_parts(served: ServedNode, session):
    """A huge file costs only the part that is asked for."""
    downloads = served.node.get(session.rpartition("/")[2]).usable().browser.downloads
    with (downloads / "huge.bin").open("wb") as huge:
        huge.truncate(2 << 30)

    tail = await served.http.get(f"{session}/downloads/huge.bin", headers={"range": "bytes=-4"})

    assert (tail.status_code, tail.content) == (206, b"\0\0\0\0")
    assert tail.headers["content-range"] == f"bytes {(2 << 30) - 4}-{(2 << 30) - 1}/{2 << 30}"


async def test_downloads(served: ServedNode, session):
    """Complete ones are listed and given; a partial one is 409, and says when to try again."""
    downloads = served.node.get(session.rpartition("/")[2]).usable().browser.downloads
    (downloads / "out.mp4").write_bytes(b"film")
    (downloads / "next.mp4.crdownload").write_bytes(b"fi")

    listed = (await served.http.get(f"{session}/downloads")).json()["downloads"]
    partial = await served.http.get(f"{session}/downloads/next.mp4.crdownload")

    assert [(each["name"], each["complete"]) for each in listed] == [
        ("next.mp4.crdownload", False),
        ("out.mp4", True),
    ]
    assert (await served.http.get(f"{session}/downloads/out.mp4")).content == b"film"
    assert (partial.status_code, partial.headers["retry-after"]) == (409, "1")


async def test_no_descriptor_stays_open(served: ServedNode, session):
    """Files read whole, in part, not at all, or given up half-way are all closed."""
    await served.http.put(f"{session}/files/a", content=b"x" * (4 << 20))
    open_files = Path("/proc/self/fd")
    path = str(folder_of(served, session) / "a")

    def still_open() -> bool:
        return any(os.path.realpath(each) == path for each in open_files.iterdir())

    for headers in ({}, {"range": "bytes=0-0"}, {"range": "bytes=9999999-"}):
        await served.http.get(f"{session}/files/a", headers=headers)
    async with served.http.stream("GET", f"{session}/files/a") as answer:
        async for _ in answer.aiter_raw(1000):
            break

    await until(lambda: not still_open())
