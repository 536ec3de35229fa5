"""Delivered sound is as loud as its profile says, measured in the encoded file."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.domain import ExportSettings, LoudnessTarget
from agent.errors import BadInput
from agent.media.analysis.sound import loudness_of
from agent.media.deliver import deliver
from agent.media.loudness import PROFILES, TOLERANCE_LU, loudness_target, stated_loudness
from agent.media.probe import probe
from tests import media
from tests.music import music_file, talking_video


def rendered(sound: Path, *, gain_db: float = 0.0, seconds: float = 6) -> Path:
    """As the page makes it: H.264 and PCM in MOV."""
    picture = media.counter_source(seconds, size="320x180")
    args = [
        *picture,
        "-i",
        str(sound),
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-af",
        f"volume={gain_db}dB",
        "-shortest",
    ]
    return media.made_by_ffmpeg(
        *args, *media.X264, "-c:a", "pcm_s16le", "-ac", "2", "-ar", "48000", suffix=".mov"
    )


@pytest.mark.parametrize(
    ("make", "gain_db"),
    [
        (talking_video, 0),
        (talking_video, -20),
        (lambda: music_file(120, 8), 0),
        (lambda: music_file(120, 8), -15),
    ],
    ids=["a voice", "a soft voice", "music", "soft music"],
)
@pytest.mark.parametrize("profile", ["web", "broadcast"])
async def test_sound_meets_its_profile(tmp_path: Path, make, gain_db: float, profile: str):
    """Within one LU, true peak under the limit, and what is returned is what is in the file."""
    target = PROFILES[profile]
    source = rendered(make(), gain_db=gain_db)

    told = await deliver(source, tmp_path / "out.mp4", ExportSettings(loudness=target))

    found = await loudness_of(tmp_path / "out.mp4", 6)
    assert told == found
    assert found.integrated_lufs == pytest.approx(target.integrated_lufs, abs=TOLERANCE_LU)
    assert found.true_peak_dbtp <= target.true_peak_dbtp
    info = await probe(tmp_path / "out.mp4")
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")
    assert info.frame_count == (await probe(source)).frame_count
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


async def test_webm_meets_it_too(tmp_path: Path):
    """Opus stays Opus."""
    source = media.made_by_ffmpeg(
        *media.counter_source(4, size="320x180"), "-i", str(music_file(120, 8)), "-map", "0:v", "-map", "1:a",
        "-shortest", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus",
        suffix=".webm",
    )  # fmt: skip

    told = await deliver(
        source, tmp_path / "out.webm", ExportSettings("webm", "vp9", "opus", loudness=PROFILES["web"])
    )

    assert told is not None
    assert told.integrated_lufs == pytest.approx(-14, abs=TOLERANCE_LU)
    assert (await probe(tmp_path / "out.webm")).audio_codec == "opus"


@pytest.mark.parametrize("sound", ["anullsrc=r=48000:cl=stereo:d=3", "sine=frequency=300:duration=0.2"])
async def test_silence_and_a_click_are_left_alone(tmp_path: Path, sound: str):
    """There is no loudness to bring to a target: no noise is made out of nothing."""
    source = media.made_by_ffmpeg(
        *media.counter_source(3, size="320x180"), "-f", "lavfi", "-i", sound,
        *media.X264, "-c:a", "pcm_s16le", suffix=".mov",
    )  # fmt: skip
    before = await loudness_of(source, 3)

    told = await deliver(source, tmp_path / "out.mp4", ExportSettings(loudness=PROFILES["web"]))

    assert told is not None
    assert told.true_peak_dbtp <= max(before.true_peak_dbtp, -60) + 1.5


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("web", LoudnessTarget(-14, -1)),
        ("-18", LoudnessTarget(-18, -1)),
        ("-16 LUFS", LoudnessTarget(-16, -1)),
        ("off", None),
    ],
)
def test_a_loudness_is_a_name_or_a_figure(text: str, target: LoudnessTarget | None):
    """As people write it."""
    assert loudness_target(text) == target


@pytest.mark.parametrize("text", ["loud", "14", "-3", "", "nan"])
def test_no_loudness_is_refused_with_those_there_are(text: str):
    """The message lists the profiles."""
    with pytest.raises(BadInput, match="podcast"):
        loudness_target(text)


@pytest.mark.parametrize(
    ("program", "usual", "lufs"),
    [
        ("composition.resize(2, 2);", "web", -14),
        ("// loudness: -16 LUFS\ncomposition.resize(2, 2);", "web", -16),
        ("composition.resize(2, 2);\n// loudness: +3.5 LU\n", "broadcast", -19.5),
        ("// loudness: -3 LU", "off", -17),
        ("// loudness: +40 LU", "web", -5),
        ("// the loudness: -16 LUFS", "web", -14),
    ],
)
def test_a_program_states_the_loudness_of_its_delivery(program: str, usual: str, lufs: float):
    """In a line of its own: as such, or over what is usual; a comment of another kind is none."""
    target = stated_loudness(program, loudness_target(usual))

    assert target is not None
    assert target.integrated_lufs == lufs
