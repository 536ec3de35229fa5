"""A browser session is what it says it is, keeps to itself, and leaves nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import psutil
import pytest
import uvloop

from browser_pool.chromium.cdp import CdpSession
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.gpu import SOFTWARE, gpu_flags
from browser_pool.errors import Conflict, GpuUnavailable, LaunchFailed, NotFound, Unprocessable
from browser_pool.session import BrowserSession, SessionSpec
from tests.pool_sessions import LIMIT_S, gone, is_root, new_page, pids, running, until, value_of

as_root = pytest.mark.skipif(not is_root(), reason="only root can lend accounts")


async def test_a_session_says_what_it_is(neighbour: BrowserSession) -> None:
    """What a real page can do, not what its flags should bring about."""
    usage = await neighbour.usage()

    assert neighbour.sandboxed
    assert neighbour.product.startswith("Chrome/")
    assert neighbour.gpu.webgl2 == bool(neighbour.gpu.renderer)
    assert {"avc", "vp9", "opus"} <= set(neighbour.gpu.encoders)
    assert usage.processes >= 4
    assert 50 < usage.pss_mb < 1000


async def test_language_and_timezone_are_as_asked_for(home: Path) -> None:
    """In the page, where they count."""
    spec = SessionSpec(locale="de-DE", timezone="Asia/Tokyo")
    asked = "[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]"

    async with running(home / "n1-a", spec) as session, new_page(session) as page:
        assert await value_of(page, asked) == ["de-DE", "Asia/Tokyo"]


async def test_all_that_a_browser_writes_is_in_its_folder(neighbour: BrowserSession) -> None:
    """Home, temporary files, caches: also what it leaves when it is killed."""
    folder = neighbour.files.parent
    browser = psutil.Process(neighbour.pid)
    environment = browser.environ()

    assert Path(environment["HOME"]).parent == folder
    assert Path(f"/proc/{neighbour.pid}/cwd/tmp").resolve() == folder / "tmp"
    assert environment["TMPDIR"] == "/proc/self/cwd/tmp"
    assert all(environment[name].startswith(str(folder)) for name in environment if name.startswith("XDG_C"))


async def test_no_page_reaches_the_clouds_metadata(home: Path) -> None:
    """With a network of its own, and however the address is written."""
    ways = ("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.169.254.")
    ways += ("[::ffff:169.254.169.254]", "[fd00:ec2::254]", "metadata.google.internal", "100.100.100.200")

    async with running(home / "n1-m", SessionSpec(network=True)) as session, new_page(session) as page:
        answers = {way: await page.call("Page.navigate", {"url": f"http://{way}/"}) for way in ways}

    assert {way: answer.get("errorText") for way, answer in answers.items()} == dict.fromkeys(
        ways, "net::ERR_NAME_NOT_RESOLVED"
    )


async def test_pages_reach_a_network_only_if_they_are_given_one(
    home: Path, neighbour: BrowserSession
) -> None:
    """Not even this machine, where other sessions listen."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        async with new_page(neighbour) as page:
            for host in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
                assert await _reaches(page, host, port) is False
        assert asked == []

        spec = SessionSpec(network=True)
        async with running(home / "n1-a", spec) as session, new_page(session) as page:
            assert await _reaches(page, "127.0.0.1", port) is True
    assert asked == [b"GET / HTTP/1.1\r\n"]


@as_root
async def test_sessions_do_not_see_each_other(home: Path, neighbour: BrowserSession) -> None:
    """Each has an account of its own: a page that may read files reads those of its own session only."""
    secret = neighbour.downloads / "secret.txt"
    secret.write_text("secret")

    async with running(home / "n1-a") as session, new_page(session) as page:
        own = session.files / "own.txt"
        own.write_text("own")
        allowed = await page.call("Page.navigate", {"url": own.as_uri()})
        refused = await page.call("Page.navigate", {"url": secret.as_uri()})

    assert "errorText" not in allowed
    assert "ERR" in refused["errorText"]


@as_root
async def test_a_browser_cannot_replace_what_its_node_writes_to(neighbour: BrowserSession) -> None:
    """Neither the folder of uploads nor the session's folder is the browser's to write in."""
    uid = psutil.Process(neighbour.pid).uids().real
    writable = {path.name for path in neighbour.files.parent.iterdir() if path.stat().st_uid == uid}

    assert uid != 0
    assert writable == {"profile", "home", "tmp", "downloads"}
    assert neighbour.files.parent.stat().st_uid == 0
    assert neighbour.files.parent.stat().st_mode & 0o777 == 0o750


async def test_a_session_begins_in_a_folder_of_its_own(neighbour: BrowserSession) -> None:
    """One that is there belongs to somebody, and stays as it is."""
    folder = neighbour.files.parent

    with pytest.raises(Conflict):
        await BrowserSession.start(folder, SessionSpec(), browser=find_browser(None))

    assert (folder / "profile" / "DevToolsActivePort").exists()


async def test_a_folder_may_be_deep(home: Path) -> None:
    """Chromium itself refuses to start where the name of a socket would be too long."""
    async with running(home / ("deep" * 30) / "n1-a") as session:
        assert session.product


@as_root
async def test_a_folder_that_browsers_cannot_get_to(tmp_path: Path) -> None:
    """Refused in words, before anything is started."""
    with pytest.raises(LaunchFailed, match="cannot get to"):
        await BrowserSession.start(tmp_path / "n1-a", SessionSpec(), browser=find_browser(None))

    assert list(tmp_path.iterdir()) == []


async def test_flags_that_open_a_door_are_refused(home: Path) -> None:
    """By a list of what is allowed, before anything is started."""
    spec = SessionSpec(args=("--force-dark-mode", "--no-sandbox"))

    with pytest.raises(Unprocessable, match=r"--no-sandbox\."):
        await BrowserSession.start(home / "n1-a", spec, browser=find_browser(None))

    assert list(home.iterdir()) == []


async def test_a_required_gpu_is_never_software(home: Path) -> None:
    """Without one the session is refused, and nothing of it is left."""
    if await gpu_flags(find_browser(None)) != SOFTWARE:
        pytest.skip("this machine has a GPU")

    with pytest.raises(GpuUnavailable):
        await BrowserSession.start(home / "n1-a", SessionSpec(gpu="require"), browser=find_browser(None))

    assert list(home.iterdir()) == []


async def test_what_webgl_says_decides(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the flags promised hardware."""

    async def promised(browser: Path) -> tuple[str, ...]:
        return ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")

    monkeypatch.setattr("browser_pool.session.gpu_flags", promised)

    with pytest.raises(GpuUnavailable, match="SwiftShader"):
        await BrowserSession.start(home / "n1-a", SessionSpec(gpu="require"), browser=find_browser(None))

    assert list(home.iterdir()) == []


async def test_a_screenshot_is_of_a_page(home: Path) -> None:
    """There is none without a page; after a reset there is one."""
    async with running(home / "n1-a") as session:
        with pytest.raises(NotFound):
            await session.screenshot()
        await session.reset()

        jpeg = await session.screenshot()
        png = await session.screenshot(image_format="png")
        with pytest.raises(NotFound):
            await session.screenshot("no-such-page")

    assert jpeg[:3] == b"\xff\xd8\xff"
    assert png[:8] == b"\x89PNG\r\n\x1a\n"


async def test_downloads_go_where_the_node_finds_them(home: Path) -> None:
    """Whatever the page calls them."""
    save = "Object.assign(document.createElement('a'), {href: 'data:,x', download: 'a.txt'}).click()"

    async with running(home / "n1-a") as session, new_page(session) as page:
        done = asyncio.Event()
        session.control.on(
            "Browser.downloadProgress", lambda event: event["state"] == "completed" and done.set()
        )
        await page.call("Runtime.evaluate", {"expression": save, "userGesture": True})
        await asyncio.wait_for(done.wait(), LIMIT_S)

        assert [path.read_text() for path in session.downloads.iterdir()] == ["x"]


async def test_an_ended_session_leaves_nothing(home: Path) -> None:
    """However often it is ended, at once or later."""
    async with running(home / "n1-a") as session:
        await asyncio.gather(session.end(), session.end())
        await session.end()

        assert list(home.iterdir()) == []
        assert session.exited.is_set()
        assert session.exit_reason is None
        await gone(session)


async def test_a_cancelled_start_leaves_nothing(home: Path) -> None:
    """Neither a folder nor a process, wherever it was interrupted."""
    before = set(psutil.pids())
    start = asyncio.create_task(
        BrowserSession.start(home / "n1-a", SessionSpec(), browser=find_browser(None))
    )
    await until((home / "n1-a" / "profile" / "DevToolsActivePort").exists)

    start.cancel()
    await asyncio.wait([start])

    assert start.cancelled()
    assert list(home.iterdir()) == []
    assert not [each for each in _new_since(before) if "chromium" in each.name()]


def test_the_loop_of_the_node_starts_browsers_too(home: Path) -> None:
    """Uvloop by itself starts no process as another user."""

    async def start_and_end() -> int:
        async with running(home / "n1-a") as session:
            await session.reset()
            return len(pids(session, "renderer"))

    assert uvloop.run(start_and_end()) == 1


async def _reaches(page: CdpSession, host: str, port: int) -> object:
    fetch = f"fetch('http://{host}:{port}/', {{mode: 'no-cors'}})"
    return await value_of(page, f"{fetch}.then(() => true, () => false)")


def _new_since(before: set[int]) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in set(psutil.pids()) - before if _is_ours(pid)]


def _is_ours(pid: int) -> bool:
    try:
        return psutil.Process(os.getpid()) in psutil.Process(pid).parents()
    except psutil.NoSuchProcess:
        return False
