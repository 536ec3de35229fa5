"""Errors as callers of the API see them: RFC 9457 problem documents.

ApiError
├── Unauthorised     401  no key, or one that is not known
├── Forbidden        403  a foreign host name or web page
├── Clash            409  another content, request or upload is there already
├── Gone             410  the row is there and its file is not
├── TooLarge         413  a file or body over its limit
├── RangeNotSatisfiable 416
├── Unprocessable    422  a field, a name or a file that cannot be used
├── QuotaExceeded    429  the key's own quota
├── Unavailable      503  the database does not answer
└── DiskFull         507
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from agent.errors import (
    BadInput,
    BadMedia,
    Conflict,
    NotFound,
    NotUnderstood,
    RoughcutError,
    SetupMissing,
    StoreFailed,
)

MEDIA_TYPE = "application/problem+json"
_TYPE = "urn:roughcut:problem:"
_SHOWN_LETTERS = 200


class Fault(BaseModel):
    """One field that is not as it should be."""

    at: str
    expected: str
    found: str


class Problem(BaseModel):
    """Why a request was refused or failed, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:roughcut:problem:asset_too_large",
                    "title": "Content Too Large",
                    "status": 413,
                    "detail": "The file is larger than this service takes.",
                    "code": "asset_too_large",
                    "expected": "at most 20000000000 bytes",
                    "found": "20000000001 bytes",
                    "what_to_do": "Send a shorter or smaller file.",
                    "request_id": "6f1e0a3c9d2b4e58",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable, for programs."""
    expected: str | None = None
    found: str | None = None
    what_to_do: str | None = None
    faults: list[Fault] = Field(default=[])
    retry_after_s: float | None = None
    request_id: str


class ApiError(RoughcutError):
    """Base of what the API itself refuses; `code` is for programs, `hint` for people."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        expected: str | None = None,
        found: str | None = None,
        faults: Sequence[Fault] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.expected = expected
        self.found = found
        self.faults = tuple(faults)
        self.retry_after_s = retry_after_s


class Unauthorised(ApiError):
    """No key, or one that is not known here."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(ApiError):
    """The request comes by a foreign host name or from a foreign web page."""

    status = HTTPStatus.FORBIDDEN


class Clash(ApiError):
    """Another content, request or upload is there already."""

    status = HTTPStatus.CONFLICT


class Gone(ApiError):
    """The row is there and its file is not."""

    status = HTTPStatus.GONE


class TooLarge(ApiError):
    """A file or body over its limit."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class RangeNotSatisfiable(ApiError):
    """A range begins behind the end of the file."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE

    def __init__(self, size_bytes: int, found: str) -> None:
        super().__init__(
            "range_not_satisfiable",
            "The range lies behind the end of the file.",
            expected=f"a range within {size_bytes} bytes",
            found=found,
        )
        self.headers = {"content-range": f"bytes */{size_bytes}"}


class Unprocessable(ApiError):
    """A field, a name or a file that cannot be used as it is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class QuotaExceeded(ApiError):
    """The key's own quota is used up."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(ApiError):
    """A part that the service needs does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class DiskFull(ApiError):
    """No room is left for what was sent."""

    status = HTTPStatus.INSUFFICIENT_STORAGE


_STATUS_OF: tuple[tuple[type[RoughcutError], HTTPStatus, str], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND, "not_found"),
    (Conflict, HTTPStatus.CONFLICT, "conflict"),
    (BadMedia, HTTPStatus.UNPROCESSABLE_ENTITY, "bad_media"),
    (NotUnderstood, HTTPStatus.UNPROCESSABLE_ENTITY, "not_understood"),
    (BadInput, HTTPStatus.UNPROCESSABLE_ENTITY, "bad_input"),
    (StoreFailed, HTTPStatus.SERVICE_UNAVAILABLE, "store_failed"),
    (SetupMissing, HTTPStatus.SERVICE_UNAVAILABLE, "setup_missing"),
)
"""What our other errors are to a caller; the first that fits counts."""


def problem_of(error: RoughcutError, request_id: str) -> Problem:
    """The document that tells of *error*."""
    if isinstance(error, ApiError):
        return _problem(
            error.status,
            error.code,
            error,
            request_id,
            expected=error.expected,
            found=error.found,
            faults=list(error.faults),
            retry_after_s=error.retry_after_s,
        )
    known = ((status, code) for kind, status, code in _STATUS_OF if isinstance(error, kind))
    status, code = next(known, (HTTPStatus.INTERNAL_SERVER_ERROR, "failed"))
    return _problem(status, code, error, request_id)


def bug(request_id: str) -> Problem:
    """What a caller is told of an error that nobody foresaw: nothing of its insides."""
    error = RoughcutError("The service failed.", hint="Its log has more under the request's id.")
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", error, request_id)


def unprocessable(error: RequestValidationError) -> ApiError:
    """What is wrong with the parameters or the body, field by field."""
    faults = [
        Fault(
            at=".".join(map(str, fault["loc"])),
            expected=fault["msg"],
            found=repr(fault.get("input"))[:_SHOWN_LETTERS],
        )
        for fault in error.errors()
    ]
    told = "; ".join(f"{fault.at}: {fault.expected}" for fault in faults)
    return Unprocessable(
        "invalid_request",
        told,
        hint="Mend the fields that are named; /openapi.json has them all.",
        faults=faults,
    )


def of_framework(error: HTTPException, request_id: str) -> Problem:
    """What the framework refuses by itself: an unknown path, a method that a path does not have."""
    status = HTTPStatus(error.status_code)
    told = RoughcutError(error.detail, hint="/openapi.json lists every path and its methods.")
    return _problem(status, status.name.lower(), told, request_id)


def _problem(
    status: HTTPStatus,
    code: str,
    error: RoughcutError,
    request_id: str,
    *,
    expected: str | None = None,
    found: str | None = None,
    faults: Sequence[Fault] = (),
    retry_after_s: float | None = None,
) -> Problem:
    return Problem(
        type=_TYPE + code,
        title=status.phrase,
        status=status,
        detail=str(error),
        code=code,
        expected=expected,
        found=found,
        what_to_do=error.hint or None,
        faults=list(faults),
        retry_after_s=retry_after_s,
        request_id=request_id,
    )
