"""A video that shows footage larger than the page had it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.domain import Asset, AssetKind, ExportSettings, MediaInfo, Severity
from agent.media.proxy_size import softened
from tests.compositions import clip, summary


def footage(width: int, height: int) -> Asset:
    media = MediaInfo("mp4", 5.0, width, height, video_codec="h264")
    return Asset("bunny.mp4", AssetKind.VIDEO, Path("a"), Path("b"), "a", "b", 1, media)


@pytest.mark.parametrize(
    ("asset", "resolution", "side_px", "told"),
    [
        (footage(3840, 2160), 1.0, 1000, True),
        (footage(2160, 3840), 3.0, 2560, True),
        (footage(3840, 2160), 1.0, 2560, False),
        (footage(1280, 720), 3.0, 2560, False),
    ],
    ids=["small proxy", "large export", "small export", "small footage"],
)
def test_lost_detail_is_a_warning(asset: Asset, resolution: float, side_px: int, told: bool):
    """Only where both the footage and the video are larger than the proxy."""
    shown = summary([clip("VIDEO", 0, 5, asset="bunny.mp4")])

    issues = softened([asset], shown, ExportSettings(resolution=resolution), side_px)

    assert [(issue.code, issue.severity) for issue in issues] == (
        [("proxy_resolution", Severity.WARNING)] if told else []
    )


def test_footage_that_is_not_shown_is_no_matter():
    """Another clip of the session may be as large as it likes."""
    assert softened([footage(3840, 2160)], summary([clip("TEXT", 0, 5)]), ExportSettings(), 320) == ()
