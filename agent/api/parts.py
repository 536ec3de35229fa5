"""What the routes share: the parts that the app serves, and addresses as clients know them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends
from fastapi import Path as PathParameter
from starlette.requests import HTTPConnection

from agent.api.metrics import Metrics
from agent.api.schemas import ROW_ID, SESSION_ID
from agent.jobs import Jobs
from agent.settings import Settings
from agent.store.database import Database

_PROBES_AT_ONCE = 2


@dataclass(frozen=True)
class Parts:
    """What the app serves; `app.state.parts`."""

    jobs: Jobs
    database: Database
    home: Path
    settings: Settings
    metrics: Metrics
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is about to end: who waits for something long is sent away, to come back."""
    listeners: set[object] = field(default_factory=set)
    """One for each client that follows a job."""
    probing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PROBES_AT_ONCE))
    counting: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """By tenant: held while a quota is compared and used, so that two requests do not share its last unit."""

    def session_folder(self, session_id: str) -> Path:
        """Where the files of a session are."""
        return self.home / "sessions" / session_id


async def parts(connection: HTTPConnection) -> Parts:
    """The app's own."""
    found = connection.app.state.parts
    assert isinstance(found, Parts)
    return found


Served = Annotated[Parts, Depends(parts)]


async def base_url(connection: HTTPConnection, served: Served) -> str:
    """How the client reaches us, without a slash at the end."""
    return (served.settings.public_url or str(connection.base_url)).rstrip("/")


BaseUrl = Annotated[str, Depends(base_url)]
SessionId = Annotated[
    str, PathParameter(pattern=SESSION_ID, examples=["3f0c2a52-6a0e-4f0b-9d53-5b1f0e9a7c11"])
]
JobId = Annotated[str, PathParameter(pattern=ROW_ID, examples=["9a1c7e0d5b3f4c2e8d6a4b2c0e1f3a5d"])]
ArtifactId = Annotated[str, PathParameter(pattern=ROW_ID, examples=["7c211433f02071597741e6ff5a8ea34d"])]
AssetName = Annotated[
    str, PathParameter(min_length=1, max_length=255, description="A plain file name.", examples=["clip.mp4"])
]
