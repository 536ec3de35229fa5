"""Picture and sound of a render, held against core's own full encode and against what the program says."""

from __future__ import annotations

import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from agent.browser.connect import BrowserOptions, open_browser
from agent.browser.page import OperatorPage, open_operator_page
from agent.domain import AssetKind, ExportSettings, Verdict
from tests.browser_fixtures import asset_of
from tests.media import counter_video, made_by_ffmpeg, tone
from tests.reference_page import encode_with_core, reference_page

pytestmark = pytest.mark.slow

RATE_HZ = 48_000
LIMIT_S = 120
SETTINGS = ExportSettings(fps=30)
"""Sound as PCM in mov, to be encoded once more for delivery: what comes out is what was mixed."""

PROGRAM = """\
composition.resize(640, 360);
const picture = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));
const first = new core.VideoClip(asset('clip.mp4'), { width: 640 });
first.transition = { type: 'dissolve', duration: 1 };
first.range = [0, 2];
await picture.add(first);
first.fadeInDurationSeconds = 1;
const second = new core.VideoClip(asset('clip.mp4'), { width: 640, muted: true });
second.range = [1, 3];
await picture.add(second);
const music = await composition.add(new core.Layer());
const half = new core.AudioClip(asset('music.mp3'));
half.range = [0, 1];
half.baseVolume = 0.5;
half.delay = 2;
await music.add(half);
const ramp = new core.AudioClip(asset('music.mp3'));
ramp.range = [0, 1];
ramp.delay = 3;
ramp.animations = [{ key: 'volume', frames: [{ time: 0, value: 0 }, { time: 1, value: 1 }] }];
await music.add(ramp);
const titles = await composition.add(new core.Layer());
const frames = [{ time: 0, value: 0 }, { time: 1, value: 100 }];
await titles.add(new core.TextClip({
  text: 'Title', position: 'center', font: { family: 'sans-serif', size: 24 }, duration: 3,
  animations: [{ key: 'opacity', frames }],
}));
"""


@dataclass(frozen=True)
class Renders:
    """One program, rendered by us and by core."""

    ours: Path
    core: Path


@pytest_asyncio.fixture(scope="module")
async def renders(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Renders]:
    """Both files, made in the same browser."""
    folder = tmp_path_factory.mktemp("renders")
    clip = asset_of(counter_video(3), name="clip.mp4")
    music = asset_of(tone(3, 1000, suffix=".mp3"), AssetKind.AUDIO, name="music.mp3")
    made = Renders(folder / "ours.mov", folder / "core.mp4")
    async with open_browser(BrowserOptions(allow_no_sandbox=True)) as handle:
        async with open_operator_page(handle) as page:
            for asset in (clip, music):
                await page.add_asset(asset)
            await _render(page, PROGRAM, made.ours)
        async with reference_page(handle, [clip, music]) as reference:
            await encode_with_core(reference, PROGRAM, made.core)
    yield made


async def test_the_frames_are_those_of_core(renders: Renders) -> None:
    """Every one of them, transition and animation included, but those that core shows a frame late.

    It takes the frame before where its clock, `time - delay`, rounds to just under a frame's time.
    """
    between = "[0:v][1:v]psnr=stats_file=-"
    stats = _ffmpeg("-i", renders.ours, "-i", renders.core, "-lavfi", between, "-f", "null", "-").decode()
    quality_db = [float(value) for value in re.findall(r"psnr_avg:(\S+)", stats)]
    delay_s, shown_from = 1, 45
    late = {n for n in range(shown_from, 120) if n / 30 - delay_s < (n - 30 * delay_s) / 30}

    assert len(quality_db) == 120
    assert min(value for n, value in enumerate(quality_db) if n not in late) > 40


async def test_the_sound_is_aligned_with_that_of_core(renders: Renders) -> None:
    """Within a millisecond, by the lag of best correlation."""
    ours, core = _samples(renders.ours), _samples(renders.core)
    size = min(len(ours), len(core))
    spectrum = np.fft.rfft(ours[:size], 2 * size) * np.conj(np.fft.rfft(core[:size], 2 * size))

    peak = int(np.argmax(np.fft.irfft(spectrum)))

    lag = peak - 2 * size if peak > size else peak
    assert abs(lag) <= RATE_HZ // 1000


async def test_levels_are_those_of_core(renders: Renders) -> None:
    """In most windows: it sets volumes while its sound runs on, at a pace of its own."""
    ours, core = _levels(_samples(renders.ours)), _levels(_samples(renders.core))
    size = min(len(ours), len(core))

    assert float(np.median(np.abs(ours[:size] - core[:size]))) < 0.003


@pytest.mark.parametrize(
    ("time_s", "source_hz", "share"),
    [
        pytest.param(0.5, 440, 0.001**0.45, id="in a fade-in, which is logarithmic"),
        pytest.param(1.2, 440, 1.0, id="plain"),
        pytest.param(2.6, 1000, 0.5, id="half volume, over a muted clip"),
        pytest.param(3.2, 1000, 0.25, id="early in a ramp"),
        pytest.param(3.7, 1000, 0.75, id="late in a ramp"),
    ],
)
async def test_volumes_are_what_the_program_says(
    renders: Renders, time_s: float, source_hz: int, share: float
) -> None:
    """Mutes, volumes, fades and ramps, in the tenth of a second from *time_s*, to half a frame's step."""
    source = counter_video(3) if source_hz == 440 else tone(3, source_hz, suffix=".mp3")
    full = float(_levels(_samples(source))[15])

    level = float(_levels(_samples(renders.ours))[round(time_s * 10)])

    assert level == pytest.approx(full * share, rel=0.15 if share < 0.1 else 0, abs=full * 0.025)


async def test_long_sound_has_no_seams(tmp_path: Path) -> None:
    """Sound is made in segments of a minute; a sine goes on over their border."""
    whole = made_by_ffmpeg("-i", str(tone(63, 441)), "-b:a", "192k", suffix=".mp3")
    program = """\
composition.resize(64, 36);
const sound = await composition.add(new core.Layer());
await sound.add(new core.AudioClip(asset('long.mp3')).trim(0, 62));
"""
    async with (
        open_browser(BrowserOptions(allow_no_sandbox=True)) as handle,
        open_operator_page(handle) as page,
    ):
        await page.add_asset(asset_of(whole, AssetKind.AUDIO, name="long.mp3"))
        await _render(page, program, tmp_path / "long.mov", ExportSettings(fps=5))

    samples = _samples(tmp_path / "long.mov")
    assert len(samples) == 62 * RATE_HZ
    assert _distance_from_sine(samples[60 * RATE_HZ - 480 : 60 * RATE_HZ + 480], 441) < 0.01


async def _render(
    page: OperatorPage, program: str, output: Path, settings: ExportSettings = SETTINGS
) -> None:
    composed = await page.compose(program)
    assert composed.ok, composed
    assert page.fingerprint
    page.gate.record(Verdict(page.fingerprint, green_light=True, judged_by="test"))
    await page.render(page.fingerprint, settings, output)


def _samples(path: Path) -> NDArray[np.float32]:
    """Left channel of *path*."""
    raw = _ffmpeg("-i", path, "-map", "0:a", "-af", "pan=mono|c0=c0", "-ar", str(RATE_HZ), "-f", "f32le", "-")
    return np.frombuffer(raw, np.float32)


def _levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """RMS of each tenth of a second."""
    size = RATE_HZ // 10
    windows = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(np.sqrt((windows**2).mean(axis=1)))


def _distance_from_sine(samples: NDArray[np.float32], frequency_hz: int) -> float:
    """Greatest difference from the sine of that frequency that fits best, as a share of its amplitude."""
    angle = 2 * np.pi * frequency_hz * np.arange(len(samples)) / RATE_HZ
    basis = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    parts = np.linalg.lstsq(basis, samples, rcond=None)[0]
    return float(np.abs(basis @ parts - samples).max() / np.hypot(*parts))


def _ffmpeg(*args: str | Path) -> bytes:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", *(str(arg) for arg in args)]
    return subprocess.run(command, check=True, timeout=LIMIT_S, capture_output=True).stdout
