"""ffmpeg and ffprobe as child processes: time limits, progress, the end of stderr in errors, no orphans."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from pathlib import Path

from agent.errors import MediaToolFailed, SetupMissing
from agent.media.child import Child
from agent.tracing import leaf_span

_STDERR_TAIL_LINES = 20
_MEASUREMENT_LINES = 100_000
_READ_BYTES = 1 << 16
_INSTALL_HINT = (
    "Install ffmpeg: sudo apt-get install ffmpeg (Debian, Ubuntu), brew install ffmpeg (macOS), "
    "winget install ffmpeg (Windows)."
)

INPUT_PROTOCOLS = ("-protocol_whitelist", "file,pipe")

ProgressCallback = Callable[[float], None]
"""Called with the seconds of media written so far."""


async def run_ffmpeg(
    args: Sequence[str], *, timeout_s: float, on_progress: ProgressCallback | None = None
) -> None:
    """Run ffmpeg to its end; existing outputs are overwritten.

    Raises `MediaToolFailed` with the end of stderr, or when *timeout_s* is over; a cancelled call kills
    the child.
    """
    command = [tool_path("ffmpeg"), *_QUIET, "-y", "-progress", "pipe:1", "-nostats", *args]
    async with _child(command, timeout_s) as child:
        async for line in _lines(child):
            seconds = progress_seconds(line)
            if on_progress and seconds is not None:
                on_progress(seconds)


async def run_ffprobe(args: Sequence[str], *, timeout_s: float = 60.0) -> tuple[str, str]:
    """What ffprobe prints, and what it complains about. Raises `MediaToolFailed`."""
    complaints: deque[str] = deque(maxlen=_STDERR_TAIL_LINES)
    command = [tool_path("ffprobe"), "-v", "error", *args]
    async with _child(command, timeout_s, complaints) as child:
        output = b"".join([chunk async for chunk in _chunks(child)])
    return output.decode(errors="replace"), "\n".join(complaints)


async def raw_frames(
    args: Sequence[str], frame_bytes: int, *, timeout_s: float, report: deque[str] | None = None
) -> AsyncGenerator[bytes, None]:
    """Each decoded frame that ffmpeg writes as `rawvideo` to stdout, one at a time.

    *args* end before the output; a last incomplete frame raises `MediaToolFailed`. Close it with `aclosing`.
    *report* gets what the measuring filters say, each line with its level: `[info]`, `[error]`.
    """
    command = [
        tool_path("ffmpeg"),
        *(_QUIET if report is None else _TELLING),
        *args,
        "-f",
        "rawvideo",
        "pipe:1",
    ]
    async with _child(command, timeout_s, report) as child:
        while True:
            try:
                yield await child.stdout.readexactly(frame_bytes)
            except asyncio.IncompleteReadError as end:
                if end.partial:
                    raise MediaToolFailed(
                        f"Expected frames of {frame_bytes} bytes, the last has {len(end.partial)}."
                    ) from end
                break


async def ffmpeg_output(args: Sequence[str], *, timeout_s: float) -> bytes:
    """What ffmpeg writes to stdout; *args* end with `pipe:1`. Raises `MediaToolFailed`."""
    async with _child([tool_path("ffmpeg"), *_QUIET, *args], timeout_s) as child:
        return b"".join([chunk async for chunk in _chunks(child)])


async def ffmpeg_report(args: Sequence[str], *, timeout_s: float) -> str:
    """What ffmpeg's measuring filters say on stderr. Raises `MediaToolFailed`."""
    said: deque[str] = deque(maxlen=_MEASUREMENT_LINES)
    command = [tool_path("ffmpeg"), "-hide_banner", "-nostdin", "-nostats", "-v", "info", *args]
    async with _child(command, timeout_s, said) as child:
        await child.wait()
    return "\n".join(said)


def input_args(path: Path) -> list[str]:
    """`-i` for a local file whatever its name; playlists inside it cannot reach the network."""
    return [*INPUT_PROTOCOLS, "-i", f"file:{path}"]


_QUIET = ("-hide_banner", "-nostdin", "-v", "error")
_TELLING = ("-hide_banner", "-nostdin", "-nostats", "-v", "level+info")


def tool_path(name: str) -> str:
    """Where ffmpeg or ffprobe is. Raises `SetupMissing`."""
    found = shutil.which(name)
    if found is None:
        raise SetupMissing(f"{name} is not on the PATH.", hint=_INSTALL_HINT)
    return found


@contextlib.asynccontextmanager
async def _child(
    command: Sequence[str], timeout_s: float, complaints: deque[str] | None = None
) -> AsyncIterator[Child]:
    """A child that has ended when the block is left: by itself with status 0, or killed."""
    name = Path(command[0]).name
    tail: deque[str] = deque(maxlen=_STDERR_TAIL_LINES) if complaints is None else complaints
    with leaf_span(name, kind="ffmpeg", ffmpeg_args=command) as span:
        child = await Child.start(command)
        stderr_reader = asyncio.create_task(_keep_tail(child, tail))
        try:
            async with asyncio.timeout(timeout_s):
                yield child
                returncode = await child.wait()
                await stderr_reader
        except TimeoutError as exc:
            raise MediaToolFailed(
                f"{name} did not end within {timeout_s:g} s.",
                hint="Use a shorter or smaller file, or give it more time.",
            ) from exc
        finally:
            await _end(child, stderr_reader)
            span.set(cpu_s=child.cpu_s, logs=_last_lines(tail, "\n"))
        if returncode:
            raise MediaToolFailed(f"{name} failed: {_last_lines(tail, ' ') or returncode}")


async def _end(child: Child, stderr_reader: asyncio.Task[None]) -> None:
    await child.end()
    stderr_reader.cancel()
    await asyncio.gather(stderr_reader, return_exceptions=True)


def _last_lines(tail: deque[str], between: str) -> str:
    return between.join(list(tail)[-_STDERR_TAIL_LINES:])


async def _keep_tail(child: Child, tail: deque[str]) -> None:
    rest = b""
    while chunk := await child.stderr.read(_READ_BYTES):
        *lines, rest = (rest + chunk).splitlines(keepends=True)
        if rest.endswith(b"\n"):
            lines, rest = [*lines, rest], b""
        tail.extend(line.decode(errors="replace").strip() for line in lines)
        rest = rest[-_READ_BYTES:]
    if rest:
        tail.append(rest.decode(errors="replace").strip())


async def _chunks(child: Child) -> AsyncIterator[bytes]:
    while chunk := await child.stdout.read(_READ_BYTES):
        yield chunk


async def _lines(child: Child) -> AsyncIterator[str]:
    while line := await child.stdout.readline():
        yield line.decode(errors="replace").strip()


def progress_seconds(line: str) -> float | None:
    """Seconds of media written so far, in a line of `-progress`; None in any other line."""
    key, _, value = line.partition("=")
    if key != "out_time_us" or not value.lstrip("-").isdigit():
        return None
    return max(0.0, int(value) / 1_000_000)
