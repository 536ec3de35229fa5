"""What a render costs in the browser, in its span."""

from __future__ import annotations

from pathlib import Path

from agent.browser.page import OperatorPage
from agent.browser.protocol import Composed
from agent.domain import ExportSettings, Verdict
from agent.tracing import span
from tests.browser_fixtures import asset_of
from tests.media import counter_video
from tests.traced import Traced

PROGRAM = """\
const layer = new core.Layer();
await composition.add(layer);
await layer.add(new core.VideoClip(asset('clip.mp4'), { range: [0, 1] }));
"""


async def test_a_render_has_the_cpu_time_of_the_browser(page: OperatorPage, traced: Traced, tmp_path: Path):
    """Of all its processes, wherever it runs; and what it draws with."""
    await page.add_asset(asset_of(counter_video(2), name="clip.mp4"))
    composed = await page.compose(PROGRAM)
    assert isinstance(composed, Composed)
    page.gate.record(Verdict(composed.fingerprint, True, "checks"))

    with traced.job(), span("render", kind="render"):
        await page.render(composed.fingerprint, ExportSettings(resolution=0.25), tmp_path / "out.mov")

    render = traced.named()["render"]
    assert render.cpu_s is not None and render.cpu_s > 0.05
    assert render.gpu == page.description.gpu.model_dump()
    assert render.render_time_ms == render.duration_ms
