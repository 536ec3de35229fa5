"""From files as a person has them to the assets of a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.domain import Asset, AssetKind, MediaInfo
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


@dataclass(frozen=True)
class Usable:
    """A file that has been found fit to be an asset, and what it is."""

    path: Path
    kind: AssetKind
    media: MediaInfo


async def examine(paths: Sequence[Path]) -> tuple[Usable, ...]:
    """Each of *paths* as it was probed. Raises `BadMedia` when one of them cannot be used."""
    probed = [(path, await probe(path)) for path in paths]
    return tuple(Usable(path, kind_of(path, info), info) for path, info in probed)


async def ingest(
    paths: Sequence[Path],
    session_folder: Path,
    *,
    decodable: Collection[str],
    side_px: int = MAX_SIDE_PIXELS,
    known: Sequence[Asset] = (),
    on_progress: OnIngestProgress | None = None,
) -> tuple[Asset, ...]:
    """`examine` and `take_in`: raises `BadMedia` before anything is stored."""
    page = PageTakes(decodable, side_px)
    return await take_in(
        await examine(paths), session_folder, page=page, known=known, on_progress=on_progress
    )


async def take_in(
    files: Sequence[Usable],
    session_folder: Path,
    *,
    page: PageTakes,
    known: Sequence[Asset] = (),
    on_progress: OnIngestProgress | None = None,
) -> tuple[Asset, ...]:
    """The assets of *files*, in their order, each once; the same content under the same name is one asset.

    *known* are the assets that the session has already, which are given back for their files.
    Originals go to `assets/` by digest, proxies to `proxies/`. Raises `OutputRefused` when the folder cannot
    be written.
    """
    report = on_progress or _ignore
    assets: list[Asset] = []
    for file in files:
        report(IngestProgress(file.path.name, "storing", 0.0))
        stored = await asyncio.to_thread(store, file.path, session_folder / "assets")
        report(IngestProgress(file.path.name, "storing", 1.0))
        plain = safe_name(file.path.name)
        there = [*known, *assets]
        alike = (a for a in there if a.sha256 == stored.sha256 and numbered(a.name, plain))
        asset = next(alike, None)
        if asset is None:
            name = safe_name(file.path.name, [known.name for known in there])
            asset = await _asset(name, stored, file, session_folder / "proxies", page, report)
        if asset not in assets:
            assets.append(asset)
    return tuple(assets)


async def _asset(
    name: str,
    stored: StoredFile,
    file: Usable,
    proxies: Path,
    page: PageTakes,
    report: OnIngestProgress,
) -> Asset:
    kind, info = file.kind, file.media
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
