"""The desk that tools are tried out at, with a memory of what it was told and given to keep."""

from __future__ import annotations

from pathlib import Path

from agent.media.analysis.analyst import Analyst
from agent.tools.trial import FolderDesk


class DeskOnDisk(FolderDesk):
    """What tools work at in tests."""

    def __init__(self, folder: Path, analyst: Analyst) -> None:
        super().__init__(folder, analyst)
        self.told: list[str] = []
        self.kept: dict[str, bytes] = {}

    def tell(self, message: str) -> None:
        self.told.append(message)

    async def keep(self, name: str, content: bytes) -> Path:
        self.kept[name] = content
        return await super().keep(name, content)
