"""Settings of a node from the environment and `.env`, prefix `ROUGHCUT_POOL_`; read by the entry point."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIB = 1 << 20
GIB = 1 << 30


def _default_slots() -> int:
    return max(2, os.cpu_count() or 2)


def _parts(value: object) -> object:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)]


class PoolSettings(BaseSettings):
    """Every setting of a node, with the default that works on a laptop with no key."""

    model_config = SettingsConfigDict(env_prefix="ROUGHCUT_POOL_", env_file=".env", extra="ignore")

    node: str = Field(default="n1", pattern=r"^[a-z0-9]{1,16}$")
    """Name of this node; every session id begins with it, so that a load balancer can route by id."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    agent_check_port: int | None = Field(default=None, ge=0, le=65535)
    """Where HAProxy's agent-check reads the free slots; None: not offered."""
    public_url: str | None = None
    """What clients call, such as https://pool.example; None: as in the request."""
    home: Path = Field(default_factory=lambda: user_data_path("roughcut") / "pool")
    """Where the folders of the sessions are."""

    access_log: bool = True
    """Write a line for each request."""

    keys_file: Path | None = None
    """API keys, hashed. None: no key is asked for, which is allowed on loopback only."""
    secret: SecretStr | None = None
    """Signs the tokens in connect URLs, the same on every node; None: made up at start."""
    allowed_hosts: CommaSeparated = ()
    """Host names beside loopback and that of `public_url` under which the node may be called, or `*`."""
    allowed_origins: CommaSeparated = ()
    """Web pages beside the node's own that may call it, as origins such as https://studio.example."""

    browser_path: Path | None = None
    """Chrome or Chromium; None: found by known names."""
    allow_no_sandbox: bool = False
    """Only for containers that cannot give Chromium a sandbox."""
    network: bool = False
    """Whether pages reach anything but what their client serves them over CDP; editing needs nothing else."""
    max_sessions: int = Field(default_factory=_default_slots, ge=1)
    max_queue: int = Field(default=32, ge=0)
    """Creations that may wait for a slot."""
    warm_browsers: int = Field(default=1, ge=0)
    """Browsers kept started for sessions of the default shape; they never exceed the free slots."""
    launch_timeout_s: float = Field(default=30.0, gt=0)
    parallel_launches: int = Field(default_factory=_default_slots, ge=1)
    """Browsers that start at once; more of them only slow each other down."""
    max_wait_s: float = Field(default=300.0, ge=0)
    max_lifetime_s: float = Field(default=6 * 3600.0, gt=0)
    """A session cannot be extended beyond this age."""
    drain_deadline_s: float = Field(default=30.0, ge=0)
    """How long sessions may go on after SIGTERM."""
    tombstone_s: float = Field(default=3600.0, gt=0)
    """How long an ended session is still told of."""

    session_memory_mb: int = Field(default=2048, ge=256)
    session_pids: int = Field(default=512, ge=64)
    session_cpu: float | None = Field(default=None, gt=0)
    """Cores per session; None: not limited."""
    upload_bytes: int = Field(default=4 * GIB, gt=0)
    """The largest single upload."""
    session_disk_bytes: int = Field(default=16 * GIB, gt=0)
    """What the uploads of one session may come to."""
    min_free_disk_bytes: int = Field(default=1 * GIB, ge=0)
    """Uploads and new sessions are refused when the disk has less."""
    max_cpu_pct: float | None = Field(default=None, gt=0)
    """New sessions are refused above it. None: not looked at, for encoding video may use every core."""
    max_mem_pct: float = Field(default=95.0, gt=0)
    max_gpu_mem_pct: float = Field(default=95.0, gt=0)
