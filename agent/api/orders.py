"""From a request for a job to the order that a worker carries out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from agent.api.schemas import JobRequest
from agent.evaluation.profiles import profile_named
from agent.order import EditOrder, checked_shapes, export_settings

_OUTPUT_STEM = "video"


def order_of(asked: JobRequest, footage: Sequence[Path], folder: Path) -> EditOrder:
    """The order, with all it makes in *folder*. Raises `BadInput` for options that do not go together."""
    options = asked.options
    if options.profile is not None:
        profile_named(options.profile)
    output = folder / f"{_OUTPUT_STEM}.{options.container}"
    return EditOrder(
        asked.prompt,
        output,
        files=tuple(footage),
        export=export_settings(
            output,
            codec=options.codec,
            fps=options.fps,
            bitrate=options.bitrate,
            resolution=options.resolution,
            loudness=options.loudness,
        ),
        force=True,  # a job that is taken over finds what the worker before it has left
        contact_sheet=folder / "contact-sheet.png" if options.contact_sheet else None,
        gif=folder / f"{_OUTPUT_STEM}.gif" if options.gif else None,
        stills_s=options.stills_s,
        keep_master=options.keep_master,
        shapes=checked_shapes(options.shapes),
        plan_only=asked.plan_only,
        require_golden=options.require_golden,
        profile=options.profile,
    )


def output_folder(session_folder: Path, tenant: str, idempotency_key: str | None) -> Path:
    """A folder of the job's own; the same for a request that comes again under its key."""
    key = f"{tenant}\0{idempotency_key}" if idempotency_key is not None else uuid4().hex
    return session_folder / "outputs" / hashlib.sha256(key.encode()).hexdigest()[:16]
