"""What browser a request comes to on this node."""

from __future__ import annotations

from browser_pool.allowed_args import refused_args
from browser_pool.errors import Unprocessable
from browser_pool.schemas import SessionRequest
from browser_pool.session import SessionSpec
from browser_pool.settings import PoolSettings

_LOCALE = "en-US"
_TIMEZONE = "UTC"


def spec_for(request: SessionRequest, settings: PoolSettings) -> SessionSpec:
    """The browser that *request* asks for.

    Raises `Unprocessable` if it wants more than the node gives a session, or arguments that are not allowed.
    """
    if refused := refused_args(request.args):
        raise Unprocessable(f"Not allowed in args: {', '.join(refused)}.")
    limits = request.limits
    return SessionSpec(
        headless=request.headless,
        gpu=request.gpu,
        width=request.viewport.w,
        height=request.viewport.h,
        locale=request.locale or _LOCALE,
        timezone=request.timezone or _TIMEZONE,
        args=request.args,
        memory_mb=int(_within("memory_mb", limits.memory_mb, settings.session_memory_mb)),
        pids=int(_within("pids", limits.pids, settings.session_pids)),
        cpu=limits.cpu if settings.session_cpu is None else _within("cpu", limits.cpu, settings.session_cpu),
        network=settings.network,
        allow_no_sandbox=settings.allow_no_sandbox,
    )


def _within(name: str, wanted: float | None, most: float) -> float:
    if wanted is None:
        return most
    if wanted > most:
        raise Unprocessable(f"limits.{name}: {wanted:g} is more than this node gives, which is {most:g}.")
    return wanted
