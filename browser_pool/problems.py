"""Errors as callers of the API see them."""

from __future__ import annotations

from pydantic import ValidationError

from browser_pool.errors import BadRequest, PoolError, SessionEnded, Unprocessable
from browser_pool.schemas import ErrorBody


def problem(error: PoolError, request_id: str, session_id: str | None = None) -> ErrorBody:
    """The body that tells of *error*."""
    return ErrorBody(
        error=error.code,
        message=str(error),
        hint=error.hint or None,
        session_id=session_id,
        end_reason=error.end_reason if isinstance(error, SessionEnded) else None,
        retry_after_s=error.retry_after_s,
        request_id=request_id,
    )


def invalid(error: ValidationError) -> PoolError:
    """What is wrong with a body or query: that it is no JSON, or which fields are not as they should be."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        return BadRequest(f"The body is no JSON: {faults[0]['msg']}.", code="bad_json")
    told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in faults)
    return Unprocessable(told)
