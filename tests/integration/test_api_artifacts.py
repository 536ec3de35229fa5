"""What a job has made, over real HTTP: whole, in ranges, known already, lost."""

import hashlib

import pytest

from tests.api_service import served_api

CONTENT = bytes(range(256)) * 4
ETAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'


@pytest.fixture
async def api(tmp_path):
    async with served_api(tmp_path) as served:
        yield served


async def made(api, name: str = "video.mp4", kind: str = "video") -> str:
    """The address of an artifact of a completed job."""
    session_id = await api.session()
    job = await api.job(session_id)
    worker = api.worker(session_id, job["id"])
    artifact = worker.make(name, CONTENT, kind)
    worker.end()
    return f"/v1/artifacts/{artifact}"


async def test_an_artifact_is_what_was_made(api):
    """Its bytes, its media type, its name, and its SHA-256 as ETag."""
    answer = await api.http.get(await made(api))

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-disposition"] == 'inline; filename="video.mp4"'
    assert (answer.headers["etag"], answer.headers["accept-ranges"]) == (ETAG, "bytes")


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-0", 0, 1), ("bytes=1000-", 1000, 1024), ("bytes=-24", 1000, 1024)]
)
async def test_a_browser_can_seek(api, asked, start, end):
    """A range is answered by just these bytes."""
    answer = await api.http.get(await made(api), headers={"range": asked})

    assert (answer.status_code, answer.content) == (206, CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1024"


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=-0", "bytes=0-1,2000-"])
async def test_a_range_behind_the_end_is_refused(api, asked):
    """416, with the size."""
    answer = await api.http.get(await made(api), headers={"range": asked})

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1024")
    assert answer.json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize("headers", [{"range": "pages=1-2"}, {"range": "bytes=0-9", "if-range": '"old"'}])
async def test_what_is_no_range_of_this_file_gets_all_of_it(api, headers):
    """Also a range of what the file once was."""
    answer = await api.http.get(await made(api), headers=headers)

    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_head_tells_the_size(api):
    """And sends nothing."""
    answer = await api.http.head(await made(api))

    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "1024", b"")


async def test_what_the_client_has_is_not_sent_again(api):
    """304 for its ETag."""
    answer = await api.http.get(await made(api), headers={"if-none-match": ETAG})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(("name", "query"), [("report.html", ""), ("video.mp4", "?download=true")])
async def test_what_may_run_is_saved_instead_of_shown(api, name, query):
    """Only pictures, sound, video and plain text are shown in the browser, and those only if wished."""
    answer = await api.http.get(await made(api, name, "report") + query)

    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_lost_file_is_told(api):
    """The row is there and the file is not: 410, and no half of it."""
    url = await made(api)
    [file] = (api.parts.home / "sessions").rglob(f"outputs/{hashlib.sha256(CONTENT).hexdigest()[:16]}.mp4")
    file.unlink()

    answer = await api.http.get(url)

    assert (answer.status_code, answer.json()["code"]) == (410, "artifact_lost")
