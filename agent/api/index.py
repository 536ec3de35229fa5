"""`/`: where everything is."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from agent.api.parts import BaseUrl

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index(base_url: BaseUrl) -> dict[str, str]:
    """The addresses that others are found from."""
    return {
        "service": "roughcut",
        "version": version("roughcut"),
        "openapi": f"{base_url}/openapi.json",
        "sessions": f"{base_url}/v1/sessions",
        "jobs": f"{base_url}/v1/jobs",
        "health": f"{base_url}/healthz/ready",
        "metrics": f"{base_url}/metrics",
    }
