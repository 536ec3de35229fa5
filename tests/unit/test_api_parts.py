"""Small decisions of the API: what a request carries, who is ours, what an order becomes."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from agent.api.blobs import content_of, keep_once
from agent.api.orders import order_of, output_folder
from agent.api.origins import is_loopback, refuse_foreign
from agent.api.problems import ApiError, Clash, Forbidden, TooLarge, Unprocessable
from agent.api.schemas import JobRequest
from agent.api.uploads import Span, arriving, checked_name, received_bytes, span_of

SESSION = "3f0c2a52-6a0e-4f0b-9d53-5b1f0e9a7c11"


@pytest.mark.parametrize(
    ("content_range", "length_bytes", "span"),
    [
        (None, 10, Span(0, 10, 10)),
        (None, None, Span(0, None, None)),
        ("bytes 5-9/10", 5, Span(5, 10, 10)),
        ("bytes 5-9/*", None, Span(5, 10, None)),
    ],
)
def test_a_request_says_which_bytes_it_carries(content_range, length_bytes, span):
    """All of the file, unless there is a Content-Range."""
    assert span_of(content_range, length_bytes) == span


@pytest.mark.parametrize("name", ["clip.mp4", "Été à Paris (1).mov", "日本.png"])
def test_a_plain_name_is_kept(name):
    """In any script."""
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\\b", ".hidden", "a\0b", "", "a\nb", "x" * 200])
def test_another_name_is_refused_with_one_that_would_do(name):
    """No folder, no control character, not too long."""
    with pytest.raises(Unprocessable) as refused:
        checked_name(name)

    suggested = refused.value.hint.split("'")[1]
    assert checked_name(suggested) == suggested


async def _sent(*pieces: bytes):
    for piece in pieces:
        yield piece


async def test_a_file_is_whole_when_all_its_bytes_are_there(tmp_path: Path):
    """Whatever pieces it came in."""
    with arriving(tmp_path, "clip.mp4") as file:
        first = await file.receive(Span(0, 4, 10), _sent(b"01", b"23"), 100)
        second = await file.receive(Span(4, 10, 10), _sent(b"456789"), 100)

    assert (first, second, file.part.read_bytes()) == (False, True, b"0123456789")


async def test_what_came_before_a_break_is_kept(tmp_path: Path):
    """Also less than a batch, and the break is told."""

    async def broken():
        yield b"0123"
        raise ConnectionError

    with pytest.raises(ConnectionError), arriving(tmp_path, "clip.mp4") as file:
        await file.receive(Span(0, 10, 10), broken(), 100)

    assert received_bytes(tmp_path, "clip.mp4") == 4


async def test_beginning_anew_forgets_what_came(tmp_path: Path):
    """A request from the first byte on replaces what a broken one has left."""
    with arriving(tmp_path, "clip.mp4") as file:
        await file.receive(Span(0, 4, 10), _sent(b"0123"), 100)
        await file.receive(Span(0, 3, 3), _sent(b"abc"), 100)

    assert file.part.read_bytes() == b"abc"


@pytest.mark.parametrize(
    ("span", "sent", "error"),
    [
        (Span(3, 6, 6), b"345", Clash),
        (Span(0, 101, 101), b"", TooLarge),
        (Span(0, None, None), b"x" * 101, TooLarge),
        (Span(0, 3, 3), b"0123", TooLarge),
    ],
)
async def test_bytes_that_do_not_belong_there_are_refused(tmp_path: Path, span, sent, error):
    """A gap, more than the limit, more than was announced; nothing is left of them."""
    with pytest.raises(error), arriving(tmp_path, "clip.mp4") as file:
        await file.receive(span, _sent(sent), 100)

    assert received_bytes(tmp_path, "clip.mp4") is None


async def test_two_senders_do_not_mix(tmp_path: Path):
    """The second is refused as long as the first is at it, and let in afterwards."""
    with arriving(tmp_path, "clip.mp4"), pytest.raises(Clash), arriving(tmp_path, "clip.mp4"):
        pass
    with arriving(tmp_path, "clip.mp4"), arriving(tmp_path, "other.mp4"):
        await asyncio.sleep(0)


def test_a_blob_that_is_not_whole_is_replaced(tmp_path: Path):
    """As a machine without power may have left it."""
    digest = hashlib.sha256(b"frames").hexdigest()
    blob = tmp_path / "blobs" / digest[:2] / digest
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"")
    part = tmp_path / "part"
    part.write_bytes(b"frames")

    keep_once(part, content_of(part), tmp_path, tmp_path / "uploads" / "clip.mp4")

    assert (blob.read_bytes(), part.exists()) == (b"frames", False)
    assert (tmp_path / "uploads" / "clip.mp4").samefile(blob)


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_loopback_is_this_machine_only(host, ours):
    """Every address of it, and its usual name."""
    assert is_loopback(host) is ours


@pytest.mark.parametrize(
    "host", ["", "evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "[::1"]
)
def test_foreign_host_names_are_refused(host):
    """Also none, and what is no name."""
    with pytest.raises(Forbidden) as refused:
        refuse_foreign({"host": host})

    assert isinstance(refused.value, ApiError)
    assert refused.value.code == "foreign_host"


def test_an_order_makes_all_its_files_in_one_folder(tmp_path: Path):
    """Its output, and what was asked for beside it."""
    asked = JobRequest.model_validate(
        {
            "session_id": SESSION,
            "prompt": "Trim",
            "options": {"container": "webm", "gif": True, "stills_s": [1.5], "shapes": ["9:16", "9:16"]},
            "plan_only": True,
        }
    )

    order = order_of(asked, [tmp_path / "a.mp4"], tmp_path / "out")

    assert {path.parent for path in order.targets} == {tmp_path / "out"}
    assert (order.output.name, order.export.video_codec, order.shapes) == ("video.webm", "vp9", ("9:16",))
    assert (order.files, order.plan_only, order.force) == ((tmp_path / "a.mp4",), True, True)


def test_a_request_that_comes_again_is_the_same_order(tmp_path: Path):
    """Under its key the folder is the same, for this tenant only; without a key each has its own."""
    mine = output_folder(tmp_path, "studio", "once")

    assert mine == output_folder(tmp_path, "studio", "once")
    assert mine != output_folder(tmp_path, "other", "once")
    assert output_folder(tmp_path, "studio", None) != output_folder(tmp_path, "studio", None)
