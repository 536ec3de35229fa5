"""What is known of footage is kept by its content, and serves every session that has it."""

from dataclasses import replace
from pathlib import Path

from agent.evaluation.sources import sources_of
from agent.media.ingest import ingest
from agent.tools.trial import DECODABLE
from tests.media import counter_video


async def test_footage_that_moved_is_looked_for_where_it_is(tmp_path: Path):
    """Another session has it under another name and in another place; the first one may be gone."""
    (first,) = await ingest([counter_video(1)], tmp_path / "session", decodable=DECODABLE)
    moved = tmp_path / "elsewhere.mp4"
    moved.write_bytes(first.path.read_bytes())

    (known,) = await sources_of([first], tmp_path / "cache")
    (again,) = await sources_of([replace(first, name="b.mp4", path=moved)], tmp_path / "cache")

    assert (again.name, again.path) == ("b.mp4", moved)
    assert replace(again, name=known.name, path=known.path) == known
