"""A process that takes jobs also clears its home."""

import asyncio
import os
from pathlib import Path

from agent.service import open_service
from agent.services import build_services
from agent.settings import Settings

LIMIT_S = 30


async def test_a_process_that_takes_jobs_clears_what_uploads_left(tmp_path: Path):
    """As soon as it begins; a command that carries one job out leaves the home to others."""
    orphan = tmp_path / "blobs" / "ab" / "ab01"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"frames")
    os.utime(orphan, (0, 0))
    services = build_services(Settings(home=tmp_path, _env_file=None))

    async with open_service(services):
        pass
    assert orphan.exists()

    async with open_service(services, works=True), asyncio.timeout(LIMIT_S):
        while orphan.exists():  # noqa: ASYNC110  a file says nothing when it goes
            await asyncio.sleep(0.05)
