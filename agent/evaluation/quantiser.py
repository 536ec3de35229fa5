"""How coarsely an H.264 file was quantised: its slices say so, though deblocking smoothed it over."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator
from pathlib import Path

from agent.domain import MediaInfo
from agent.errors import MediaToolFailed
from agent.media.ffmpeg import ffmpeg_report, input_args

log = logging.getLogger(__name__)

_MOST_PACKETS = 300
_USUAL_RATE = 30.0
_TIMEOUT_S = 60.0
_UNWRITTEN_QP = 26
"""What `pic_init_qp_minus26` and `slice_qp_delta` count from (ITU-T H.264, 7.4.2.2)."""
_PACKET = re.compile(r"Packet: (\d+) bytes")
_FIELD = re.compile(r"\b(pic_parameter_set_id|pic_init_qp_minus26|slice_qp_delta)\s+[01]+ = (-?\d+)")


async def quantiser_of(path: Path, media: MediaInfo) -> float | None:
    """Mean quantisation parameter, 0 to 51, of an H.264 file; None for another codec, or where none is read.

    Each slice counts by its bytes: what is skipped, as a slide that stands, is not quantised anew. Only
    headers are read, of 300 frames. The parameter is what models without a reference judge H.264 by: ITU-T
    P.1203.1 (modes 2 and 3), Keimel et al., *No-reference video quality metric for HDTV based on H.264/AVC
    bitstream features* (2011).
    """
    if media.video_codec != "h264":
        return None
    frames = media.duration_s * (media.frame_rate or _USUAL_RATE)
    # Odd, so that it keeps no step with the encoder's pattern of P and B frames.
    step = max(1, math.ceil(frames / _MOST_PACKETS)) | 1
    filters = f"noise=drop=mod(n\\,{step}),trace_headers"
    arguments = [*input_args(path), "-map", "0:V:0", "-c", "copy", "-bsf:v", filters, "-f", "null", "-"]
    try:
        report = await ffmpeg_report(arguments, timeout_s=_TIMEOUT_S)
    except MediaToolFailed as exc:
        log.info("no slice headers", extra={"action": "quantiser", "file": path.name, "why": str(exc)})
        return None
    return mean_quantiser(report)


def mean_quantiser(report: str) -> float | None:
    """From what ffmpeg's `trace_headers` says of parameter sets, packets and slices."""
    coded = list(_slices(report))
    whole = sum(size for _, size in coded)
    return sum(value * size for value, size in coded) / whole if whole else None


def _slices(report: str) -> Iterator[tuple[int, int]]:
    """Parameter of each slice, and the bytes of its packet."""
    first: dict[int, int] = {}
    size = chosen = 0
    for line in report.splitlines():
        if packet := _PACKET.search(line):
            size = int(packet[1])
        elif field := _FIELD.search(line):
            name, value = field[1], int(field[2])
            if name == "pic_parameter_set_id":
                chosen = value
            elif name == "pic_init_qp_minus26":
                first[chosen] = _UNWRITTEN_QP + value
            elif chosen in first:
                yield first[chosen] + value, size
