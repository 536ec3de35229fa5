"""The operator page, as the agent drives it."""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.browser import messages, protocol
from agent.browser.calls import TERMINATED, TIME_LIMIT, PageCalls
from agent.browser.connect import BrowserHandle
from agent.browser.events import OnEvent, OnProgress, PageEvents
from agent.browser.file_input import Choose, FileInput
from agent.browser.fingerprint import fingerprint
from agent.browser.gate import RenderGate
from agent.browser.serve import BUILD_COMMAND, ORIGIN, PageServer, built_page, serving
from agent.browser.transfer import OnBytes, download, upload
from agent.browser.usage import usage_noted
from agent.domain import Asset, ExportSettings, FrameSample, Verdict
from agent.errors import BrowserError, Cancelled, PageError, ProtocolMismatch, RenderFailed, SetupMissing
from agent.tracing import leaf_span
from browser_pool.chromium.find import install_command

_Answer = TypeVar("_Answer", bound=BaseModel)

_CALL_TIMEOUT_S = 30.0
_OPEN_TIMEOUT_S = 120.0
_COMPOSE_TIMEOUT_S = 30.0
_COMPOSE_GRACE_S = 2.0
_RENDER_TIMEOUT_S = 3600.0
_SAMPLE_TIMEOUT_S = 60.0
_SAMPLE_TIMEOUT_PER_FRAME_S = 5.0
_FRAMES_PER_CALL = 60
_H264 = "avc"


@asynccontextmanager
async def open_operator_page(
    handle: BrowserHandle,
    *,
    on_event: OnEvent | None = None,
    compose_timeout_s: float = _COMPOSE_TIMEOUT_S,
    render_timeout_s: float = _RENDER_TIMEOUT_S,
    folder: Traversable | None = None,
    gate: RenderGate | None = None,
) -> AsyncIterator[OperatorPage]:
    """The operator page in the handle's tab, served from *folder* (default: the one in this package).

    A *gate* that is passed in outlives the page: a green light is for a fingerprint, not for a tab.
    Raises `ProtocolMismatch` if it speaks another version, `SetupMissing` if the browser lacks H.264.
    """
    events = PageEvents(on_event)
    async with (
        handle.connection.attached(handle.target_id) as session,
        serving(folder or built_page(), session) as server,
    ):
        await events.attach(session)
        await session.call("Page.navigate", {"url": f"{ORIGIN}/"})
        calls = await PageCalls.when_ready(session)
        server.lock()
        description = await _describe(calls)
        _require_h264(description.codecs, handle.version)
        yield OperatorPage(
            handle,
            server,
            calls,
            events,
            description=description,
            compose_timeout_s=compose_timeout_s,
            render_timeout_s=render_timeout_s,
            gate=gate or RenderGate(),
        )


class OperatorPage:
    """The methods of the page, typed; what it refuses is a `PageError` with its code."""

    def __init__(
        self,
        handle: BrowserHandle,
        server: PageServer,
        calls: PageCalls,
        events: PageEvents,
        *,
        description: protocol.Description,
        compose_timeout_s: float,
        render_timeout_s: float,
        gate: RenderGate,
    ) -> None:
        self.gate = gate
        self.description = description
        """What the page said of itself when it was opened."""
        self.fingerprint: str | None = None
        """Of the current composition."""
        self.summary: protocol.CompositionSummary | None = None
        self._handle = handle
        self._server = server
        self._calls = calls
        self._events = events
        self._compose_timeout_s = compose_timeout_s
        self._render_timeout_s = render_timeout_s
        self._file_input = FileInput(calls.session)
        self._digests: dict[str, str] = {}

    @property
    def reads_our_files(self) -> bool:
        """Whether the browser opens files from our disk, so that nothing is sent."""
        return self._handle.shares_disk

    async def describe(self) -> protocol.Description:
        """Versions, codecs that work in this browser, and its graphics."""
        return await _describe(self._calls)

    async def add_asset(self, asset: Asset, *, on_bytes: OnBytes | None = None) -> protocol.AssetInfo:
        """Open an asset in the page: as a file on the browser's disk, else by sending its bytes over CDP."""
        if self._handle.shares_disk or self._handle.lease is not None:
            async with self._file_input.chosen(asset.page_path, self._by_http(asset, on_bytes)) as source:
                if source is not None:
                    return await self._add(asset, source)
        upload_id = await upload(
            self._calls,
            self._server,
            asset.page_path,
            name=asset.name,
            sha256=asset.page_sha256,
            on_bytes=on_bytes,
        )
        return await self._add(asset, protocol.FromUpload(upload_id=upload_id))

    async def check(self, source: str) -> protocol.CheckResult:
        """Type-check a program without running it."""
        return await self._ask(protocol.CheckResult, "check", source, timeout_s=_CALL_TIMEOUT_S)

    async def compose(self, source: str) -> protocol.Composed | protocol.Rejected:
        """Run a whole program; if it fails or does not end in time, the previous composition stays."""
        limit_s = self._compose_timeout_s
        request = protocol.ComposeRequest(source=source, time_limit_seconds=limit_s)
        try:
            answer = await self._ask(
                protocol.ComposeResult,
                "compose",
                messages.wire(request),
                timeout_s=limit_s + _COMPOSE_GRACE_S,
            )
        except PageError as exc:
            if exc.code not in (TIME_LIMIT, TERMINATED):
                raise
            rejected = messages.out_of_time(limit_s)
            await self._show(protocol.PresentRequest(diagnostics=rejected.diagnostics))
            return rejected
        result = answer.root
        if isinstance(result, protocol.Composed):
            self._require_our_fingerprint(source, result.fingerprint)
            self.fingerprint, self.summary = result.fingerprint, result.summary
        return result

    async def sample(
        self,
        *,
        fps: float = 1.0,
        times: Sequence[float] | None = None,
        width: int = 640,
        frame_rate: float = 30,
    ) -> tuple[FrameSample, ...]:
        """Frames of the composition in order of time; the last one is always among them."""
        frames: dict[int, FrameSample] = {}
        for batch in _batches(self._regular_times(fps) if times is None else times):
            request = protocol.SampleRequest(times=batch, width=width, frame_rate=frame_rate)
            limit_s = _SAMPLE_TIMEOUT_S + len(batch) * _SAMPLE_TIMEOUT_PER_FRAME_S
            result = await self._ask_stoppable(protocol.SampleResult, "sample", request, timeout_s=limit_s)
            frames.update((frame.frame_index, messages.frame_sample(frame)) for frame in result.frames)
        return tuple(frames[index] for index in sorted(frames))

    async def render(
        self,
        fingerprint: str,
        settings: ExportSettings,
        output: Path,
        *,
        licence_key: str | None = None,
        on_progress: OnProgress | None = None,
        on_bytes: OnBytes | None = None,
    ) -> protocol.RenderResult:
        """Encode the composition of that fingerprint; the file appears at *output* only when it is complete.

        Raises `NotGreenlit`, `RenderFailed` with the page's message, `TransferFailed`, `Cancelled`, or
        `PageClosed` if the browser went away.
        """
        self.gate.require(fingerprint)
        request = messages.render_request(fingerprint, settings, licence_key)
        async with usage_noted(self._handle.connection, self.description.gpu):
            with self._events.progress_to(on_progress):
                try:
                    result = await self._ask_stoppable(
                        protocol.RenderResult, "render", request, timeout_s=self._render_timeout_s
                    )
                except PageError as exc:
                    raise RenderFailed(str(exc), hint=exc.hint) from exc
        try:
            await download(
                self._calls,
                result.artifact_id,
                output,
                size_bytes=result.size_bytes,
                sha256=result.sha256,
                on_bytes=on_bytes,
            )
        finally:
            await self._drop(result.artifact_id)
        return result

    async def cancel(self) -> None:
        """Stop a running `sample` or `render`, which then raises `Cancelled`."""
        await self._calls.call("cancel", timeout_s=_CALL_TIMEOUT_S)

    async def reset(self) -> None:
        """Back to an empty composition without assets."""
        await self._calls.call("reset", timeout_s=_CALL_TIMEOUT_S)
        self._digests.clear()
        self.fingerprint = self.summary = None

    async def present(
        self, *, prompt: str | None = None, stage: str | None = None, verdict: Verdict | None = None
    ) -> None:
        """Show people at the page what the agent is doing."""
        shown = None if verdict is None else messages.shown_verdict(verdict)
        await self._show(protocol.PresentRequest(prompt=prompt, stage=stage, verdict=shown))

    async def screenshot(self) -> bytes:
        """A PNG of the page as a person sees it."""
        shot = await self._calls.session.call("Page.captureScreenshot", {"format": "png"})
        return base64.b64decode(shot["data"])

    def _by_http(self, asset: Asset, on_bytes: OnBytes | None) -> Choose | None:
        """How a node of the pool gets the file; None where the browser reads ours."""
        handle = self._handle
        if handle.lease is None:
            return None
        return partial(
            handle.lease.choose,
            asset.page_path,
            asset.page_sha256,
            selector=f"#{protocol.FILE_INPUT_ID}",
            target_id=handle.target_id,
            on_bytes=on_bytes,
        )

    async def _add(
        self, asset: Asset, source: protocol.FromInput | protocol.FromUpload
    ) -> protocol.AssetInfo:
        request = messages.add_asset_request(asset, source)
        info = await self._ask(
            protocol.AssetInfo, "addAsset", messages.wire(request), timeout_s=_OPEN_TIMEOUT_S
        )
        self._digests[asset.name] = asset.sha256
        return info

    async def _show(self, request: protocol.PresentRequest) -> None:
        await self._calls.call("present", messages.wire(request), timeout_s=_CALL_TIMEOUT_S)

    async def _ask(self, answer: type[_Answer], method: str, request: object, *, timeout_s: float) -> _Answer:
        with leaf_span(f"page {method}", kind="page"):
            return _read(answer, method, await self._calls.call(method, request, timeout_s=timeout_s))

    async def _ask_stoppable(
        self, answer: type[_Answer], method: str, request: protocol.Message, *, timeout_s: float
    ) -> _Answer:
        """As `_ask`; the page stops working on it when we stop waiting."""
        try:
            return await self._ask(answer, method, messages.wire(request), timeout_s=timeout_s)
        except asyncio.CancelledError:
            await self._cancel_quietly()
            raise
        except PageError as exc:
            if exc.code == "canceled":
                raise Cancelled(f"The {method} was stopped.") from exc
            if exc.code == TIME_LIMIT:
                await self._cancel_quietly()
            raise

    async def _cancel_quietly(self) -> None:
        with suppress(BrowserError):
            await self.cancel()

    async def _drop(self, artifact_id: str) -> None:
        with suppress(BrowserError):
            await self._calls.call("dropArtifact", {"artifactId": artifact_id}, timeout_s=_CALL_TIMEOUT_S)

    def _require_our_fingerprint(self, source: str, found: str) -> None:
        expected = fingerprint(source, self._digests.items(), self.description.core_version)
        if found != expected:
            raise ProtocolMismatch(f"Expected fingerprint {expected}, the page has {found}.")

    def _regular_times(self, fps: float) -> list[float]:
        if self.summary is None:
            raise PageError("nothing_composed", "There is no composition to sample.")
        return [index / fps for index in range(max(1, math.ceil(self.summary.duration_seconds * fps)))]


def _read(model: type[_Answer], method: str, answer: object) -> _Answer:
    try:
        return model.model_validate(answer)
    except ValidationError as exc:
        raise ProtocolMismatch(f"The answer to {method} is not of this protocol: {exc}") from exc


async def _describe(calls: PageCalls) -> protocol.Description:
    answer = await calls.call("describe", timeout_s=_OPEN_TIMEOUT_S)
    # Before the rest is read: another version may describe itself otherwise.
    found = answer.get("protocolVersion") if isinstance(answer, dict) else None
    if found != protocol.PROTOCOL_VERSION:
        raise ProtocolMismatch(
            f"Expected protocol {protocol.PROTOCOL_VERSION}, the page has {found!r}.",
            hint=f"Build the page of this version: {BUILD_COMMAND}",
        )
    return _read(protocol.Description, "describe", answer)


def _require_h264(codecs: protocol.CodecReport, browser_version: str) -> None:
    if _H264 not in codecs.video_encode or _H264 not in codecs.video_decode:
        raise SetupMissing(
            f"This browser ({browser_version}) cannot decode and encode H.264.",
            hint=f"Use Google Chrome, or a Chromium built with codecs: {install_command()}",
        )


def _batches(times: Sequence[float]) -> Iterator[tuple[float, ...]]:
    for start in range(0, len(times), _FRAMES_PER_CALL):
        yield tuple(times[start : start + _FRAMES_PER_CALL])
