"""Layers over each other: what shows, and how much of what is below."""

from __future__ import annotations

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, mix, near, recipe


@recipe("opacity")
async def test_an_overlay_of_50_percent_is_half_of_it_and_half_of_the_footage(shown: Shown) -> None:
    """Opacity counts to 100."""
    frame = await shown.at(1)

    assert frame.colour_at(960, 600) == near(mix(COLOURS["logo.png"], COLOURS["clip.mp4"], 50))
    assert frame.colour_at(1500, 540) == near(COLOURS["clip.mp4"])
    assert frame.frame_number() == 30
