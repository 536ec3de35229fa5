"""Settings from the environment and `.env`, prefix `ROUGHCUT_`; read once by the entry point."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with the default that works on a laptop with no key."""

    model_config = SettingsConfigDict(env_prefix="ROUGHCUT_", env_file=".env", extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("roughcut"))
    """Where sessions are kept."""
    database_url: SecretStr | None = None
    """PostgreSQL, such as postgresql://user:…@host/roughcut, for workers on many machines; None: SQLite in
    `home`, for one process at a time.
    """
    cache: Path = Field(default_factory=lambda: user_cache_path("roughcut"))
    """What can be found again: analyses of footage, the index of the documentation."""

    model: str | None = None
    """Model name at the endpoint; None: the offline model, which needs no key."""
    model_base_url: str | None = None
    """Any OpenAI-compatible endpoint; None: OpenAI's own."""
    model_api_key: SecretStr | None = None
    model_timeout_s: float = Field(default=120.0, gt=0)
    model_attempts: int = Field(default=4, ge=1)
    """Tries per reply, with exponential backoff between them."""

    critic_model: str | None = None
    """Vision model of the critic; None: `checks` alone judge."""
    critic_base_url: str | None = None
    """None: the same endpoint as the model."""
    critic_api_key: SecretStr | None = None

    speech_model: str = "base"
    """Whisper model for transcription: a size, or a folder with a CTranslate2 model."""

    docs_model: str | None = None
    """Model that `docs search` embeds with: a name or folder for sentence-transformers; None: MiniLM."""

    max_steps: int = Field(default=12, ge=1)
    """Replies of the model per job."""
    max_rounds: int = Field(default=4, ge=1)
    """Verdicts per job before it ends as review_required."""

    evaluation_rounds: int = Field(default=2, ge=1)
    """Finished videos that are scored per job, before it ends as review_required for their faults."""

    turn_timeout_s: float = Field(default=1800.0, ge=0)
    """How long `roughcut edit` waits, on SQLite, for another process that runs jobs in `home`."""
    job_timeout_s: float = Field(default=6 * 3600.0, gt=0)
    """How long one run of a job may take."""
    stage_timeout_s: float = Field(default=2 * 3600.0, gt=0)
    """How long reading footage, planning, composing or scoring may take; a render has a limit of its own."""
    job_attempts: int = Field(default=20, ge=1)
    """Runs of a job that ended with their worker, before the job counts as deadly and has failed."""
    jobs_per_worker: int = Field(default=1, ge=1)
    jobs_per_tenant: int = Field(default=4, ge=1)
    """Jobs of one tenant that run at once, over all workers."""
    model_calls_per_minute: int | None = Field(default=None, ge=1)
    """Of one tenant, over all workers; None: as many as the endpoint takes."""
    heartbeat_s: float = Field(default=5.0, gt=0)
    lease_s: float = Field(default=30.0, gt=0)
    """How long a worker may be silent before others take its jobs over."""

    browser_path: Path | None = None
    """Chrome or Chromium; None: found by known names."""
    cdp_url: SecretStr | None = None
    """An own or remote browser: http://127.0.0.1:9222 or wss://…?token=…"""
    pool_url: str | None = None
    """A browser pool, such as https://pool.example, that lends a browser for the job."""
    pool_key: SecretStr | None = None
    headed: bool = False
    allow_no_sandbox: bool = False
    """Only for containers that cannot give Chromium a sandbox; generated code then runs less confined."""

    executor: Literal["local", "docker"] = "local"
    core_license_key: SecretStr | None = None
    """The user's own Diffusion Studio licence; without one core keeps its mark in the picture."""

    footage_side_px: int = Field(default=4096, ge=320, le=4096)
    """Pixels on the longer side up to which the page gets footage as it is; larger footage gets a proxy."""

    otlp_endpoint: str | None = None
    """Base URL of an OTLP/HTTP collector, such as http://127.0.0.1:4318, that gets all spans too."""

    compose_timeout_s: float = Field(default=30.0, gt=0)
    render_timeout_s: float = Field(default=3600.0, gt=0)

    serve_host: str = "127.0.0.1"
    """Where `roughcut serve` listens; anything but loopback needs keys."""
    serve_port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = None
    """The service's address as its clients know it, where a proxy stands before it."""
    upload_limit_bytes: int = Field(default=20 * 10**9, ge=1)
    """Size of one uploaded file."""
    edit_wait_s: float = Field(default=900.0, ge=0)
    """How long `POST /edit` waits for the end of a job at most."""
    event_listeners: int = Field(default=256, ge=1)
    """Clients that follow jobs at once."""
    event_heartbeat_s: float = Field(default=15.0, gt=0)
    event_send_limit_s: float = Field(default=30.0, gt=0)
    """A follower who takes nothing for this long is dropped."""
