"""For whoever runs the node: health, pressure, metrics, version, drain."""

from __future__ import annotations

from importlib.metadata import version as installed_version

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from browser_pool.api.dependencies import Administrator, Served, read_body
from browser_pool.api.metrics import registry_of
from browser_pool.schemas import DrainRequest, PressureView, VersionView

router = APIRouter()

_STILL_READY = ("none", "full")


@router.get("/healthz/live")
async def healthz_live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/healthz/ready")
async def healthz_ready(served: Served, response: Response) -> PressureView:
    """Whether it takes new sessions at all: 503 while it drains, is overloaded or launches nothing.

    A full node is ready: a balancer that took it out would not see the next free slot.
    """
    pressure = served.node.pressure()
    if pressure.reason not in _STILL_READY:
        response.status_code = 503
    return pressure


@router.get("/pressure")
async def pressure(served: Served) -> PressureView:
    """Whether the node takes another session now, and the numbers behind it."""
    return served.node.pressure()


@router.get("/metrics")
async def metrics(served: Served) -> Response:
    """The numbers for Prometheus."""
    return Response(generate_latest(registry_of(served.node)), media_type=CONTENT_TYPE_LATEST)


@router.get("/version")
async def version(served: Served) -> VersionView:
    """Versions of the node's parts; the browser's is that of the last session."""
    return VersionView(
        node=served.node.settings.node,
        roughcut=installed_version("roughcut"),
        browser=served.node.browser_product,
    )


@router.post("/v1/node/drain", status_code=202)
async def drain(request: Request, served: Served, _: Administrator) -> PressureView:
    """Take no more sessions, and end those that are left at the deadline."""
    body = await read_body(request, DrainRequest)
    deadline_s = served.node.settings.drain_deadline_s if body.deadline_s is None else body.deadline_s
    served.node.drain(deadline_s)
    return served.node.pressure()


@router.delete("/v1/node/drain", status_code=202)
async def resume(served: Served, _: Administrator) -> PressureView:
    """Take sessions again."""
    served.node.resume()
    return served.node.pressure()
