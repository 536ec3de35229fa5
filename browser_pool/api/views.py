"""A session as its owner sees it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from browser_pool.access import Access
from browser_pool.downloads import Download
from browser_pool.gpu_probe import GpuReport
from browser_pool.lease import Lease
from browser_pool.node import Node
from browser_pool.schemas import (
    BrowserView,
    DownloadView,
    FileView,
    GpuView,
    Limits,
    SessionView,
    UsageView,
)
from browser_pool.tokens import Scope
from browser_pool.uploads import Upload


def session_view(lease: Lease, node: Node, access: Access, connection: HTTPConnection) -> SessionView:
    """*lease* for its owner, with addresses that carry its tokens."""
    http_url = f"{_base_url(node.settings.public_url, connection)}/v1/sessions/{lease.id}"

    def address(url: str, scope: Scope) -> str:
        return f"{url}?token={access.token(lease, scope)}"

    running, facts = lease.running, lease.facts
    return SessionView(
        id=lease.id,
        node=node.settings.node,
        status=lease.status,
        end_reason=lease.end_reason,
        created_at=lease.created_at,
        started_at=lease.started_at,
        connected_at=lease.connected_at,
        last_activity_at=lease.last_activity_at,
        expires_at=lease.expires_at,
        ended_at=lease.ended_at,
        queue_ms=_milliseconds(lease.queue_s),
        launch_ms=_milliseconds(lease.launch_s),
        # http becomes ws, https wss.
        cdp_url=address(f"ws{http_url.removeprefix('http')}/cdp", "cdp"),
        http_url=address(http_url, "cdp"),
        live_url=address(f"{http_url}/live", "view"),
        clients=len(lease.presence),
        sandbox=facts.sandboxed if facts else None,
        gpu=_gpu_view(facts.gpu) if facts else None,
        browser=_browser_view(facts.product) if facts else None,
        viewport=lease.request.viewport,
        limits=Limits(memory_mb=lease.spec.memory_mb, pids=lease.spec.pids, cpu=lease.spec.cpu),
        usage=_usage_view(lease) if facts else None,
        files_bytes=running.uploads.size_bytes if running else 0,
        downloads=[download_view(download) for download in running.downloads.list()] if running else [],
        metadata=lease.request.metadata,
    )


def file_view(upload: Upload) -> FileView:
    """A complete upload."""
    return FileView(
        name=upload.name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        uploaded_at=upload.uploaded_at,
    )


def download_view(download: Download) -> DownloadView:
    """A download, complete or not."""
    return DownloadView(name=download.name, size_bytes=download.size_bytes, complete=download.complete)


def _base_url(public_url: str | None, connection: HTTPConnection) -> str:
    if public_url:
        return public_url.rstrip("/")
    called = urlsplit(str(connection.base_url))
    return f"{called.scheme}://{called.netloc}"


def _gpu_view(gpu: GpuReport) -> GpuView:
    return GpuView(
        requested=gpu.requested,
        hardware=gpu.hardware,
        renderer=gpu.renderer or None,
        webgl2=gpu.webgl2,
        webgpu=gpu.webgpu,
        encoders=list(gpu.encoders),
    )


def _browser_view(product: str) -> BrowserView:
    name, _, revision = product.partition("/")
    return BrowserView(product=name, revision=revision or None)


def _usage_view(lease: Lease) -> UsageView:
    usage = lease.usage
    return UsageView(
        pss_mb=usage.pss_mb if usage else None,
        cpu_s=usage.cpu_s if usage else None,
        rx_bytes=lease.presence.rx_bytes,
        tx_bytes=lease.presence.tx_bytes,
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
