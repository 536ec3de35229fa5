"""Domain values as messages of the page protocol, and back."""

from __future__ import annotations

import base64

from agent.browser import protocol
from agent.domain import Asset, AssetKind, ExportSettings, FrameSample, Verdict
from agent.media.fonts import font_face


def add_asset_request(
    asset: Asset, source: protocol.FromInput | protocol.FromUpload
) -> protocol.AddAssetRequest:
    """The original's digest is sent, so that a proxy changes no fingerprint; with a font, its own name."""
    font = _css_face(asset) if asset.kind is AssetKind.FONT else None
    return protocol.AddAssetRequest(
        name=asset.name, kind=asset.kind.value, sha256=asset.sha256, from_=source, font=font
    )


def render_request(
    fingerprint: str, settings: ExportSettings, licence_key: str | None
) -> protocol.RenderRequest:
    """What the page has to encode so that delivery can make *settings* of it.

    The page encodes no AAC: sound that is to become AAC leaves it as PCM, which only a mov can carry.
    """
    as_pcm = settings.audio_codec == "aac"
    return protocol.RenderRequest.model_validate(
        {
            "fingerprint": fingerprint,
            "format": "mov" if as_pcm else settings.container,
            "codec": settings.video_codec,
            "fps": settings.fps,
            "bitrate": settings.video_bitrate,
            "resolution": settings.resolution,
            "audio": "pcm" if as_pcm else settings.audio_codec,
            "license_key": licence_key,
        }
    )


def frame_sample(frame: protocol.SampledFrame) -> FrameSample:
    """The frame with its JPEG decoded from base64."""
    return FrameSample(
        timestamp_s=frame.timestamp_seconds,
        frame_index=frame.frame_index,
        width=frame.width,
        height=frame.height,
        jpeg=base64.b64decode(frame.jpeg_base64),
    )


def shown_verdict(verdict: Verdict) -> protocol.ShownVerdict:
    """The verdict as people at the page see it."""
    return protocol.ShownVerdict(
        green_light=verdict.green_light,
        judged_by=verdict.judged_by,
        summary=verdict.summary,
        issues=tuple(
            protocol.ShownIssue(
                message=issue.message,
                severity=issue.severity.value,
                time_seconds=issue.time_s,
                suggested_fix=issue.suggested_fix or None,
            )
            for issue in verdict.issues
        ),
    )


def out_of_time(limit_s: float) -> protocol.Rejected:
    """What the page would say of a program that kept it from saying anything."""
    message = (
        f"The program did not end within {limit_s:g} s. Is there an endless loop or a promise without end?"
    )
    return protocol.Rejected(
        ok=False,
        reason="time_limit",
        diagnostics=(protocol.Diagnostic(line=1, column=1, code=0, message=message),),
        console=(),
    )


def wire(message: protocol.Message) -> dict[str, object]:
    """*message* as the JSON that the page expects; what is None is left out."""
    return message.model_dump(mode="json", by_alias=True, exclude_none=True)


def _css_face(asset: Asset) -> protocol.FontFace:
    face = font_face(asset.path, asset.name)
    return protocol.FontFace(family=face.family, weight=face.weight, style=face.style)
