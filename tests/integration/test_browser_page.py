"""The operator page as the agent drives it, in a browser of each kind."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent.browser.calls import PageCalls
from agent.browser.connect import BrowserHandle
from agent.browser.page import OperatorPage
from agent.browser.protocol import Composed, ProgressEvent, Rejected
from agent.domain import ExportSettings, Verdict
from agent.errors import Cancelled, NotGreenlit, PageError, RenderFailed
from tests.browser_fixtures import asset_of
from tests.media import counter_video

SMALL = ExportSettings(resolution=0.25)
CLIP = "counter clip.mp4"
PROGRAM = f"""\
const layer = new core.Layer();
await composition.add(layer);
await layer.add(new core.VideoClip(asset('{CLIP}'), {{ range: [0, 1] }}));
"""

REACH_OUT = {
    "fetch": "fetch('https://example.com').then(() => 'reached', () => 'refused')",
    "address": "fetch('http://127.0.0.1:9222/json').then(() => 'reached', () => 'refused')",
    "image": """new Promise((resolve) => {
        const image = new Image();
        image.onload = () => resolve('reached');
        image.onerror = () => resolve('refused');
        image.src = 'https://example.com/a.png';
    })""",
    "socket": """new Promise((resolve) => {
        const socket = new WebSocket('wss://example.com');
        socket.onopen = () => resolve('reached');
        socket.onerror = () => resolve('refused');
    })""",
    "worker": """new Promise((resolve) => {
        const source = `fetch('https://example.com')
            .then(() => postMessage('reached'), () => postMessage('refused'))`;
        const worker = new Worker(URL.createObjectURL(new Blob([source])));
        worker.onmessage = (event) => resolve(event.data);
    })""",
    "shared worker": """new Promise((resolve) => {
        const source = `onconnect = ({ ports: [port] }) =>
            fetch('https://example.com')
                .then(() => port.postMessage('reached'), () => port.postMessage('refused'))`;
        const worker = new SharedWorker(URL.createObjectURL(new Blob([source])));
        worker.port.onmessage = (event) => resolve(event.data);
    })""",
    "frame": """new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.onload = () => {
            try { resolve(frame.contentWindow.location.href === 'about:blank' ? 'refused' : 'reached'); }
            catch { resolve('refused'); }
            frame.remove();
        };
        frame.src = 'https://example.com';
        document.body.append(frame);
    })""",
    "popup": "window.open('https://example.com') ? 'reached' : 'refused'",
    "webrtc": "typeof RTCPeerConnection === 'undefined' ? 'refused' : 'reached'",
}
WHISPER = """async (url) => {
    navigator.sendBeacon(`${url}/beacon`, 'x');
    for (const rel of ['preconnect', 'prefetch', 'preload', 'stylesheet', 'icon', 'modulepreload']) {
        const link = document.createElement('link');
        document.head.append(Object.assign(link, { rel, as: 'image', href: `${url}/${rel}` }));
    }
    const form = Object.assign(document.createElement('form'), { action: `${url}/form`, method: 'post' });
    document.body.append(form);
    form.submit();
    await new Promise((resolve) => setTimeout(resolve, 300));
}"""


@pytest.mark.parametrize("way", REACH_OUT)
async def test_the_page_has_no_network(page: OperatorPage, handle: BrowserHandle, way: str) -> None:
    """Whatever way it tries, nothing but its own origin answers."""
    assert await handle.page_target.evaluate(REACH_OUT[way]) == "refused"


async def test_nobody_hears_of_the_page(page: OperatorPage, handle: BrowserHandle) -> None:
    """Also not by what gives no answer: beacons, hints to the browser, forms."""
    callers: list[object] = []
    listener = await asyncio.start_server(lambda _, writer: callers.append(writer), "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        await handle.page_target.evaluate(WHISPER, f"http://127.0.0.1:{port}")

        assert callers == []


@pytest.mark.parametrize("target", ["https://example.com/", "https://roughcut.invalid/", "data:text/html,x"])
async def test_the_page_cannot_be_left(page: OperatorPage, handle: BrowserHandle, target: str) -> None:
    """Neither for another page nor for a fresh copy of itself."""
    await handle.page_target.evaluate("window.mark = 'still here'")
    await handle.page_target.evaluate("(url) => { location.href = url; }", target)

    await page.check("composition.duration;")

    assert await handle.page_target.evaluate("window.mark") == "still here"


@pytest.mark.parametrize(
    "path", ["/..%2findex.html", "/..%5cindex.html", "/index.html%00", "/C:/x", "/assets"]
)
async def test_a_path_that_is_none_gets_an_answer(
    page: OperatorPage, handle: BrowserHandle, path: str
) -> None:
    """404, and not a request that waits for ever."""
    get = "async (path) => (await fetch(path, { signal: AbortSignal.timeout(5000) })).status"

    assert await handle.page_target.evaluate(get, path) == 404


async def test_a_program_may_push_anything(page: OperatorPage, handle: BrowserHandle) -> None:
    """Also progress without end: the connection lives on."""
    for payload in ('{"type":"progress","stage":"sample","done":1e999,"total":1}', "no JSON", "[]"):
        await handle.page_target.evaluate("(text) => roughcutEvent(text)", payload)

    assert (await page.describe()).core_version


async def test_the_page_is_isolated(page: OperatorPage) -> None:
    """As an origin of its own, with exact timers and shared memory."""
    assert page.description.cross_origin_isolated


async def test_a_program_is_checked_composed_and_sampled(page: OperatorPage) -> None:
    """The way of one edit, up to the frames that a critic sees."""
    await _add_clip(page)

    checked = await page.check("composition.widht;")
    composed = await page.compose(PROGRAM)
    frames = await page.sample(fps=2, width=160)

    assert checked.diagnostics[0].suggestion
    assert isinstance(composed, Composed)
    assert composed.fingerprint == page.fingerprint
    assert page.summary == composed.summary
    assert [frame.frame_index for frame in frames] == [0, 15, 29]
    assert all(frame.jpeg.startswith(b"\xff\xd8") for frame in frames)


@pytest.mark.parametrize(
    "program",
    ["for (;;) {}", "await Promise.resolve();\nfor (;;) {}", "await new Promise(() => {});"],
    ids=["loop", "loop after await", "promise without end"],
)
async def test_a_program_without_end_is_ended(
    page: OperatorPage, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page answers again and the previous composition is the current one."""
    await _add_clip(page)
    await page.compose(PROGRAM)
    before = page.fingerprint
    monkeypatch.setattr(page, "_compose_timeout_s", 2.0)

    result = await page.compose(program)

    assert isinstance(result, Rejected)
    assert result.reason == "time_limit"
    assert page.fingerprint == before
    assert len(await page.sample(times=[0], width=160)) == 2


async def test_an_exception_names_its_line(page: OperatorPage) -> None:
    """In the lines of the program as it was sent."""
    result = await page.compose("const a = 1;\nthrow new Error('lost');\n")

    assert isinstance(result, Rejected)
    assert result.reason == "exception"
    assert (result.diagnostics[0].line, "lost" in result.diagnostics[0].message) == (2, True)


async def test_nothing_is_rendered_without_a_green_light(page: OperatorPage, tmp_path: Path) -> None:
    """The gate knows fingerprints, not promises."""
    await _add_clip(page)
    await page.compose(PROGRAM)
    assert page.fingerprint

    with pytest.raises(NotGreenlit):
        await page.render(page.fingerprint, SMALL, tmp_path / "out.mov")

    assert list(tmp_path.iterdir()) == []


async def test_a_render_arrives_whole(page: OperatorPage, tmp_path: Path) -> None:
    """The file is what the page announced, progress was told, and nothing else is left."""
    fingerprint = await _greenlit(page)
    progress: list[ProgressEvent] = []

    result = await page.render(fingerprint, SMALL, tmp_path / "out.mov", on_progress=progress.append)

    assert [path.name for path in tmp_path.iterdir()] == ["out.mov"]
    assert (tmp_path / "out.mov").stat().st_size == result.size_bytes
    assert (result.frames, result.has_audio) == (30, True)
    assert {"picture", "sound", "mux"} == {event.stage for event in progress}


async def test_a_stale_fingerprint_is_not_rendered(page: OperatorPage, tmp_path: Path) -> None:
    """A green light is for one composition; another has taken its place."""
    fingerprint = await _greenlit(page)
    await page.compose(PROGRAM.replace("[0, 1]", "[0, 2]"))

    with pytest.raises(RenderFailed):
        await page.render(fingerprint, SMALL, tmp_path / "out.mov")


async def test_a_cancelled_render_leaves_no_file(page: OperatorPage, tmp_path: Path) -> None:
    """`cancel` ends it with `Cancelled`, and the page takes the next order."""
    fingerprint = await _greenlit(page)
    began = asyncio.Event()
    render = asyncio.create_task(
        page.render(fingerprint, ExportSettings(), tmp_path / "out.mov", on_progress=lambda _: began.set())
    )
    await began.wait()

    await page.cancel()

    with pytest.raises(Cancelled):
        await render
    assert list(tmp_path.iterdir()) == []
    assert len(await page.sample(times=[0], width=160)) == 2


async def test_a_render_whose_task_is_cancelled_stops_in_the_page(page: OperatorPage, tmp_path: Path) -> None:
    """Nobody waits for it any more, so the page stops too."""
    fingerprint = await _greenlit(page)
    began = asyncio.Event()
    render = asyncio.create_task(
        page.render(fingerprint, ExportSettings(), tmp_path / "out.mov", on_progress=lambda _: began.set())
    )
    await began.wait()

    render.cancel()
    await asyncio.gather(render, return_exceptions=True)

    assert render.cancelled()
    assert len(await _when_idle(page)) == 2


async def test_what_the_page_refuses_has_a_code(page: OperatorPage) -> None:
    """The code of the protocol, with a message for people."""
    with pytest.raises(PageError) as caught:
        await page.sample(times=[0])

    assert caught.value.code == "nothing_composed"


async def test_verdicts_are_shown(page: OperatorPage, handle: BrowserHandle) -> None:
    """A person at the page sees what the agent is told."""
    await page.present(prompt="Make it short", stage="review", verdict=Verdict("f", True, "checks"))

    await handle.page_target.get_by_text("Make it short").wait_for()
    assert (await page.screenshot()).startswith(b"\x89PNG")


async def test_an_answer_that_never_comes_has_a_limit(page: OperatorPage, handle: BrowserHandle) -> None:
    """Any method, not only `compose`."""
    await handle.page_target.evaluate("() => { operator.never = () => new Promise(() => {}); }")
    async with handle.connection.attached(handle.target_id) as session:
        calls = await PageCalls.when_ready(session)

        with pytest.raises(PageError) as caught:
            await calls.call("never", timeout_s=0.2)

    assert caught.value.code == "time_limit"


async def _add_clip(page: OperatorPage) -> None:
    await page.add_asset(asset_of(counter_video(3), name=CLIP))


async def _greenlit(page: OperatorPage) -> str:
    await _add_clip(page)
    composed = await page.compose(PROGRAM)
    assert isinstance(composed, Composed)
    page.gate.record(Verdict(composed.fingerprint, True, "checks"))
    return composed.fingerprint


async def _when_idle(page: OperatorPage) -> tuple[object, ...]:
    async with asyncio.timeout(60):
        while True:
            try:
                return await page.sample(times=[0], width=160)
            except PageError as exc:
                assert exc.code == "busy"
