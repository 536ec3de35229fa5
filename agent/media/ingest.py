"""From files as a person has them to the assets of a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.domain import Asset, MediaInfo
from agent.media.names import numbered, safe_name
from agent.media.probe import kind_of, probe
from agent.media.proxy import MAX_SIDE_PIXELS, PageTakes, make_proxy, proxy_reason
from agent.media.storage import StoredFile, store


@dataclass(frozen=True)
class IngestProgress:
    """How far one file is; `done` goes from 0 to 1."""

    name: str
    stage: Literal["storing", "proxy"]
    done: float


OnIngestProgress = Callable[[IngestProgress], None]


async def ingest(
    paths: Sequence[Path],
    session_folder: Path,
    *,
    decodable: Collection[str],
    side_px: int = MAX_SIDE_PIXELS,
    known: Sequence[Asset] = (),
    on_progress: OnIngestProgress | None = None,
) -> tuple[Asset, ...]:
    """The assets of *paths*, in their order, each once; the same content under the same name is one asset.

    *decodable* holds the codecs that the page reported; *side_px* is the longest side of a picture that it
    gets; *known* are the assets that the session has already, which are given back for their files.
    Originals go to `assets/` by digest, proxies to `proxies/`. Raises `BadMedia` before anything is stored
    when one of the files cannot be used, `OutputRefused` when the folder cannot be written.
    """
    probed = [(path, await probe(path)) for path in paths]
    for path, info in probed:
        kind_of(path, info)
    report = on_progress or _ignore
    page = PageTakes(decodable, side_px)
    assets: list[Asset] = []
    for path, info in probed:
        report(IngestProgress(path.name, "storing", 0.0))
        stored = await asyncio.to_thread(store, path, session_folder / "assets")
        report(IngestProgress(path.name, "storing", 1.0))
        plain = safe_name(path.name)
        there = [*known, *assets]
        alike = (a for a in there if a.sha256 == stored.sha256 and numbered(a.name, plain))
        asset = next(alike, None)
        if asset is None:
            name = safe_name(path.name, [known.name for known in there])
            asset = await _asset(name, stored, info, session_folder / "proxies", page, report)
        if asset not in assets:
            assets.append(asset)
    return tuple(assets)


async def _asset(
    name: str,
    stored: StoredFile,
    info: MediaInfo,
    proxies: Path,
    page: PageTakes,
    report: OnIngestProgress,
) -> Asset:
    kind = kind_of(stored.path, info)
    reason = proxy_reason(stored.path, kind, info, page)
    given = stored
    if reason:

        def written(seconds: float) -> None:
            report(IngestProgress(name, "proxy", min(1.0, seconds / max(info.duration_s, 0.001))))

        given = await make_proxy(stored, kind, info, proxies, page, written)
        report(IngestProgress(name, "proxy", 1.0))
    return Asset(
        name=name,
        kind=kind,
        path=stored.path,
        page_path=given.path,
        sha256=stored.sha256,
        page_sha256=given.sha256,
        size_bytes=stored.size_bytes,
        media=info,
        notes=_notes(info, reason),
    )


def _notes(info: MediaInfo, reason: str | None) -> tuple[str, ...]:
    """What the user should know of the file."""
    notes = [f"{reason}: a proxy was made."] if reason else []
    if info.variable_frame_rate:
        notes.append("Its frame rate varies; the edit has a constant one.")
    return tuple(notes)


def _ignore(_: IngestProgress) -> None:
    """Nobody wants to hear of it."""
