"""Clips over each other: which one is seen, and how much of what is below."""

from __future__ import annotations

import pytest

from tests.integration.guide_assets import COLOURS
from tests.integration.recipes.shown import Shown, mix, near, recipe

CLIP, LOGO = COLOURS["clip.mp4"], COLOURS["logo.png"]


@recipe("opacity", seconds=3)
async def test_an_overlay_of_50_percent_is_half_of_it_and_half_of_the_footage(shown: Shown) -> None:
    """Opacity counts to 100."""
    frame = await shown.at(1)

    assert frame.colour_at(960, 660) == near(mix(LOGO, CLIP, 50))
    assert frame.colour_at(1500, 540) == near(CLIP)
    assert frame.frame_number() == 30


@recipe("hide", seconds=3)
async def test_disabled_clips_and_layers_are_not_drawn(shown: Shown) -> None:
    """Where they would be is the footage; the summary knows them."""
    frame = await shown.at(1)

    assert frame.colour_at(960, 660) == near(CLIP)
    assert frame.frame_number() == 30
    assert [layer.clips[0].disabled for layer in shown.summary.layers] == [True, True, None]


@recipe("blend", seconds=3)
async def test_multiplied_colours(shown: Shown) -> None:
    """Each channel is the product of both."""
    frame = await shown.at(1)

    product = tuple(a * b / 255 for a, b in zip(CLIP, COLOURS["one.png"], strict=True))
    assert frame.colour_at(40, 600) == near(product)
    assert frame.colour_at(1880, 600) == near(product)


@recipe("layers", seconds=3)
async def test_the_layer_added_last_covers_the_others(shown: Shown) -> None:
    """The picture in the middle, the footage around it."""
    frame = await shown.at(1)

    assert frame.box_of(LOGO) == near((660, 390, 600, 300))
    assert frame.frame_number() == 30


@recipe("layer-order", seconds=3)
async def test_a_layer_at_the_bottom_is_covered_by_one_added_before(shown: Shown) -> None:
    """The footage was added last."""
    frame = await shown.at(1)
    untouched = await (await shown.but("footage.index = 'bottom';", "")).at(1)

    assert frame.box_of(LOGO) == near((660, 390, 600, 300))
    assert frame.frame_number() == 30
    assert untouched.share_of(LOGO) == 0


@recipe("picture-in-picture", seconds=3)
async def test_a_small_video_plays_in_the_corner_of_the_other(shown: Shown) -> None:
    """Both show the frames of their own time, and only the main one is heard."""
    frame = await shown.at(1.5)
    sound = await shown.sound()

    inset = frame.box_of(COLOURS["second.mp4"])
    assert (inset.x, inset.y, inset.width) == near((850, 465, 400), 4)
    assert frame.frame_number(850, 465, 400, 225) == 45
    for place in [(20, 500), (640, 500), (1260, 100)]:
        assert frame.colour_at(*place) == near(CLIP)
    assert sound.volume_of(440, 1, 2) == pytest.approx(1, abs=0.05)
    assert sound.volume_of(880, 1, 2) < 0.01
