"""When a composition is sure to be heard, by the waveforms of what it plays."""

import pytest

from agent.evaluation.sounding import sounding_s
from agent.media.analysis.sound import WAVEFORM_PARTS_PER_S
from agent.media.analysis.values import Span
from tests.compositions import clip, summary

WHOLE = Span(0.0, 4.0)


def waveform(*levels: float) -> tuple[float, ...]:
    """A second of each level."""
    return tuple(level for level in levels for _ in range(WAVEFORM_PARTS_PER_S))


def heard_s(*levels: float, span: Span = WHOLE, **figures: object) -> float:
    sound = clip("AUDIO", 0, 4, **{"asset": "a.wav", "volume": 1.0, **figures})
    return sounding_s(summary([sound], duration=4), {"a.wav": waveform(*levels)}, span)


def test_what_is_loud_in_the_footage_is_to_be_heard():
    """Where the clip plays it, and nowhere else."""
    assert heard_s(0.5, 0.5, 0.0, 0.5) == pytest.approx(3.0)
    assert heard_s(0.5, 0.5, 0.0, 0.5, span=Span(2.0, 3.5)) == pytest.approx(0.5)
    assert heard_s(0.0, 0.0, 0.5, 0.5, 0.0, 0.0, source_start_seconds=2.0) == pytest.approx(2.0)


@pytest.mark.parametrize(("quiet", "seconds"), [(0.12, 4.0), (0.1, 4.0), (0.09, 2.0), (0.01, 2.0)])
def test_what_is_far_under_the_loudest_may_be_silent_in_the_file(quiet: float, seconds: float):
    """From 14 dB under it on."""
    assert heard_s(0.5, quiet, 0.5, quiet) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "figures",
    [
        {"muted": True},
        {"volume": 0.0},
        {"disabled": True},
        {"animated": ("volume",), "peak_volume": 1.0},
        {"fade_in_seconds": 2.0, "fade_out_seconds": 2.0},
        {"asset": "unknown.wav"},
    ],
)
def test_nothing_is_sure_where_the_clip_is_turned_down(figures: dict[str, object]):
    """Muted, fading or of footage that nobody has listened to."""
    assert heard_s(0.5, 0.5, 0.5, 0.5, **figures) == 0


def test_noise_is_nothing_that_has_to_be_heard():
    """Footage whose loudest peak is under -40 dBFS may be silent in the file."""
    assert heard_s(0.005, 0.005, 0.005, 0.005) == 0
