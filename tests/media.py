"""Test media of known content, made once by ffmpeg and kept in `.cache/test-media` by digest of recipe."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).parent.parent
BUNNY = ROOT / "tests" / "data" / "big_buck_bunny_720p_5s.mp4"
CACHE = ROOT / ".cache" / "test-media"
_LIMIT_S = 120
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p")


def made_by_ffmpeg(*args: str, suffix: str) -> Path:
    """The file that `ffmpeg ARGS OUTPUT` makes."""

    def run(output: Path) -> None:
        command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", *args, str(output)]
        subprocess.run(command, check=True, timeout=_LIMIT_S, capture_output=True)

    return cached([*args], run, suffix=suffix)


def cached(recipe: Sequence[object], make: Callable[[Path], None], *, suffix: str) -> Path:
    """The file that *make* writes, made again only when *recipe* changes; workers may ask for it at once."""
    digest = hashlib.sha256(json.dumps([str(part) for part in recipe]).encode()).hexdigest()[:20]
    target = CACHE / f"{digest}{suffix}"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        aside = CACHE / f".{uuid4().hex}{suffix}"
        make(aside)
        aside.replace(target)
    return target


def counter_source(seconds: float, *, size: str = "640x360", rate: str = "30") -> list[str]:
    """Input of ffmpeg: a moving test picture with the frame number drawn large in its middle."""
    counter = (
        f"drawtext=fontfile={FONT}:text='%{{eif\\:n\\:d\\:4}}':fontsize=h/4:fontcolor=white:"
        "box=1:boxcolor=black:boxborderw=10:x=(w-text_w)/2:y=(h-text_h)/2"
    )
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds:g},{counter}"]


def tone_source(seconds: float, frequency_hz: int = 440) -> list[str]:
    """Input of ffmpeg: a sine."""
    return ["-f", "lavfi", "-i", f"sine=frequency={frequency_hz}:sample_rate=48000:duration={seconds:g}"]


def counter_video(
    seconds: float = 3, *, size: str = "640x360", rate: str = "30", frequency_hz: int | None = 440
) -> Path:
    """H.264 in mp4 with a frame counter, and AAC of a known tone unless *frequency_hz* is None."""
    sound = [*tone_source(seconds, frequency_hz), "-c:a", "aac"] if frequency_hz else []
    picture = counter_source(seconds, size=size, rate=rate)
    return made_by_ffmpeg(*picture, *sound, *X264, "-movflags", "+faststart", suffix=".mp4")


def tone(seconds: float = 2, frequency_hz: int = 440, *, suffix: str = ".wav") -> Path:
    """Sound only, in the codec that goes with *suffix*."""
    return made_by_ffmpeg(*tone_source(seconds, frequency_hz), suffix=suffix)


def vertical_phone_video(seconds: float = 2) -> Path:
    """Stored 640x360, to be shown 360x640: a quarter turn in its display matrix, as phones write it."""
    lying = str(counter_video(seconds))
    # ffmpeg 6 has an option for the matrix and no longer heeds the tag; ffmpeg 5 has only the tag.
    turn = ["-display_rotation", "-90", "-i", lying, "-c", "copy"]
    tag = ["-i", lying, "-c", "copy", "-metadata:s:v:0", "rotate=270"]
    return made_by_ffmpeg(*(turn if _ffmpeg_major() >= 6 else tag), suffix=".mov")


def variable_rate_video() -> Path:
    """Two seconds at 30 fps, then one second in which only every third frame is there."""
    chosen = "select='lt(n,60)+not(mod(n,3))'"
    return made_by_ffmpeg(*counter_source(3), "-vf", chosen, "-fps_mode", "passthrough", *X264, suffix=".mp4")


def hevc_video(seconds: float = 2) -> Path:
    """HEVC in mp4, which Chromium on Linux does not decode."""
    encoder = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-tag:v", "hvc1"]
    return made_by_ffmpeg(
        *counter_source(seconds), *tone_source(seconds), *encoder, "-c:a", "aac", suffix=".mp4"
    )


def prores_video(seconds: float = 1) -> Path:
    """ProRes with PCM in mov, as cameras and editors write it."""
    return made_by_ffmpeg(
        *counter_source(seconds), *tone_source(seconds), "-c:v", "prores_ks", "-profile:v", "0",
        "-c:a", "pcm_s16le", suffix=".mov",
    )  # fmt: skip


def avi_video(seconds: float = 1) -> Path:
    """MPEG-4 part 2 and MP3 in a container that core does not open."""
    return made_by_ffmpeg(*counter_source(seconds), *tone_source(seconds), "-c:v", "mpeg4", suffix=".avi")


def ten_bit_video(seconds: float = 1) -> Path:
    """H.264 High 10."""
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"]
    return made_by_ffmpeg(*counter_source(seconds), *encoder, suffix=".mp4")


def anamorphic_video(seconds: float = 1) -> Path:
    """Stored 360x360, to be shown 640x360."""
    return made_by_ffmpeg(
        *counter_source(seconds, size="640x360"), "-vf", "scale=360:360,setsar=16/9", *X264, suffix=".mp4"
    )


def late_picture_video() -> Path:
    """Two seconds of sound; the picture begins half a second into it."""
    return made_by_ffmpeg(
        "-itsoffset", "0.5", *counter_source(1.5), *tone_source(2), *X264, "-c:a", "aac", suffix=".mkv"
    )


def sized_video(width: int, height: int) -> Path:
    """Half a second of any size, odd ones too."""
    source = f"testsrc2=size={width + width % 2}x{height + height % 2}:rate=10:duration=0.5"
    crop = f"format=yuv444p,crop={width}:{height}:0:0:exact=1"
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p"]
    return made_by_ffmpeg("-f", "lavfi", "-i", source, "-vf", crop, *encoder, suffix=".mp4")


def still(width: int = 320, height: int = 180, *, colour: str = "orange", suffix: str = ".png") -> Path:
    """One picture of one colour."""
    source = f"color={colour}:size={width}x{height}:rate=1:duration=1"
    return made_by_ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "1", suffix=suffix)


def animated_gif() -> Path:
    """A GIF that moves for one second."""
    return made_by_ffmpeg(*counter_source(1, size="160x90", rate="10"), suffix=".gif")


def truncated(whole: Path, share: float = 0.5) -> Path:
    """The first part of *whole*, as an interrupted download leaves it."""
    content = whole.read_bytes()
    kept = content[: int(len(content) * share)]
    return cached(["truncated", whole.name, share], lambda output: _write(output, kept), suffix=whole.suffix)


def copied(source: Path, target: Path) -> Path:
    """*source* under another name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


def _write(output: Path, content: bytes) -> None:
    output.write_bytes(content)


def _ffmpeg_major() -> int:
    shown = subprocess.run(
        ["ffmpeg", "-hide_banner", "-version"], check=True, capture_output=True, text=True, timeout=_LIMIT_S
    )
    major = shown.stdout.split()[2].lstrip("n").split(".")[0]
    return int(major) if major.isdigit() else 99
