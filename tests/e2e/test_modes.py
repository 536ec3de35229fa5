"""The same job in a browser of ours, in the user's own, and in one on another machine."""

import asyncio
from pathlib import Path

from tests.browser_fixtures import Browsers
from tests.e2e.cli import FOOTAGE, roughcut

JOB = "Keep the first 2 seconds and put the title 'Anywhere' in the centre"


async def test_the_job_is_the_same_in_every_browser(browsers: Browsers, kind: str, tmp_path: Path):
    """Launched, attached and remote browsers give the same composition and a checked file."""
    output = tmp_path / "out.mp4"
    url = browsers.options(kind).cdp_url
    where = ["--cdp", url] if url else []

    # In a thread: the way to the remote browser runs in this loop.
    ended = await asyncio.to_thread(
        roughcut, "edit", FOOTAGE, JOB, "-o", output, "--json", *where, home=tmp_path / "home"
    )

    assert ended.code == 0, ended.stderr
    assert ended.json["artifact"]["media"]["duration_s"] == 2.0
    assert output.stat().st_size == ended.json["artifact"]["size_bytes"]


async def test_the_users_own_tabs_stay(browsers: Browsers, tmp_path: Path):
    """An attached browser lives on with the tabs it had, and without ours."""
    import json
    import urllib.request

    address = browsers.options("attached").cdp_url

    def tabs() -> set[str]:
        with urllib.request.urlopen(f"{address}/json/list", timeout=10) as answer:
            return {tab["id"] for tab in json.load(answer)}

    before = tabs()
    await asyncio.to_thread(
        roughcut, "edit", FOOTAGE, JOB, "-o", tmp_path / "out.mp4", "--cdp", address, home=tmp_path / "home"
    )

    assert tabs() == before
