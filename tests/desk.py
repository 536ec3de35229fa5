"""A desk with assets on disk and no page: what tools work at in tests."""

from __future__ import annotations

from pathlib import Path

from agent.domain import Asset
from agent.media.analysis.analyst import Analyst
from agent.media.ingest import ingest

DECODABLE = {"h264", "vp9", "aac", "opus", "mp3", "pcm_s16le", "flac"}


class DeskOnDisk:
    """Takes files into a session's folder, by our own ingest."""

    def __init__(self, folder: Path, analyst: Analyst) -> None:
        self.scratch = folder
        self.analyst = analyst
        self.assets: tuple[Asset, ...] = ()
        self.told: list[str] = []
        self.kept: dict[str, bytes] = {}

    def tell(self, message: str) -> None:
        self.told.append(message)

    async def add_made(self, path: Path) -> Asset:
        taken = [asset.name for asset in self.assets]
        added = await ingest([path], self.scratch, decodable=DECODABLE, taken=taken)
        self.assets = (*self.assets, *added)
        return added[0]

    async def keep(self, name: str, content: bytes) -> Path:
        self.kept[name] = content
        return self.scratch / name
