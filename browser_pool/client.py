"""The pool as its users call it, whether one node answers or a load balancer before many."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from browser_pool.errors import PoolError
from browser_pool.schemas import (
    AttachRequest,
    DrainRequest,
    ExtendRequest,
    FileView,
    PressureView,
    SessionList,
    SessionRequest,
    SessionView,
    VersionView,
)

OnBytes = Callable[[int, int], None]
"""Called with the bytes so far and the bytes in all."""
OnWait = Callable[[PoolError, float], None]
"""Called with why there is no session yet, and the seconds that are left to wait."""

_View = TypeVar("_View", bound=BaseModel)

_CONNECT_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 30.0
_LAUNCH_TIMEOUT_S = 60.0
_QUEUED_AT_ONCE_S = 3.0
_UNREACHABLE_FOR_S = 10.0
_PIECE_BYTES = 1 << 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PASSING = (429, 502, 503, 504)
_QUEUED_IN_VAIN = "queue_timed_out"
_LASTING = ("gpu_unavailable", "launch_timed_out")


class PoolUnreachable(PoolError):
    """Nobody answers at the pool's address, or the answer was cut off."""

    default_status, default_code = 503, "unreachable"


@dataclass(frozen=True)
class NodeOverview:
    """One node as it describes itself; `error` says why there is nothing else."""

    name: str
    version: VersionView | None = None
    pressure: PressureView | None = None
    sessions: tuple[SessionView, ...] = ()
    error: str = ""


@asynccontextmanager
async def open_pool(url: str, key: str | None = None) -> AsyncIterator[PoolClient]:
    """The pool at *url*, an `http://…` or `https://…` without a path; *key* goes in a header only."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    host = urlsplit(url).hostname or ""
    async with httpx.AsyncClient(
        base_url=url,
        headers=headers,
        timeout=httpx.Timeout(_ANSWER_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
        # The environment's proxy is not for this machine.
        mounts={f"all://{host}": None} if host in _LOOPBACK else None,
    ) as http:
        yield PoolClient(http)


class PoolClient:
    """Use `open_pool`. What the pool refuses is a `PoolError` with its status and code."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def create(
        self,
        request: SessionRequest | None = None,
        *,
        wait_s: float = 0,
        on_wait: OnWait | None = None,
    ) -> SessionView:
        """A new browser session; for *wait_s* seconds it is asked for again while there is none to be had.

        No answer that is lost on the way makes a second browser. Raises `PoolError` with status 503 or 504
        when the pool stays full, 429 when the key's own quota is used up.
        """
        started = time.monotonic()
        asking = _Asking(request or SessionRequest())
        while True:
            try:
                return await self._create_once(asking)
            except PoolError as exc:
                # A balancer that restarts is back at once; a wrong address never.
                patience_s = min(wait_s, _UNREACHABLE_FOR_S) if isinstance(exc, PoolUnreachable) else wait_s
                left_s = started + patience_s - time.monotonic()
                if exc.status not in _PASSING or exc.code in _LASTING or left_s <= 0:
                    raise
                if on_wait is not None:
                    on_wait(exc, left_s)
                if exc.code != _QUEUED_IN_VAIN:
                    # Jitter: those who were refused together do not come back together.
                    pause_s = (exc.retry_after_s or 1.0) * random.uniform(0.5, 1.5)
                    await asyncio.sleep(min(pause_s, left_s))
                asking = asking.next(exc, min(_QUEUED_AT_ONCE_S, left_s))

    async def get(self, session_id: str) -> SessionView:
        """The session as it is now; one that has ended is told of for an hour."""
        return await self._ask(SessionView, "GET", _session(session_id))

    async def extend(self, session_id: str, timeout_s: float) -> SessionView:
        """The session, which now ends that long from now, within the node's limit."""
        body = ExtendRequest(timeout_s=timeout_s)
        return await self._ask(SessionView, "POST", f"{_session(session_id)}/extend", body=body)

    async def reset(self, session_id: str) -> None:
        """Closes all tabs of the session, also those that hang, and leaves one blank one."""
        await self._answer("POST", f"{_session(session_id)}/reset")

    async def release(self, session_id: str) -> None:
        """Ends the session; one that has ended or is not known any more is left as it is."""
        try:
            await self._answer("DELETE", _session(session_id))
        except PoolError as exc:
            if exc.status not in (404, 410):
                raise

    async def upload(
        self, session_id: str, path: Path, *, name: str, sha256: str, on_bytes: OnBytes | None = None
    ) -> FileView:
        """Stores the file at *path* with the session, as *name*; memory holds one piece of it.

        Raises `PoolError` if what arrived is not what *sha256* says.
        """
        size_bytes = path.stat().st_size
        stored = await self._ask(
            FileView,
            "PUT",
            f"{_session(session_id)}/files/{quote(name, safe='')}",
            content=_pieces(path, size_bytes, on_bytes),
            headers={"Content-Length": str(size_bytes), "Content-Type": "application/octet-stream"},
        )
        if stored.sha256 != sha256:
            raise PoolError(
                f"Expected {name} with SHA-256 {sha256}, the node has {stored.sha256}.",
                status=502,
                code="digest_mismatch",
            )
        return stored

    async def attach(self, session_id: str, names: tuple[str, ...], *, selector: str, target_id: str) -> None:
        """Chooses files of the session in the file input that *selector* finds on that page."""
        body = AttachRequest(names=names, selector=selector, target_id=target_id)
        await self._answer("POST", f"{_session(session_id)}/files:attach", body=body)

    async def nodes(self) -> list[NodeOverview]:
        """Every node behind the address; one that does not answer is there with the reason."""
        ways = await self._ways()
        return list(await asyncio.gather(*(self._overview(name, way) for name, way in ways.items())))

    async def drain(self, node: str | None = None, *, deadline_s: float | None = None) -> PressureView:
        """The node takes no more sessions, and ends those that it has at the deadline (its own, if None).

        *node* may be left out where there is but one. Raises `PoolError` 404 for a node that is not there.
        """
        body = DrainRequest(deadline_s=deadline_s)
        return await self._ask(PressureView, "POST", f"{await self._way(node)}/v1/node/drain", body=body)

    async def resume(self, node: str | None = None) -> PressureView:
        """The node takes sessions again."""
        return await self._ask(PressureView, "DELETE", f"{await self._way(node)}/v1/node/drain")

    async def pressure(self, node: str | None = None) -> PressureView:
        """How busy the node is."""
        return await self._ask(PressureView, "GET", f"{await self._way(node)}/pressure")

    async def _way(self, node: str | None) -> str:
        ways = await self._ways()
        if node is None and len(ways) == 1:
            return next(iter(ways.values()))
        if node in ways:
            return ways[node]
        raise PoolError(
            f"Expected one of the pool's nodes, found {node!r}.",
            f"Its nodes: {', '.join(sorted(ways))}.",
            status=404,
            code="not_found",
        )

    async def _ways(self) -> dict[str, str]:
        """How paths begin that go to each node."""
        try:
            names = (await self._answer("GET", "/nodes")).json()["nodes"]
        except PoolError as exc:
            if exc.status != 404:
                raise
            # No balancer: the node itself.
            return {(await self._ask(VersionView, "GET", "/version")).node: ""}
        return {name: f"/nodes/{name}" for name in names}

    async def _overview(self, name: str, prefix: str) -> NodeOverview:
        try:
            version = await self._ask(VersionView, "GET", f"{prefix}/version")
            pressure = await self._ask(PressureView, "GET", f"{prefix}/pressure")
            listed = await self._ask(SessionList, "GET", f"{prefix}/v1/sessions")
        except PoolError as exc:
            return NodeOverview(name, error=str(exc))
        return NodeOverview(version.node, version, pressure, tuple(listed.sessions))

    async def _create_once(self, asking: _Asking) -> SessionView:
        return await self._ask(
            SessionView,
            "POST",
            "/v1/sessions",
            body=asking.request,
            headers={"Idempotency-Key": asking.key},
            timeout_s=asking.request.wait_s + _LAUNCH_TIMEOUT_S,
        )

    async def _ask(
        self,
        view: type[_View],
        method: str,
        path: str,
        *,
        body: BaseModel | None = None,
        content: AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> _View:
        answer = await self._answer(
            method, path, body=body, content=content, headers=headers, timeout_s=timeout_s
        )
        try:
            return view.model_validate_json(answer.content)
        except ValidationError as exc:
            raise PoolError(
                f"The answer to {method} {path} is not of this version's: {exc}",
                status=502,
                code="bad_answer",
            ) from exc

    async def _answer(
        self,
        method: str,
        path: str,
        *,
        body: BaseModel | None = None,
        content: AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = _ANSWER_TIMEOUT_S,
    ) -> httpx.Response:
        try:
            answer = await self._http.request(
                method,
                path,
                content=body.model_dump_json(by_alias=True) if body else content,
                headers={**(headers or {}), **({"Content-Type": "application/json"} if body else {})},
                timeout=httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S),
            )
        except httpx.HTTPError as exc:
            url, why = self._http.base_url, exc or type(exc).__name__
            raise PoolUnreachable(
                f"{url.scheme}://{url.netloc.decode()} did not answer {method} {path}: {why}",
                hint="Is it running, and is the address right?",
            ) from exc
        if answer.is_success:
            return answer
        raise _refusal(answer)


@dataclass(frozen=True)
class _Asking:
    """One wording of a wish for a session. The same key and body come to the same session."""

    request: SessionRequest
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def next(self, refusal: PoolError, queued_s: float) -> _Asking:
        """What to ask after *refusal*: a lost answer may have made a session, a clear one has not."""
        if refusal.code in ("unreachable", "bad_gateway", "timeout"):
            return self
        # The first wish queues nowhere, so that the balancer finds any free slot; the next do, for a while.
        return _Asking(self.request.model_copy(update={"wait_s": queued_s}))


async def _pieces(path: Path, size_bytes: int, on_bytes: OnBytes | None) -> AsyncIterator[bytes]:
    sent = 0
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
            sent += len(piece)
            if on_bytes is not None:
                on_bytes(sent, size_bytes)


def _session(session_id: str) -> str:
    return f"/v1/sessions/{quote(session_id, safe='')}"


def _refusal(answer: httpx.Response) -> PoolError:
    """What the node or the balancer says, as far as it is JSON of ours."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    told = body if isinstance(body, dict) else {}
    retry_after = told.get("retry_after_s") or answer.headers.get("Retry-After")
    return PoolError(
        str(told.get("message") or f"The pool answered HTTP {answer.status_code}."),
        str(told.get("hint") or ""),
        status=answer.status_code,
        code=str(told.get("error") or "unknown"),
        retry_after_s=_seconds(retry_after),
    )


def _seconds(value: object) -> float | None:
    try:
        return float(str(value)) if value is not None else None
    except ValueError:
        return None  # a date, which nobody here sends
