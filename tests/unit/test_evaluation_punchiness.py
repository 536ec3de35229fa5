"""The pace metric over plain numbers: ladders fall, chance scores little, speech and music each have cues."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from agent.domain import MediaInfo
from agent.evaluation.cues import cues_of
from agent.evaluation.declared import Declared
from agent.evaluation.features import Features, Heard
from agent.evaluation.profiles import PROFILES
from agent.evaluation.punchiness import DENSITY, SYNC, band_score, cuts_of, density_part, punchiness
from agent.evaluation.values import Assessment
from agent.media.analysis.values import Beats, Sentence, Span, Transcript, Word
from tests.evaluation_features import features, heard

SOCIAL, TALK = PROFILES["social"], PROFILES["talking_head"]
SECONDS = 20.0
ON_THE_BEAT = tuple(float(second) for second in range(2, 20, 2))
MUSIC = Beats(tuple(np.arange(0, SECONDS, 0.5)), 120.0, 0.8, 0.01)
SPEECH = (1.5, 4.0, 6.6, 9.2, 11.9, 14.4, 17.0)
"""Middles of pauses of 0.4 s between sentences without pauses."""


MUSICAL = heard(MUSIC)


def spoken() -> Transcript:
    edges = [0.0, *SPEECH, SECONDS]
    words = [
        Word("word", round(start, 2), round(start + 0.3, 2), 0.9)
        for first, last in pairwise(edges)
        for start in np.arange(first + 0.2, last - 0.45, 0.3)
    ]
    return Transcript("en", "test", (Sentence(tuple(words)),))


def assessed(
    cuts_s: Sequence[float], sound: Heard | None = MUSICAL, profile=SOCIAL, transcript=None, **declared
) -> Assessment:
    file = features(SECONDS, sound, cuts_s=tuple(cuts_s))
    return punchiness(file, Declared(**declared), profile, transcript)


def value(*given, **more) -> float:
    found = assessed(*given, **more).score.value
    assert found is not None
    return found


def test_cuts_on_the_beat_score_full():
    """Nine cuts on beats, shots of two seconds."""
    assert value(ON_THE_BEAT) == pytest.approx(1.0)


def test_cuts_lose_with_every_step_off_the_beat():
    """The further from the beat all cuts are, the less; 100 ms late is nothing any more."""
    ladder = [value([cut + off for cut in ON_THE_BEAT]) for off in (0, 0.05, 0.06, 0.07, 0.08, 0.1)]

    assert ladder == sorted(ladder, reverse=True)
    assert ladder[0] >= 0.85
    assert ladder[-1] < 0.35


def test_a_cut_may_be_early_rather_than_late():
    """Sound that comes late is noticed later than sound that comes early (BT.1359)."""
    assert value([cut - 0.1 for cut in ON_THE_BEAT]) > value([cut + 0.1 for cut in ON_THE_BEAT])


def test_random_cuts_score_like_chance():
    """Over many draws the sync part is near 0.2 and the metric below 0.35."""
    chance = np.random.default_rng(7)
    draws = [assessed(np.sort(chance.uniform(0.5, 19.5, 9))).score for _ in range(200)]

    syncs = [part.score for score in draws for part in score.parts if part.name == SYNC]
    assert np.mean([score.value for score in draws]) < 0.35
    assert np.mean(syncs) < 0.3


def test_cutting_more_often_does_not_help_random_cuts():
    """Chance is taken off: ten times the cuts hit ten times the beats and score no more."""
    chance = np.random.default_rng(3)
    few, many = (
        np.mean([_sync(np.sort(chance.uniform(0.2, 19.8, count))) for _ in range(50)]) for count in (8, 80)
    )

    assert many < few


def _sync(cuts_s: Sequence[float]) -> float:
    return next(part.score for part in assessed(cuts_s).score.parts if part.name == SYNC) or 0.0


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_shots_outside_the_band_fall_to_nothing(profile):
    """Inside the band nothing is lost, at four times and at a quarter of it nothing is left."""
    longer = [band_score(profile.longest_shot_s * factor, profile) for factor in (1, 1.5, 2, 3, 4, 9)]
    shorter = [band_score(profile.shortest_shot_s / factor, profile) for factor in (1, 1.5, 2, 3, 4, 9)]

    for ladder in (longer, shorter):
        assert ladder[0] == 1.0
        assert ladder == sorted(ladder, reverse=True)
        assert ladder[-2:] == pytest.approx([0.0, 0.0])


def test_a_standing_half_is_not_hidden_by_a_busy_one():
    """A minute whose cuts are all in its first half scores less than one with the same cuts spread."""
    bunched = density_part([float(second) for second in range(1, 30)], 60.0, SOCIAL).score
    spread = density_part([2.0 * second for second in range(1, 30)], 60.0, SOCIAL).score

    assert (spread, bunched) == (1.0, pytest.approx(0.5, abs=0.02))


@pytest.mark.parametrize(
    ("cuts_s", "weakest", "code"),
    [
        pytest.param((), DENSITY, "slow_cutting", id="one shot"),
        pytest.param((10.0,), DENSITY, "slow_cutting", id="one cut"),
        pytest.param(tuple(np.arange(0.25, 20, 0.25)), DENSITY, "frantic_cutting", id="four a second"),
        pytest.param(tuple(cut + 0.1 for cut in ON_THE_BEAT), SYNC, "cuts_off_sound", id="100 ms late"),
    ],
)
def test_a_damaged_pace_names_its_part(cuts_s, weakest: str, code: str):
    """Each is far from golden, and the finding says what to do."""
    found = assessed(cuts_s)

    assert found.score.value is not None and found.score.value <= 0.75
    assert found.score.weakest is not None and found.score.weakest.name == weakest
    assert code in [finding.issue.code for finding in found.findings]
    assert all(finding.issue.suggested_fix for finding in found.findings)


def test_a_common_shift_is_told_as_one():
    """Cuts that are all late by the same are mended by one move."""
    (finding,) = assessed([cut + 0.1 for cut in ON_THE_BEAT]).findings

    assert finding.issue.suggested_fix == "Move these cuts by -0.10 s, or the sound by +0.10 s."


def test_without_sound_cuts_are_driven_by_nothing():
    """No track and a silent one are weak alike, unless the composition means to be silent."""
    missing, silent = value(ON_THE_BEAT, None), value(ON_THE_BEAT, heard(lufs=-70.0))

    assert missing == silent <= 0.75
    assert value(ON_THE_BEAT, None, has_sound=False) == 1.0


def test_sound_without_a_beat_is_not_held_against_the_cuts():
    """A film score or a stream gives no cue, so only the density counts."""
    (density, sync) = assessed(ON_THE_BEAT, heard(None)).score.parts

    assert (density.score, sync.score) == (1.0, None)


def test_speech_is_cut_in_its_pauses():
    """Cuts in pauses score full, cuts in the middle of words nothing; music under it changes neither."""
    within = [pause + 1.2 for pause in SPEECH[:-1]]

    for sound in (heard(None), heard(MUSIC)):
        assert value(SPEECH[1::2], sound, TALK, spoken()) >= 0.85
        assert value(within[::2], sound, TALK, spoken()) <= 0.35


def test_pauses_are_heard_without_a_transcript():
    """Silences that come as often as in speech stand for pauses; two rests of a piece of music do not."""
    pauses = [Span(pause - 0.2, pause + 0.2) for pause in SPEECH]

    speech = cues_of(heard(silences=tuple(pauses)), None, TALK, SECONDS)
    assert speech is not None and speech.name == "pauses in speech"
    assert cues_of(heard(silences=tuple(pauses[:2])), None, TALK, SECONDS) is None


def test_cuts_before_the_music_are_not_held_to_it():
    """Only where there are beats can a cut be off them."""
    late_music = Beats(tuple(np.arange(10, SECONDS, 0.5)), 120.0, 0.8, 0.01)

    assert value((1.2, 3.3, 5.1, 7.7, 10.0, 12.0, 14.0, 16.0, 18.0), heard(late_music)) >= 0.85


def test_a_declared_dissolve_is_one_cut():
    """At its middle, whatever a detector finds inside."""
    assert cuts_of([2.0, 4.1, 4.3], [Span(4.0, 4.4)]) == pytest.approx([2.0, 4.2])


def test_without_a_picture_there_is_no_pace():
    """Sound alone is not applicable, and nothing is missing."""
    score = punchiness(Features(MediaInfo("mp3", 3), 3, None, heard()), Declared(), SOCIAL, None).score

    assert (score.value, score.complete, score.why) == (None, True, "there is no picture")
