"""The answers that every route may give besides its own, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from agent.api.problems import MEDIA_TYPE, Problem

_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def fault(description: str) -> dict[str, Any]:
    """A problem document under one status."""
    # Any: FastAPI's own type for parts of an OpenAPI document.
    return {"model": Problem, "description": description, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}


FAULTS: dict[int | str, dict[str, Any]] = {
    400: fault("A body that cannot be read as JSON."),
    401: fault("No key, or one that is not known here."),
    403: fault("A foreign host name or web page, where no key is asked for."),
    404: fault("Not there, or another tenant's."),
    422: fault("A field, a name or a file that cannot be used; `faults` names each."),
    503: fault("The database does not answer."),
}
CONFLICT = fault("Another content, request, revision or upload is there already.")
TOO_LARGE = fault("More bytes than may be sent.")
QUOTA = fault("The key's own quota is used up.")
