"""What is there on this machine, what is not, and how to get it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import openai
from pydantic import SecretStr

from agent.browser.connect import BrowserHandle, BrowserOptions, open_browser
from agent.browser.page import open_operator_page
from agent.browser.protocol import CodecReport, Description, GpuReport
from agent.browser.serve import BUILD_COMMAND
from agent.errors import RoughcutError, SetupMissing
from agent.models.endpoint import open_client
from agent.models.retry import Asker
from agent.settings import Settings
from browser_pool.chromium.errors import ChromiumError, ProgramFailed
from browser_pool.chromium.find import find_browser, install_command
from browser_pool.chromium.gpu import browser_version
from browser_pool.chromium.process import SANDBOX_FIX
from browser_pool.chromium.programs import output_of

_NEEDED_ENCODERS = ("libx264", "aac")
_FREE_BYTES = 2 << 30
_MODEL_TIMEOUT_S = 15.0
_FFMPEG_FIX = "sudo apt-get install -y ffmpeg (Debian, Ubuntu), brew install ffmpeg (macOS)"
_NAMED_IN = {"model": "ROUGHCUT_MODEL", "critic": "ROUGHCUT_CRITIC_MODEL"}
_WITHOUT_DOCKER = "or run the model's Python here: ROUGHCUT_EXECUTOR=local."


@dataclass(frozen=True)
class Finding:
    """One part of the machine; `fix` says what to do where it is not `ok`."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Every part that Roughcut needs, tried rather than looked up; never raises for one that is missing."""
    machine = asyncio.gather(
        _ffmpeg(),
        _ffprobe(),
        _model(settings),
        *([_critic(settings)] if settings.critic_model else []),
        *([_docker()] if settings.executor == "docker" else []),
        _disk(settings.home),
    )
    return [*[finding async for finding in _browser(settings)], *await machine]


async def _browser(settings: Settings) -> AsyncIterator[Finding]:
    options = BrowserOptions.of(settings)
    try:
        ours = options.cdp_url is None and options.pool is None
        if ours:
            path = find_browser(options.path)
            yield Finding("browser", True, f"{await browser_version(path)} ({path})")
        async with open_browser(options) as handle:
            if not ours:
                yield Finding("browser", True, f"{handle.version}, {handle.kind}")
            yield _sandbox(handle)
            async with open_operator_page(handle) as page:
                for finding in _abilities(page.description):
                    yield finding
    except (RoughcutError, ChromiumError) as exc:
        yield _failed("browser", exc, fix=install_command())


def _sandbox(handle: BrowserHandle) -> Finding:
    if handle.sandboxed is None:
        return Finding("sandbox", True, f"cannot be told from here ({handle.kind})")
    if handle.sandboxed:
        return Finding("sandbox", True, "on: the kernel filters the renderers' system calls")
    return Finding("sandbox", False, "off: a composition runs with the browser's own rights", SANDBOX_FIX)


def _abilities(page: Description) -> list[Finding]:
    return [_gpu(page.gpu), *_codecs(page.codecs), _fonts(page.fonts)]


def _fonts(families: Sequence[str]) -> Finding:
    if not families:
        return Finding("fonts", False, "the page was built without any", f"Build it again: {BUILD_COMMAND}")
    return Finding("fonts", True, ", ".join(families))


def _gpu(gpu: GpuReport) -> Finding:
    kind = "hardware" if gpu.hardware else "software, which every job works with"
    return Finding("gpu", True, f"{kind}: {gpu.renderer or 'no WebGL2'}")


def _codecs(codecs: CodecReport) -> list[Finding]:
    # A browser without H.264 was refused before it came to this.
    encode = ", ".join((*codecs.video_encode, *codecs.audio_encode))
    decode = ", ".join((*codecs.video_decode, *codecs.audio_decode))
    aac = "" if "aac" in codecs.audio_encode else " (no AAC: ffmpeg makes it at delivery)"
    return [Finding("encoders", True, encode + aac), Finding("decoders", True, decode)]


async def _ffmpeg() -> Finding:
    try:
        version = (await output_of("ffmpeg", "-hide_banner", "-version")).splitlines()[0]
        encoders = (await output_of("ffmpeg", "-hide_banner", "-encoders")).split()
    except ProgramFailed as exc:
        return _failed("ffmpeg", exc, fix=_FFMPEG_FIX)
    missing = [name for name in _NEEDED_ENCODERS if name not in encoders]
    if missing:
        return Finding("ffmpeg", False, f"{version}, built without {' and '.join(missing)}", _FFMPEG_FIX)
    return Finding("ffmpeg", True, version)


async def _ffprobe() -> Finding:
    try:
        return Finding("ffprobe", True, (await output_of("ffprobe", "-version")).splitlines()[0])
    except ProgramFailed as exc:
        return _failed("ffprobe", exc, fix=_FFMPEG_FIX)


async def _model(settings: Settings) -> Finding:
    if settings.model is None:
        return Finding("model", True, "none: the offline model edits by rules and needs no key")
    return await _endpoint("model", settings.model, settings.model_base_url, _value(settings.model_api_key))


async def _critic(settings: Settings) -> Finding:
    """Asked as the critic asks: endpoint and key are the model's, unless it has its own."""
    return await _endpoint(
        "critic",
        settings.critic_model or "",
        settings.critic_base_url or settings.model_base_url,
        _value(settings.critic_api_key or settings.model_api_key),
    )


async def _endpoint(name: Asker, model: str, base_url: str | None, api_key: str | None) -> Finding:
    """Whether *model* is among those that the endpoint lists for this key."""
    try:
        client = open_client(base_url=base_url, api_key=api_key, timeout_s=_MODEL_TIMEOUT_S, asker=name)
        async with client:
            models = await client.models.list()
    except SetupMissing as exc:
        return _failed(name, exc)
    except openai.OpenAIError as exc:
        return Finding(name, False, f"{model}: {exc}", f"Check ROUGHCUT_{name.upper()}_BASE_URL and the key.")
    names = sorted(each.id for each in models.data)
    if names and model not in names:
        offered = ", ".join(names[:10])
        return Finding(name, False, f"{model} is not among {offered}", f"Set {_NAMED_IN[name]}.")
    return Finding(name, True, f"{model} at {client.base_url}")


def _value(key: SecretStr | None) -> str | None:
    return key.get_secret_value() if key else None


async def _docker() -> Finding:
    try:
        client = await output_of("docker", "--version")
    except ProgramFailed as exc:
        return _failed("docker", exc, fix=f"Install Docker, {_WITHOUT_DOCKER}")
    try:
        server = await output_of("docker", "version", "--format", "{{.Server.Version}}")
    except ProgramFailed:
        return Finding(
            "docker", False, f"{client}, whose daemon does not answer", f"Start it, {_WITHOUT_DOCKER}"
        )
    return Finding("docker", True, f"{client}, daemon {server}")


async def _disk(home: Path) -> Finding:
    place = next(folder for folder in (home, *home.absolute().parents) if folder.exists())
    free_bytes = shutil.disk_usage(place).free
    if not os.access(place, os.W_OK):
        return Finding("disk", False, f"{place} cannot be written", "Set ROUGHCUT_HOME to a folder of yours.")
    detail = f"{free_bytes / 1e9:.1f} GB free in {home}"
    if free_bytes < _FREE_BYTES:
        return Finding("disk", False, detail, "Make room, or set ROUGHCUT_HOME.")
    return Finding("disk", True, detail)


def _failed(name: str, error: RoughcutError | ChromiumError, *, fix: str = "") -> Finding:
    return Finding(name, False, str(error), error.hint or fix)
