"""Uploads over real HTTP: whole, in pieces, cut, refused; a content is stored once."""

import asyncio
import base64
import hashlib
import os
import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from tests.api_service import served_api

CLIP = Path(__file__).parents[1] / "data" / "big_buck_bunny_720p_5s.mp4"
CONTENT = CLIP.read_bytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
async def api(tmp_path):
    async with served_api(tmp_path) as served:
        yield served


def asset_url(session_id: str, name: str = "clip.mp4") -> str:
    return f"/v1/sessions/{session_id}/assets/{name}"


def blobs(api) -> list[Path]:
    return [path for path in (api.parts.home / "blobs").rglob("*") if path.is_file()]


async def test_footage_is_probed_and_kept(api):
    """What the probe found is told, and the session lists the file."""
    session_id = await api.session()

    answer = await api.http.put(asset_url(session_id), content=CONTENT)

    asset = answer.json()["asset"]
    assert answer.status_code == 201
    assert (asset["type"], asset["sha256"], asset["size_bytes"]) == ("raw_footage", SHA256, len(CONTENT))
    assert (asset["metadata"]["width"], asset["metadata"]["height"]) == (1280, 720)
    assert (await api.http.get(f"/v1/sessions/{session_id}")).json()["assets"] == [asset]


async def test_the_same_file_twice_is_stored_once(api):
    """Under another name and in another session it is a link to the same bytes, which nobody can change."""
    sessions = [await api.session(), await api.session()]
    places = [asset_url(sessions[0]), asset_url(sessions[0], "again.mp4"), asset_url(sessions[1])]

    answers = [await api.http.put(place, content=CONTENT) for place in places]
    repeated = await api.http.put(places[0], content=CONTENT)

    [blob] = blobs(api)
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert (repeated.status_code, repeated.json()["asset"]) == (200, answers[0].json()["asset"])
    assert (blob.name, blob.stat().st_nlink, blob.stat().st_mode & 0o777) == (SHA256, 4, 0o444)


async def test_another_file_of_the_same_name_is_refused(api):
    """Jobs refer to the one that is there."""
    session_id = await api.session()
    await api.http.put(asset_url(session_id, "notes.txt"), content=b"Hello there.\n")
    await api.http.put(asset_url(session_id), content=CONTENT)

    answer = await api.http.put(asset_url(session_id), content=CONTENT + b"\0")

    assert (answer.status_code, answer.json()["code"]) == (409, "asset_exists")


async def test_pieces_make_the_file(api):
    """Each piece says where it goes; the answer and HEAD say how much is here."""
    session_id = await api.session()
    url, total = asset_url(session_id), len(CONTENT)
    half = total // 2

    first = await api.http.put(
        url, content=CONTENT[:half], headers={"content-range": f"bytes 0-{half - 1}/{total}"}
    )
    asked = await api.http.head(url)
    second = await api.http.put(
        url, content=CONTENT[half:], headers={"content-range": f"bytes {half}-{total - 1}/{total}"}
    )

    assert (first.status_code, first.json()["complete"]) == (202, False)
    assert (asked.status_code, asked.headers["upload-offset"]) == (200, str(half))
    assert (second.status_code, second.json()["asset"]["sha256"]) == (201, SHA256)
    assert (await api.http.head(url)).headers["upload-offset"] == str(total)


async def test_an_upload_cut_half_way_is_gone_on_with(api):
    """What came before the connection broke is kept, and no asset is made of it."""
    session_id = await api.session()
    url, total = asset_url(session_id), len(CONTENT)
    half = total // 2
    await asyncio.to_thread(_send_half, api.address, url, half)
    there = await _until_received(api, url, half)

    rest = await api.http.put(
        url, content=CONTENT[half:], headers={"content-range": f"bytes {half}-{total - 1}/{total}"}
    )

    assert there.status_code == 200
    assert (rest.status_code, rest.json()["asset"]["sha256"]) == (201, SHA256)


async def _until_received(api, url: str, size_bytes: int):
    """The answer that tells of that many bytes: the server learns later than we that the sender is gone."""
    async with asyncio.timeout(60):
        while (there := await api.http.head(url)).headers.get("upload-offset") != str(size_bytes):
            pass
    return there


def _send_half(address: tuple[str, int], url: str, half: int) -> None:
    with socket.create_connection(address) as broken:
        head = f"PUT {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(CONTENT)}\r\n\r\n"
        broken.sendall(head.encode() + CONTENT[:half])


async def test_a_gap_is_refused(api):
    """Bytes that do not go on where the last ones ended are a conflict that names the place."""
    session_id = await api.session()
    url = asset_url(session_id)
    await api.http.put(url, content=b"0123456789", headers={"content-range": "bytes 0-9/100"})

    answer = await api.http.put(url, content=b"x" * 10, headers={"content-range": "bytes 20-29/100"})

    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_offset")
    assert answer.json()["expected"] == "bytes from 10 on"
    assert (await api.http.head(url)).headers["upload-offset"] == "10"


@pytest.mark.parametrize(
    "content_range", ["bytes 5-2/10", "bytes 0-9", "bytes 0-9/5", "pages 1-2/3", "bytes 0-3/100"]
)
async def test_a_range_that_cannot_be_is_refused(api, content_range):
    """Also one that does not fit the length of the body."""
    answer = await api.http.put(
        asset_url(await api.session()), content=b"0123456789", headers={"content-range": content_range}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_content_range")


@pytest.mark.parametrize(
    "name", ["..%2Fx.mp4", "%2Fetc%2Fpasswd", "a%2F..%2F..%2Fx", "%2E%2E", "a%00b.mp4", "%22.mp4"]
)
async def test_a_name_with_folders_is_refused(api, name):
    """Nothing is written; a name that would do is told."""
    session_id = await api.session()
    request = api.http.build_request("PUT", "/", content=CONTENT)
    request.url = request.url.copy_with(raw_path=f"/v1/sessions/{session_id}/assets/{name}".encode())

    answer = await api.http.send(request)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_asset_name")
    assert answer.json()["what_to_do"].startswith("Call it '")
    assert blobs(api) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("clip.mp4", b"MZ" + os.urandom(5000), "not readable as media"),
        ("clip.mp4", CONTENT[: len(CONTENT) // 2], "readable as media|cut short"),
        ("list.m3u8", b"#EXTM3U\nfile:///etc/passwd\n", "names other files"),
        ("empty.mp4", b"", "empty"),
    ],
)
async def test_what_is_no_footage_is_refused(api, name, content, said):
    """Wrong type, cut short, a list of other files, nothing: told, and nothing of it is left."""
    session_id = await api.session()

    answer = await api.http.put(asset_url(session_id, name), content=content)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_media")
    assert any(part in answer.json()["detail"] for part in said.split("|"))
    assert not re.search(r"/\w+/|0x[0-9a-f]{6}", answer.json()["detail"]), "paths and addresses are our own"
    assert (await api.http.head(asset_url(session_id, name))).status_code == 404
    assert blobs(api) == []


async def test_a_file_that_is_too_large_is_refused(tmp_path):
    """By its announced length at once, without one as soon as too many bytes have come; nothing is left."""
    async with served_api(tmp_path, upload_limit_bytes=1_000_000) as api:
        session_id = await api.session()

        announced = await api.http.put(asset_url(session_id), content=b"x" * 1_000_001)
        pieces = await api.http.put(
            asset_url(session_id), content=b"x" * 10, headers={"content-range": "bytes 0-9/1000001"}
        )
        streamed = await asyncio.to_thread(_send_without_end, api.address, asset_url(session_id))

        for answer in (announced, pieces):
            assert (answer.status_code, answer.json()["code"]) == (413, "asset_too_large")
            assert answer.json()["expected"] == "at most 1000000 bytes"
        assert streamed.startswith(b"HTTP/1.1 413 ")
        assert (await api.http.head(asset_url(session_id))).status_code == 404


def _send_without_end(address: tuple[str, int], url: str) -> bytes:
    """What is answered to somebody who sends on and on until the connection is broken off."""
    piece = b"186A0\r\n" + b"x" * 100_000 + b"\r\n"
    with socket.create_connection(address, timeout=30) as sending:
        sending.sendall(
            f"PUT {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        with suppress(ConnectionError):
            while True:
                sending.sendall(piece)
        return sending.recv(1000)


async def test_a_digest_is_held_against_what_came(api):
    """With Repr-Digest a file that was changed on its way is not accepted."""
    session_id = await api.session()
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    headers = {"repr-digest": f"sha-256=:{digest}:"}

    wrong = await api.http.put(asset_url(session_id), content=CONTENT + b"\0", headers=headers)
    right = await api.http.put(asset_url(session_id), content=CONTENT, headers=headers)

    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_digest")
    assert right.status_code == 201


async def test_one_sender_at_a_time(api):
    """A second one for the same name is told to wait, and does not mix its bytes with the first's."""
    session_id = await api.session()
    going_on = asyncio.Event()

    async def slowly():
        yield CONTENT[:1000]
        await going_on.wait()
        yield CONTENT[1000:]

    first = asyncio.create_task(api.http.put(asset_url(session_id), content=slowly()))
    async with asyncio.timeout(60):
        while (await api.http.head(asset_url(session_id))).status_code == 404:
            pass  # the first has not arrived yet
    second = await api.http.put(asset_url(session_id), content=b"x")
    going_on.set()

    assert (second.status_code, second.json()["code"]) == (409, "upload_in_progress")
    assert (await first).json()["asset"]["sha256"] == SHA256


async def test_a_full_disk_is_told(api, monkeypatch):
    """507, and what had come is gone, for it is what fills the disk."""
    session_id = await api.session()
    monkeypatch.setattr("agent.api.uploads._append", _no_space)

    answer = await api.http.put(asset_url(session_id), content=CONTENT)

    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert (await api.http.head(asset_url(session_id))).status_code == 404


async def _no_space(*_: object) -> bool:
    raise OSError(28, os.strerror(28))


async def test_what_a_job_gets_is_what_was_uploaded(api):
    """All uploads in their order, or those that the request names, in its order; others are refused."""
    session_id = await api.session()
    for name in ("b.mp4", "a.mp4"):
        await api.http.put(asset_url(session_id, name), content=CONTENT)

    every = await api.job(session_id)
    named = await api.job(session_id, assets=["a.mp4"])
    unknown = await api.http.post(
        "/v1/jobs", json={"session_id": session_id, "prompt": "Join", "assets": ["c.mp4"]}
    )

    assert [await _files(api, job) for job in (every, named)] == [["b.mp4", "a.mp4"], ["a.mp4"]]
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_asset")


async def _files(api, job: dict) -> list[str]:
    found = await api.parts.jobs.get(job["id"])
    paths = [Path(path) for path in found.options["files"]]
    assert all(path.read_bytes() == CONTENT for path in paths)
    return [path.name for path in paths]
