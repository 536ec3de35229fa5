"""The HTTP API, served in this process on a port of its own, with a queue that only remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from agent.api.app import create_app
from agent.api.parts import Parts
from agent.api.server import ApiServer, listening_socket
from agent.domain import EventKind, JobStatus
from agent.jobs import Jobs
from agent.settings import Settings
from agent.store import jobs as job_rows
from agent.store import keys
from agent.store.database import Database, default_url
from agent.store.session_store import SessionStore

_TIMEOUT_S = 30.0


@dataclass
class Queued:
    """Takes legs and carries none out."""

    legs: list[tuple[str, int, str]] = field(default_factory=list)

    async def enqueue(self, job_id: str, leg: int, tenant: str) -> None:
        """Remembers the leg; the same one twice is one."""
        if (job_id, leg, tenant) not in self.legs:
            self.legs.append((job_id, leg, tenant))


@dataclass(frozen=True)
class ServedApi:
    """The service, and a client of it."""

    parts: Parts
    server: ApiServer
    queue: Queued
    url: str
    http: httpx.AsyncClient

    @property
    def address(self) -> tuple[str, int]:
        """For a socket of the test's own."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self.server.server_state.connections)

    def bearer(self, tenant: str, **quotas: int) -> dict[str, str]:
        """The headers of a new key."""
        secret = keys.new_secret()
        self.parts.database.do(partial(keys.add, secret=secret, name=tenant, tenant=tenant, quotas=quotas))
        return {"authorization": f"Bearer {secret}"}

    async def session(self, headers: dict[str, str] | None = None) -> str:
        """The id of a new session."""
        answer = await self.http.post("/v1/sessions", json={}, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    async def job(self, session_id: str, prompt: str = "Trim to 5 seconds", **more: object) -> dict:
        """A new job, as the API tells of it."""
        headers = more.pop("headers", None)
        body = {"session_id": session_id, "prompt": prompt, **more}
        answer = await self.http.post("/v1/jobs", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def worker(self, session_id: str, job_id: str) -> ScriptedWorker:
        """A worker that has the job."""
        database = self.parts.database
        fence = database.do(partial(job_rows.claim, job_id=job_id, executor="scripted"))
        store = SessionStore.open(database, self.parts.home, session_id)
        return ScriptedWorker(store.for_job(fence), job_id)


@dataclass(frozen=True)
class ScriptedWorker:
    """Does what a test says, in place of a real worker."""

    store: SessionStore
    job_id: str

    def tell(self, kind: EventKind, **data: object) -> int:
        """An event of the job."""
        return self.store.tell(kind, data)

    def make(self, name: str, content: bytes, kind: str = "video") -> str:
        """The id of an artifact of the job."""
        path = self.store.folder.outputs / name
        path.write_bytes(content)
        return self.store.add_artifact(path, kind).id

    def end(self, status: JobStatus = JobStatus.COMPLETED, message: str = "done") -> None:
        """The end of the job."""
        end = partial(job_rows.end, fence=self.store.fence, status=status, message=message)
        self.store.database.do(end)


def api_settings(home: Path, **changes: object) -> Settings:
    """Nothing of the environment."""
    return Settings(_env_file=None, home=home, cache=home / "cache", **changes)


@asynccontextmanager
async def served_api(
    home: Path, *, database: Database | None = None, unread_s: float = 60.0, **changes: object
) -> AsyncIterator[ServedApi]:
    """The API as `roughcut serve` runs it, without a worker and without signals."""
    settings = api_settings(home, **changes)
    own = database or Database.open(default_url(home))
    queue = Queued()
    app = create_app(Jobs(own, home, queue), own, home, settings)
    server = ApiServer(app)
    with listening_socket("127.0.0.1", 0, unread_s=unread_s) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S) as http:
                yield ServedApi(app.state.parts, server, queue, url, http)
        finally:
            server.should_exit = True
            await serving
            if database is None:
                own.close()
