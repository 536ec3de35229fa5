"""What the HTTP API takes and gives. Unknown fields are refused: a typo must not be silent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from browser_pool.lifecycle import EndReason, Status

Gpu = Literal["auto", "require", "off"]
PressureReason = Literal["none", "draining", "full", "launches", "cpu", "memory", "gpu", "disk"]

Seconds = Annotated[float, Field(gt=0, le=7 * 86400, allow_inf_nan=False)]
SecondsOrZero = Annotated[float, Field(ge=0, le=7 * 86400, allow_inf_nan=False)]
FileName = Annotated[str, Field(min_length=1, max_length=255)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Viewport(_Request):
    """Size of the browser window in CSS pixels."""

    w: int = Field(default=1280, ge=100, le=7680)
    h: int = Field(default=720, ge=100, le=7680)


class Recording(_Request):
    """Recordings are not offered yet: asking for one is refused, not ignored."""

    video: Literal[False] = False
    events: Literal[False] = False


class Policy(_Request):
    """What the session's clients may do with their browser."""

    file_urls: bool = False
    private_network: bool = False
    downloads: bool = True


class Limits(_Request):
    """What the session's browser may use; None: as the node is set."""

    memory_mb: int | None = Field(default=None, ge=256, le=1 << 20)
    pids: int | None = Field(default=None, ge=64, le=1 << 16)
    cpu: float | None = Field(default=None, gt=0, le=1024, allow_inf_nan=False)


class SessionRequest(_Request):
    """Body of `POST /v1/sessions`; times in seconds, of which none counts while the request is queued."""

    timeout_s: Seconds = 3600.0
    """Lifetime, at most the node's `max_lifetime_s`."""
    idle_timeout_s: Seconds = 300.0
    """Without a byte from a client."""
    disconnect_grace_s: SecondsOrZero = 30.0
    """After a socket dropped without a close frame."""
    connect_timeout_s: Seconds = 300.0
    """Until the first client."""
    keep_alive: bool = False
    """A clean close does not end the session; `idle_timeout_s` does."""
    wait_s: SecondsOrZero = 0.0
    """In the queue for a slot."""
    run_async: bool = Field(default=False, alias="async")
    """Answer 202 at once, while the session is queued or starting."""
    headless: bool = True
    gpu: Gpu = "auto"
    viewport: Viewport = Viewport()
    locale: str | None = Field(default=None, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")
    timezone: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$", max_length=64
    )
    profile: None = None
    """Every session has a fresh one; asking for a kept one is refused, not ignored."""
    args: tuple[Annotated[str, Field(max_length=512)], ...] = Field(default=(), max_length=32)
    """Switches of Chromium, from an allow-list."""
    recording: Recording = Recording()
    policy: Policy = Policy()
    limits: Limits = Limits()
    metadata: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]] = Field(
        default_factory=dict, max_length=16
    )
    exclusive: bool = False
    """One client at a time; a second one is refused."""


class ExtendRequest(_Request):
    """Body of `/extend`: the session ends that long from now, within the node's `max_lifetime_s`."""

    timeout_s: Seconds


class AttachRequest(_Request):
    """Body of `files:attach`: uploaded files become the choice of a file input of a page."""

    names: tuple[FileName, ...] = Field(min_length=1, max_length=256)
    target_id: str | None = Field(default=None, max_length=128)
    """The page; None: the only one."""
    selector: str | None = Field(default=None, min_length=1, max_length=4096)
    backend_node_id: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _names_one_input(self) -> Self:
        if (self.selector is None) == (self.backend_node_id is None):
            raise ValueError("give either selector or backend_node_id")
        return self


class DrainRequest(_Request):
    """Body of `/v1/node/drain`; None: the node's `drain_deadline_s`."""

    deadline_s: SecondsOrZero | None = None


class GpuView(BaseModel):
    """What a real WebGL2 context of this session says."""

    requested: Gpu
    hardware: bool
    renderer: str | None
    webgl2: bool
    webgpu: bool | None
    encoders: list[str]


class BrowserView(BaseModel):
    """Which Chromium it is."""

    product: str
    revision: str | None


class UsageView(BaseModel):
    """What the session has used; memory is its fair share (PSS), CPU includes all its processes."""

    pss_mb: float | None
    cpu_s: float | None
    rx_bytes: int
    tx_bytes: int


class DownloadView(BaseModel):
    """A file that the browser has stored, or is storing."""

    name: str
    size_bytes: int
    complete: bool


class SessionView(BaseModel):
    """A browser session as its owner sees it. Chromium's own ids, ports and process ids never show."""

    id: str
    node: str
    status: Status
    end_reason: EndReason | None
    created_at: datetime
    started_at: datetime | None
    connected_at: datetime | None
    last_activity_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    queue_ms: float | None
    launch_ms: float | None
    cdp_url: str
    http_url: str
    live_url: str
    clients: int
    sandbox: bool | None
    gpu: GpuView | None
    browser: BrowserView | None
    viewport: Viewport
    limits: Limits
    usage: UsageView | None
    files_bytes: int
    downloads: list[DownloadView]
    metadata: dict[str, str]


class SessionList(BaseModel):
    """Sessions of this node, newest first."""

    sessions: list[SessionView]


class FileView(BaseModel):
    """A complete upload; `sha256` is also its ETag."""

    name: str
    size_bytes: int
    sha256: str
    uploaded_at: datetime


class FileList(BaseModel):
    """Uploads of a session by name."""

    files: list[FileView]


class DownloadList(BaseModel):
    """Downloads of a session by name."""

    downloads: list[DownloadView]


class PressureView(BaseModel):
    """Whether the node takes another session, and the numbers behind it."""

    available: bool
    reason: PressureReason
    running: int
    queued: int
    warm: int
    max_sessions: int
    max_queue: int
    free: int
    cpu_pct: float
    mem_pct: float
    gpu_mem_pct: float | None
    disk_free_bytes: int
    recently_rejected: int
    launch_p50_ms: float | None
    draining: bool


class VersionView(BaseModel):
    """Versions of the node's parts."""

    node: str
    roughcut: str
    browser: str | None


class ErrorBody(BaseModel):
    """Every error answer."""

    error: str
    message: str
    hint: str | None = None
    session_id: str | None = None
    end_reason: EndReason | None = None
    retry_after_s: float | None = None
    request_id: str
