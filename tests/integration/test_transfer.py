"""Bytes both ways: whole or not at all, with little memory, and a clear error when the way is cut."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import signal
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.browser.connect import BrowserHandle, BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.domain import AssetKind, ExportSettings, Verdict
from agent.errors import OutputRefused, PageClosed, TransferFailed
from browser_pool.chromium.find import find_browser
from browser_pool.chromium.flags import LaunchOptions
from browser_pool.chromium.gpu import SOFTWARE
from browser_pool.chromium.launch import launch_chromium
from tests.browser_fixtures import Browsers, asset_of
from tests.media import counter_video, tone
from tests.remote_browser import RemoteBrowser, remote_browser

LARGE_BYTES = 300 << 20
MEMORY_BYTES = 64 << 20
PROGRAM = """\
const layer = new core.Layer();
await composition.add(layer);
await layer.add(new core.VideoClip(asset('clip.mp4')));
"""
# A rendered file that is as large as a test wants it: block n is filled with the byte n.
GIVE_LARGE_ARTIFACT = """async (blocks) => {
    const folder = await navigator.storage.getDirectory();
    const handle = await folder.getFileHandle('large', { create: true });
    const disk = await handle.createWritable();
    for (let n = 0; n < blocks; n += 1) await disk.write(new Uint8Array(1 << 20).fill(n));
    await disk.close();
    const { render, artifactFile } = operator;
    operator.render = async (request) => ({
        artifactId: 'large', sizeBytes: blocks << 20, sha256: request.licenseKey, mimeType: 'video/mp4',
        width: 2, height: 2, frames: 1, durationSeconds: 1, hasAudio: false,
        pictureSeconds: 0, soundSeconds: 0, muxSeconds: 0,
    });
    operator.artifactFile = () => handle.getFile();
    operator.forgetLargeArtifact = async () => {
        Object.assign(operator, { render, artifactFile });
        await folder.removeEntry('large');
    };
}"""


async def test_a_file_arrives_as_it_is(page: OperatorPage) -> None:
    """By its path or in pieces, the page opens the same bytes."""
    clip = asset_of(counter_video(3), name="clip.mp4")

    info = await page.add_asset(clip)

    assert (info.size_bytes, info.sha256, info.duration_seconds) == (clip.size_bytes, clip.sha256, 3)


async def test_a_file_that_the_browser_may_not_read_is_sent(page: OperatorPage, tmp_path: Path) -> None:
    """As root we launch it as somebody else, who cannot enter every folder of ours."""
    private = tmp_path / "a \u00e9\u4e2d 'quoted'.wav"
    private.write_bytes(tone(1).read_bytes())
    private.chmod(0o600)
    tmp_path.chmod(0o700)

    info = await page.add_asset(asset_of(private, AssetKind.AUDIO))

    assert info.size_bytes == private.stat().st_size


@pytest.mark.parametrize("kind", ["remote"], indirect=True)
@pytest.mark.slow
async def test_a_large_file_goes_in_with_little_memory(page: OperatorPage, tmp_path: Path) -> None:
    """Hundreds of megabytes, of which only a few pieces are in memory at any time."""
    large = tmp_path / "large.wav"
    _write_large_sound(large)
    memory = _MemoryWatch()

    info = await page.add_asset(asset_of(large, AssetKind.AUDIO), on_bytes=memory.look)

    assert info.size_bytes == large.stat().st_size > LARGE_BYTES
    assert memory.growth_bytes < MEMORY_BYTES


@pytest.mark.parametrize("kind", ["launched"], indirect=True)
@pytest.mark.slow
async def test_a_large_file_comes_out_with_little_memory(
    page: OperatorPage, handle: BrowserHandle, tmp_path: Path
) -> None:
    """What arrives has the digest that was announced."""
    memory = _MemoryWatch()

    async with _large_artifact(page, handle, LARGE_BYTES >> 20) as digest:
        await _render(page, tmp_path / "out.mp4", digest, on_bytes=memory.look)

    assert (tmp_path / "out.mp4").stat().st_size == LARGE_BYTES
    assert memory.growth_bytes < MEMORY_BYTES


async def test_other_bytes_than_announced_are_refused(
    page: OperatorPage, handle: BrowserHandle, tmp_path: Path
) -> None:
    """On the way out the agent compares; nothing is kept."""
    async with _large_artifact(page, handle, 1):
        with pytest.raises(TransferFailed, match="SHA-256"):
            await _render(page, tmp_path / "out.mp4", "0" * 64)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["remote"], indirect=True)
async def test_a_file_that_changes_on_the_way_in_is_refused(page: OperatorPage) -> None:
    """On the way in the page compares."""
    clip = asset_of(counter_video(3), name="clip.mp4")
    changed = type(clip)(**{**vars(clip), "page_sha256": "0" * 64})

    with pytest.raises(TransferFailed, match="SHA-256"):
        await page.add_asset(changed)


async def test_an_output_that_cannot_be_written_is_said(
    page: OperatorPage, handle: BrowserHandle, tmp_path: Path
) -> None:
    """The folder is not there."""
    async with _large_artifact(page, handle, 1) as digest:
        with pytest.raises(OutputRefused, match="No such file"):
            await _render(page, tmp_path / "missing" / "out.mp4", digest)


@pytest.mark.parametrize("kind", ["launched"], indirect=True)
async def test_a_disk_that_fills_up_leaves_no_half_file(
    page: OperatorPage, handle: BrowserHandle, tmp_path: Path
) -> None:
    """The disk takes the first megabyte and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async with _large_artifact(page, handle, 4) as digest:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
        try:
            with pytest.raises(OutputRefused):
                await _render(page, tmp_path / "out.mp4", digest)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []


async def test_a_connection_cut_on_the_way_in_is_said(browsers: Browsers) -> None:
    """With the name of the file and what to do."""
    clip = asset_of(counter_video(3), name="clip.mp4")
    async with _own_remote(browsers) as (remote, _, page):
        with pytest.raises(PageClosed, match=r"clip\.mp4") as caught:
            await page.add_asset(clip, on_bytes=lambda _done, _total: remote.cut())

    assert caught.value.hint


async def test_a_connection_cut_on_the_way_out_leaves_no_file(browsers: Browsers, tmp_path: Path) -> None:
    """Neither the output nor what was written aside."""
    async with _own_remote(browsers) as (remote, handle, page):
        await _compose(page)
        await handle.page_target.evaluate(GIVE_LARGE_ARTIFACT, 16)
        with pytest.raises(PageClosed, match=r"out\.mov"):
            await _render(page, tmp_path / "out.mov", "0" * 64, on_bytes=lambda _done, _total: remote.cut())

    assert list(tmp_path.iterdir()) == []


async def test_a_browser_killed_in_a_render_leaves_no_file(tmp_path: Path) -> None:
    """`PageClosed` at once, not after a time limit."""
    async with launch_chromium(find_browser(None), LaunchOptions(gpu_flags=SOFTWARE)) as chromium:
        options = BrowserOptions(cdp_url=chromium.endpoint)
        async with open_browser(options) as handle, open_operator_page(handle) as page:
            await _compose(page)
            with pytest.raises(PageClosed):
                async with asyncio.timeout(20):
                    await page.render(
                        _fingerprint(page),
                        ExportSettings(),
                        tmp_path / "out.mov",
                        on_progress=lambda _: os.killpg(chromium.pid, signal.SIGKILL),
                    )

    assert list(tmp_path.iterdir()) == []


async def test_a_browser_killed_as_the_file_is_fetched_leaves_none(tmp_path: Path) -> None:
    """`PageClosed` as in a render: whoever has another browser may try again."""
    async with launch_chromium(find_browser(None), LaunchOptions(gpu_flags=SOFTWARE)) as chromium:
        options = BrowserOptions(cdp_url=chromium.endpoint)
        async with open_browser(options) as handle, open_operator_page(handle) as page:
            await _compose(page)
            await handle.page_target.evaluate(GIVE_LARGE_ARTIFACT, 16)
            with pytest.raises(PageClosed, match=r"out\.mov") as caught:
                async with asyncio.timeout(20):
                    await _render(page, tmp_path / "out.mov", "0" * 64, on_bytes=_killing(chromium.pid))

    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


class _MemoryWatch:
    """How much this process grows while bytes pass."""

    def __init__(self) -> None:
        self._before = self._most = _resident_bytes()

    @property
    def growth_bytes(self) -> int:
        return self._most - self._before

    def look(self, done: int, total: int) -> None:
        self._most = max(self._most, _resident_bytes())


@asynccontextmanager
async def _own_remote(browsers: Browsers) -> AsyncIterator[tuple[RemoteBrowser, BrowserHandle, OperatorPage]]:
    async with (
        remote_browser(browsers.chromium.endpoint) as remote,
        open_browser(BrowserOptions(cdp_url=remote.url)) as handle,
        open_operator_page(handle) as page,
    ):
        yield remote, handle, page


@asynccontextmanager
async def _large_artifact(page: OperatorPage, handle: BrowserHandle, blocks: int) -> AsyncIterator[str]:
    """The digest of what the page will say that it rendered."""
    await _compose(page)
    await handle.page_target.evaluate(GIVE_LARGE_ARTIFACT, blocks)
    digest = hashlib.sha256()
    for block in range(blocks):
        digest.update(bytes([block % 256]) * (1 << 20))
    yield digest.hexdigest()
    await handle.page_target.evaluate("operator.forgetLargeArtifact()")


async def _compose(page: OperatorPage) -> None:
    await page.add_asset(asset_of(counter_video(3), name="clip.mp4"))
    await page.compose(PROGRAM)
    page.gate.record(Verdict(_fingerprint(page), True, "checks"))


async def _render(
    page: OperatorPage,
    output: Path,
    digest: str,
    *,
    on_bytes: Callable[[int, int], None] | None = None,
) -> None:
    settings = ExportSettings(resolution=0.25)
    await page.render(_fingerprint(page), settings, output, licence_key=digest, on_bytes=on_bytes)


def _killing(group: int) -> Callable[[int, int], None]:
    """Ends all processes of the group when the first bytes are there."""

    def kill(done: int, total: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)

    return kill


def _fingerprint(page: OperatorPage) -> str:
    assert page.fingerprint
    return page.fingerprint


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _write_large_sound(path: Path) -> None:
    """Noise, a megabyte of it again and again."""
    noise = os.urandom(1 << 20)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        for _ in range(LARGE_BYTES >> 20):
            sound.writeframesraw(noise)
