"""Black, frozen, silent and flickering stretches: what is found, and what is meant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agent.domain import Loudness
from agent.evaluation.declared import NOTHING, Declared, uncovered_s
from agent.evaluation.defects import black_spans, drop_outs, frozen_spans, silent_spans, worst_flicker
from agent.evaluation.features import Heard, Seen
from agent.evaluation.listening import drop_outs_in, silences_in
from agent.evaluation.looking import Looking
from agent.media.analysis.scenes import HEIGHT, WIDTH, Frames
from agent.media.analysis.sound import SAMPLE_RATE_HZ
from agent.media.analysis.values import Span

RATE = 30


def moving(seconds: float = 4, *, seed: int = 3) -> Frames:
    """A photograph's worth of texture that drifts a pixel a frame."""
    chance = np.random.default_rng(seed)
    wide = chance.integers(40, 220, (HEIGHT // 5, 90, 3)).repeat(5, axis=0).repeat(5, axis=1).astype(np.uint8)
    return np.stack([wide[:, index : index + WIDTH] for index in range(round(seconds * RATE))])


def seen(frames: Frames) -> Seen:
    looking = Looking(RATE)
    for first in range(0, len(frames), 50):
        looking.see(frames[first : first + 50])
    return looking.seen()


def faded(frames: Frames, gains: np.ndarray) -> Frames:
    return (frames * gains[:, None, None, None]).astype(np.uint8)


def heard(*silences: Span) -> Heard:
    return Heard(Loudness(-14, 3, -2), (), silences, (-15, -15), None)


def test_a_good_picture_has_none():
    """Moving texture is neither black nor frozen, and its light is steady."""
    found = seen(moving())

    assert black_spans(found, NOTHING) == ()
    assert frozen_spans(found, NOTHING) == ()
    assert worst_flicker(found)[0] < 0.002


def test_two_black_frames_are_found():
    """Hard edges make no fade."""
    frames = moving()
    frames[60:62] = 0

    assert black_spans(seen(frames), NOTHING) == (Span(2.0, 2.067),)


@pytest.mark.parametrize("length", [12, 20, 30])
def test_a_fade_in_is_known_by_its_ramp(length: int):
    """And so is a fade-out; a black start without a ramp is none."""
    gains = np.ones(120)
    gains[:length] = np.linspace(0, 1, length)
    black_start = moving()
    black_start[:8] = 0

    assert black_spans(seen(faded(moving(), gains)), NOTHING) == ()
    assert black_spans(seen(faded(moving(), gains[::-1])), NOTHING) == ()
    assert black_spans(seen(black_start), NOTHING) == (Span(0.0, 0.267),)


def test_a_dip_to_black_ramps_on_both_sides():
    """With a hard edge on one side it is a fault."""
    gains = np.ones(120)
    gains[40:80] = np.abs(np.linspace(-1, 1, 40)) ** 2
    cut_off = gains.copy()
    cut_off[60:] = 1

    assert black_spans(seen(faded(moving(), gains)), NOTHING) == ()
    assert len(black_spans(seen(faded(moving(), cut_off)), NOTHING)) == 1


def test_declared_darkness_is_no_defect():
    """As long as it lies within what is declared."""
    frames = moving()
    frames[30:75] = 0
    found = seen(frames)

    assert black_spans(found, NOTHING) == (Span(1.0, 2.5),)
    assert black_spans(found, Declared(known=True, fades=(Span(1.0, 2.5),))) == ()
    assert black_spans(found, Declared(known=True, dark=(Span(0.9, 2.0),))) == (Span(1.0, 2.5),)


@pytest.mark.parametrize("seconds", [1.0, 1.5, 2.0])
def test_a_frozen_stretch_is_found_though_the_encoder_refines_it(seconds: float):
    """Each repeated frame differs a little from the one before, as encoded ones do."""
    frames, length = moving(), round(seconds * RATE)
    frames[30 : 30 + length] = frames[30]
    frames[30 + length // 2 : 30 + length, ::7, ::5] += 2

    (span,) = frozen_spans(seen(frames), NOTHING)

    assert span.start_s == pytest.approx(1.0, abs=0.04)
    assert span.duration_s == pytest.approx(seconds, abs=0.07)


def test_a_camera_that_looks_at_a_still_room_is_not_frozen():
    """Its noise goes on."""
    chance = np.random.default_rng(5)
    noise = chance.integers(-3, 4, (90, HEIGHT, WIDTH, 1))
    room = (moving(1)[0].astype(np.int16) + noise).astype(np.uint8)

    assert frozen_spans(seen(room), NOTHING) == ()


def test_a_declared_still_may_stand():
    """What stands longer than declared may not."""
    frames = moving()
    frames[30:90] = frames[30]
    found = seen(frames)

    assert len(frozen_spans(found, NOTHING)) == 1
    assert frozen_spans(found, Declared(known=True, stills=(Span(1.0, 3.0),))) == ()
    assert len(frozen_spans(found, Declared(known=True, stills=(Span(1.0, 1.8),)))) == 1


def test_letters_that_change_over_a_frozen_picture_do_not_hide_it():
    """Declared texts are left out."""
    frames = moving()
    frames[30:105] = frames[30]
    frames[30:105:10, 70:85, 30:130] = 255
    lettered = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    lettered[68:87, 28:132] = True
    looking = Looking(RATE, lettered)
    looking.see(frames)

    assert frozen_spans(seen(frames), NOTHING) == ()
    assert len(frozen_spans(looking.seen(), NOTHING)) == 1


def test_flicker_grows_with_the_swing_of_the_light():
    """What is found is the typical distance from the mean, at a second in which it flickers."""
    texture = moving()
    swings = []
    for swing in (0.0, 0.01, 0.02, 0.05):
        light = 1 + swing / 0.5 * np.sin(2 * np.pi * 9 * np.arange(120) / RATE)
        light[:45] = 1
        swings.append(worst_flicker(seen(faded(texture, light * 0.8))))

    values = [value for value, _ in swings]
    assert values == sorted(values)
    assert 0.5 * 0.04 < values[-1] < 0.04
    assert swings[-1][1] > 1.0


def test_a_silence_is_a_hole_unless_a_pause_is_declared():
    """A second is a pause of its own."""
    sound = heard(Span(3.0, 3.9), Span(5.0, 9.0))

    assert silent_spans(sound, NOTHING, 1.0) == (Span(5.0, 9.0),)
    assert silent_spans(sound, Declared(known=True, pauses=(Span(5.0, 9.0),)), 1.0) == ()
    assert silent_spans(sound, Declared(known=True, pauses=(Span(5.0, 6.0),)), 1.0) == (Span(5.0, 9.0),)


def test_silences_are_found_in_samples_and_after_their_end():
    """What is shorter than 0.3 s is none."""
    samples = np.full(4 * SAMPLE_RATE_HZ, 0.2, dtype=np.float32)
    samples[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ] = 0.001
    samples[3 * SAMPLE_RATE_HZ : 3 * SAMPLE_RATE_HZ + 4000] = 0

    found = silences_in(samples, 0.01, 6.0)

    assert [(round(span.start_s, 1), round(span.end_s, 1)) for span in found] == [(1.0, 2.0), (4.0, 6.0)]


def test_a_drop_out_ends_and_begins_at_full_level():
    """A pause into which the sound fades, one as long as a hole, and one at an end of the file are none."""
    samples = np.full(6 * SAMPLE_RATE_HZ, 0.2, dtype=np.float32)
    faded, half_s = np.linspace(1, 0, SAMPLE_RATE_HZ // 5, dtype=np.float32), SAMPLE_RATE_HZ // 2
    for at_s in (0.0, 1.0, 3.0):
        samples[round(at_s * SAMPLE_RATE_HZ) :][:6615] = 0
    samples[SAMPLE_RATE_HZ * 2 - len(faded) : SAMPLE_RATE_HZ * 2] *= faded
    samples[SAMPLE_RATE_HZ * 2 :][:half_s] = 0
    samples[SAMPLE_RATE_HZ * 4 :][: 3 * half_s] = 0

    found = drop_outs_in(samples, -14.0)

    assert [(span.start_s, span.end_s) for span in found] == [
        (pytest.approx(1.0, abs=0.01), pytest.approx(1.3, abs=0.01)),
        (pytest.approx(3.0, abs=0.01), pytest.approx(3.3, abs=0.01)),
    ]


def test_a_declared_pause_is_no_drop_out():
    """The others stay."""
    sound = replace(heard(), drop_outs=(Span(1.0, 1.3), Span(3.0, 3.3)))

    assert drop_outs(sound, NOTHING) == sound.drop_outs
    assert drop_outs(sound, Declared(known=True, pauses=(Span(0.9, 1.3),))) == (Span(3.0, 3.3),)


def test_what_is_uncovered_counts_overlapping_spans_once():
    """Slack reaches out at both ends."""
    span = Span(0.0, 10.0)

    assert uncovered_s(span, [], 0.1) == 10
    assert uncovered_s(span, [Span(2, 5), Span(4, 6)], 0.0) == pytest.approx(6)
    assert uncovered_s(span, [Span(2, 5), Span(4, 6)], 0.5) == pytest.approx(5)


def test_a_cut_is_no_flicker():
    """The light of another shot is another light."""
    bright = np.clip(moving(2).astype(np.int16) + 30, 0, 255).astype(np.uint8)
    frames = np.concatenate([faded(moving(2), np.full(60, 0.5)), bright])

    found = seen(frames)

    assert worst_flicker(replace(found, cuts_s=()))[0] < 0.004
    assert found.cuts_s == (2.0,)
