"""The suite's footage, made by ffmpeg: small, of known content, each file unlike the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.domain import Asset, AssetKind
from agent.media.captions import TRANSCRIPT
from agent.media.ffmpeg import run_ffmpeg
from agent.media.probe import probe
from agent.media.storage import sha256_of

LENGTH_S = 8
FRAME_RATE = 30
SPOKEN = (
    ("We came down to the water", 0.4, 2.2),
    ("before the boats went out", 2.5, 4.3),
    ("and nobody said a word", 4.6, 6.4),
)
"""Of the interview: phrases with start and end in seconds."""
MADE_BY_TOOLS = frozenset({"street-still.mp4", "market-fast.mp4"})
_TIMEOUT_S = 120.0
_ENCODED = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac")


@dataclass(frozen=True)
class _Take:
    """What is filmed: a slow gradient of two colours, grain, and something lighter that moves through it."""

    name: str
    colours: tuple[str, str]
    light: str
    tone_hz: int
    size: tuple[int, int] = (640, 360)


_TAKES = (
    _Take("harbour.mp4", ("0x12304a", "0x2f6079"), "0x6d98a8", 220),
    _Take("market.mp4", ("0x4a2416", "0x7b4a24"), "0xb08050", 277),
    _Take("street.mp4", ("0x232338", "0x4b4560"), "0x8d80a0", 330),
    _Take("interview.mp4", ("0x18382a", "0x3c6048"), "0x7fa088", 180),
    _Take("phone.mp4", ("0x3a1b34", "0x653a5a"), "0xa0789a", 247, (360, 640)),
)
_PHOTOS = {"photo.jpg": ("0x203a24", "0x587048"), "poster.jpg": ("0x3d2230", "0x70505c")}


async def make_footage(folder: Path) -> dict[str, Asset]:
    """Every file by its name, probed as ingest would. Raises `MediaToolFailed`."""
    folder.mkdir(parents=True, exist_ok=True)
    for take in _TAKES:
        await _film(take, folder / take.name)
    await _stand_still(folder / "street.mp4", folder / "street-still.mp4")
    await _hurry(folder / "market.mp4", folder / "market-fast.mp4")
    for name, colours in _PHOTOS.items():
        await _photograph(colours, folder / name)
    await _draw_logo(folder / "logo.png")
    await _play(folder / "music.mp3")
    (folder / "interview.captions.json").write_bytes(_transcript())
    return {path.name: await _asset(path) for path in sorted(folder.iterdir()) if path.suffix in _KINDS}


_KINDS = {
    ".mp4": AssetKind.VIDEO,
    ".jpg": AssetKind.IMAGE,
    ".png": AssetKind.IMAGE,
    ".mp3": AssetKind.AUDIO,
    ".json": AssetKind.CAPTIONS,
}


async def _film(take: _Take, output: Path) -> None:
    width, height = take.size
    first, second = take.colours
    size = f"{width}x{height}"
    field = f"gradients=size={size}:rate={FRAME_RATE}:duration={LENGTH_S}:c0={first}:c1={second}:n=2:seed=7"
    light = f"color=c={take.light}:size={width // 5}x{height // 4}:rate={FRAME_RATE}:duration={LENGTH_S}"
    across, down = f"(W-w)/2+(W-w)/2.4*sin(t*0.9+{take.tone_hz})", "(H-h)/2+(H-h)/3*cos(t*0.7)"
    graph = f"[0][1]overlay=x='{across}':y='{down}',noise=alls=7:allf=t:all_seed=3[v]"
    tone = f"aevalsrc='0.2*sin(2*PI*{take.tone_hz}*t)*(0.6+0.4*sin(2*PI*3*t))':s=48000:d={LENGTH_S}"
    sources = ["-f", "lavfi", "-i", field, "-f", "lavfi", "-i", light, "-f", "lavfi", "-i", tone]
    await _ffmpeg([*sources, "-filter_complex", graph, "-map", "[v]", "-map", "2:a", *_ENCODED], output)


async def _stand_still(source: Path, output: Path) -> None:
    """The same length and sound; the picture is that of one second in."""
    graph = "select='gte(t,1)',loop=loop=-1:size=1,setpts=N/FRAME_RATE/TB"
    arguments = ["-i", str(source), "-vf", graph, "-t", f"{LENGTH_S}", *_ENCODED]
    await _ffmpeg(arguments, output)


async def _hurry(source: Path, output: Path) -> None:
    """Twice as fast, half as long."""
    await _ffmpeg(
        ["-i", str(source), "-vf", "setpts=PTS/2", "-af", "atempo=2", "-r", "30", *_ENCODED], output
    )


async def _photograph(colours: tuple[str, str], output: Path) -> None:
    field = f"gradients=size=960x540:duration=1:c0={colours[0]}:c1={colours[1]}:n=2:seed=5"
    light = "drawbox=x=320:y=180:w=260:h=140:color=white@0.25:t=fill,noise=alls=12:all_seed=4"
    await _ffmpeg(["-f", "lavfi", "-i", field, "-vf", light, "-frames:v", "1", "-q:v", "3"], output)


async def _draw_logo(output: Path) -> None:
    """A golden plate with a darker field in it."""
    plate = "color=c=0xd8a418:size=200x100,format=rgb24,drawbox=x=30:y=25:w=140:h=50:color=0x6b4c00:t=fill"
    await _ffmpeg(["-f", "lavfi", "-i", plate, "-frames:v", "1"], output)


async def _play(output: Path) -> None:
    tune = "0.3*sin(2*PI*(196+49*mod(floor(t*2),4))*t)*exp(-2*mod(t,0.5))"
    await _ffmpeg(["-f", "lavfi", "-i", f"aevalsrc='{tune}':s=48000:d=12", "-b:a", "96k"], output)


async def _ffmpeg(arguments: Sequence[str], output: Path) -> None:
    if not output.exists():
        await run_ffmpeg([*arguments, str(output)], timeout_s=_TIMEOUT_S)


async def _asset(path: Path) -> Asset:
    kind = _KINDS[path.suffix]
    digest = await asyncio.to_thread(sha256_of, path)
    media = None if kind is AssetKind.CAPTIONS else await probe(path)
    return Asset(path.name, kind, path, path, digest, digest, path.stat().st_size, media)


def _transcript() -> bytes:
    """Words of equal length in each phrase."""
    groups = []
    for phrase, start_s, end_s in SPOKEN:
        words = phrase.split()
        step_s = (end_s - start_s) / len(words)
        timed = [
            {"text": word, "start": start_s + at * step_s, "end": start_s + (at + 1) * step_s}
            for at, word in enumerate(words)
        ]
        groups.append({"text": phrase, "words": timed})
    return TRANSCRIPT.dump_json(TRANSCRIPT.validate_python(groups))
