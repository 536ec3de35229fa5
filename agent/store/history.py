"""A session's rows as `history.json` tells them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from agent.domain import Asset, AssetKind
from agent.store import assets, compositions, jobs
from agent.store.columns import JsonObject
from agent.store.session_folder import History, JobRecord
from agent.store.views import AssetType, AssetView, SessionView

_ASSET = TypeAdapter(Asset)
_RECORD = TypeAdapter(JobRecord)
_PLACES = ("path", "page_path")
_TYPES = {
    AssetKind.VIDEO: AssetType.RAW_FOOTAGE,
    AssetKind.AUDIO: AssetType.AUDIO,
    AssetKind.IMAGE: AssetType.IMAGE,
    AssetKind.CAPTIONS: AssetType.CAPTIONS,
    AssetKind.FONT: AssetType.FONT,
}


def history_of(session: Session, lent: SessionView, root: Path) -> History:
    """All that the rows hold of the session whose folder is *root*.

    An upload that no job has taken in yet, and a job that is not begun, are no part of it.
    """
    current = lent.current_composition_id
    known = assets.of_session(session, lent.id)
    return History(
        session_id=lent.id,
        created_at=lent.created_at,
        assets=tuple(_asset_of(row, root) for row in known if is_taken_in(row)),
        jobs=tuple(record_of(job.record) for job in jobs.of_session(session, lent.id) if job.record),
        current_composition=None if current is None else compositions.get(session, current).name,
    )


def is_taken_in(row: AssetView) -> bool:
    """Whether a job has made an asset of the file; else it was uploaded and waits."""
    return _PLACES[0] in row.details


def asset_row(asset: Asset, session_id: str, root: Path, *, job_id: str | None, is_b_roll: bool) -> AssetView:
    """The asset as a row; its files are named relative to *root*, the session's folder."""
    details = _ASSET.dump_python(asset, mode="json")
    details |= {place: str(getattr(asset, place).relative_to(root)) for place in _PLACES}
    return AssetView(
        session_id=session_id,
        job_id=job_id,
        name=asset.name,
        type=AssetType.B_ROLL if is_b_roll else _TYPES[asset.kind],
        storage_path=str(asset.path.relative_to(root.parents[1])),
        size_bytes=asset.size_bytes,
        sha256=asset.sha256,
        details=details,
    )


def record_json(record: JobRecord) -> JsonObject:
    """The record as it is kept in its job's row."""
    kept: JsonObject = _RECORD.dump_python(record, mode="json")
    return kept


def record_of(kept: JsonObject) -> JobRecord:
    return _RECORD.validate_python(kept)


def _asset_of(row: AssetView, root: Path) -> Asset:
    asset = _ASSET.validate_python(row.details)
    return replace(asset, path=root / asset.path, page_path=root / asset.page_path)
