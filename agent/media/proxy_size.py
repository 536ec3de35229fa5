"""Whether footage is shown larger than the page had it: then its proxy, and not its own picture, is seen."""

from __future__ import annotations

from collections.abc import Sequence

from agent.browser.protocol import CompositionSummary
from agent.domain import Asset, AssetKind, ExportSettings, Issue, Severity


def softened(
    assets: Sequence[Asset], summary: CompositionSummary, export: ExportSettings, side_px: int
) -> tuple[Issue, ...]:
    """A warning for each video in the composition that lost detail to a proxy of *side_px* a side."""
    longer_px = round(max(summary.width, summary.height) * export.resolution)
    used = {clip.asset for layer in summary.layers for clip in layer.clips if not clip.disabled}
    return tuple(
        _issue(asset, longer_px, side_px)
        for asset in assets
        if asset.name in used and longer_px > side_px and _longer_side(asset) > side_px
    )


def _longer_side(asset: Asset) -> int:
    if asset.kind is not AssetKind.VIDEO or asset.media is None:
        return 0
    return max(asset.media.width or 0, asset.media.height or 0)


def _issue(asset: Asset, longer_px: int, side_px: int) -> Issue:
    return Issue(
        "proxy_resolution",
        f"{asset.name} has {_longer_side(asset)} pixels on its longer side and the video {longer_px}, "
        f"but the page got a proxy with {side_px}.",
        Severity.WARNING,
        None,
        "Set ROUGHCUT_FOOTAGE_SIDE_PX higher (4096 at most), or make the video smaller.",
        source="artifact",
    )
