"""Names of earlier versions of core, which models still write, and what does the same today."""

from __future__ import annotations

from collections.abc import Mapping

FORMER_NAMES: Mapping[str, tuple[str, ...]] = {
    "subclip": ("AudioClip.range", "Clip.trim"),
    "offset": ("Clip.delay",),
    "offsetBy": ("Clip.delay",),
    "stop": ("Clip.end", "ClipProps.duration"),
    "alpha": ("VisualMixin.opacity",),
    "textAlign": ("TextClip.align",),
    "textBaseline": ("TextClip.baseline",),
    "textCase": ("TextClip.casing",),
    "fillStyle": ("TextClip.color", "ShapeClip.fill"),
    "stroke": ("TextClip.strokes", "ShapeClip.strokes"),
    "shadow": ("TextClip.shadows",),
    "segments": ("TextClip.styles",),
    "ComplexTextClip": ("TextClip.styles",),
    "MediaClip": ("AudioClip",),
    "CircleClip": ("EllipseClip",),
    "CircleMask": ("EllipseMask",),
    "RoundRectangleMask": ("RectangleMask.radius",),
    "Keyframe": ("KeyframeOptions", "KeyFrame"),
    "Timestamp": ("Time",),
    "Track": ("Layer",),
    "VideoTrack": ("Layer",),
    "AudioTrack": ("Layer",),
    "TextTrack": ("Layer",),
    "CaptionTrack": ("Layer",),
    "tracks": ("Composition.layers",),
    "createTrack": ("Composition.add", "Layer"),
    "shiftTrack": ("Composition.add", "Layer"),
    "insertTrack": ("Composition.add", "Layer"),
    "insertLayer": ("Composition.add",),
    "removeLayer": ("Composition.remove",),
    "removeTrack": ("Composition.remove",),
    "appendClip": ("Layer.add",),
    "appendTrack": ("Composition.add",),
    "stacked": ("Layer.sequential",),
    "findClips": ("Composition.clips",),
    "addCaptions": ("CaptionClip",),
    "createCaptions": ("CaptionClip",),
    "attachPlayer": ("Composition.mount",),
    "WebcodecsEncoder": ("Encoder",),
    "CanvasEncoder": ("Encoder",),
}


def former_names_of(symbol: str) -> tuple[str, ...]:
    """What `symbol` was called, or what it has taken the place of."""
    return tuple(former for former, today in FORMER_NAMES.items() if symbol in today)
