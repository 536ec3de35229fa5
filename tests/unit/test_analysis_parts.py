"""What the pure parts of an analysis decide, without a file."""

import numpy as np
import pytest

from agent.media.analysis.beats import find_beats
from agent.media.analysis.brief import MAX_LISTED, brief
from agent.media.analysis.chart import LONGEST_ROW_S, MAX_ROWS, rows_of
from agent.media.analysis.scenes import HEIGHT, WIDTH, cuts_within
from agent.media.analysis.sound import SAMPLE_RATE_HZ
from agent.media.analysis.speech import SHORTEST_WORD_S, tidied
from agent.media.analysis.values import Analysis, Picture, Sentence, Span, Transcript, Word
from tests.music import RATE_HZ, music


def shot(seed: int, frames: int, drift: float = 0.5) -> np.ndarray:
    """A picture of coloured blocks that moves a little with each frame."""
    blocks = np.random.default_rng(seed).integers(0, 256, (9, 16, 3))
    picture = np.kron(blocks, np.ones((HEIGHT // 9, WIDTH // 16, 1)))
    return np.stack([np.roll(picture, round(index * drift), axis=1) for index in range(frames)]).astype(
        np.uint8
    )


def test_a_new_shot_is_a_cut():
    """Each first frame of a new shot is found, and no other."""
    assert cuts_within(np.concatenate([shot(1, 30), shot(2, 25), shot(3, 30)])) == [30, 55]


def test_a_flash_is_no_cut():
    """A white frame changes everything twice, and the shot goes on."""
    frames = shot(1, 60)
    frames[30:33] = 255

    assert cuts_within(frames) == []


def test_a_strobe_is_no_row_of_cuts():
    """White on every third frame, as in a club."""
    frames = shot(1, 60)
    frames[10:40:3] = 255

    assert cuts_within(frames) == []


def test_fast_motion_and_a_fade_are_no_cuts():
    """What changes as much with every frame as at any other moment is motion; what goes slowly is a fade."""
    fade = (shot(1, 30)[:1] * np.linspace(1, 0, 30)[:, None, None, None]).astype(np.uint8)

    assert cuts_within(shot(1, 60, drift=12)) == []
    assert cuts_within(fade) == []


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_too_few_frames_hold_no_cut(frames: int):
    """Nothing is judged by nothing."""
    assert cuts_within(shot(1, 3)[:frames]) == []


@pytest.mark.parametrize(("bpm", "first_s"), [(96, 0.31), (120, 0.0), (128, 0.2), (140, 0.37)])
def test_beats_are_where_the_drums_are(bpm: int, first_s: float):
    """At least nine in ten within 70 ms, the tempo within two per cent."""
    samples, known = music(bpm, 20, first_s=first_s)
    assert RATE_HZ == SAMPLE_RATE_HZ

    found = find_beats(samples)

    assert found is not None
    near = [np.abs(known - at_s).min() <= 0.07 for at_s in found.times_s]
    assert sum(near) >= 0.9 * max(len(near), len(known) - 2)
    assert found.tempo_bpm == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("what", ["noise", "silence", "one second of music", "clicks at random"])
def test_what_has_no_beat_has_none(what: str):
    """No beat is invented where nothing repeats, or where there is too little to tell."""
    chance = np.random.default_rng(3)
    clicks = np.zeros(20 * RATE_HZ, np.float32)
    clicks[chance.integers(0, len(clicks), 60)] = 1.0
    sounds = {
        "noise": chance.normal(0, 0.1, 20 * RATE_HZ).astype(np.float32),
        "silence": np.zeros(20 * RATE_HZ, np.float32),
        "one second of music": music(120, 1)[0],
        "clicks at random": clicks,
    }

    assert find_beats(sounds[what]) is None


def test_no_word_reaches_into_a_silence_or_the_next_word():
    """Whisper lets words run on; their ends are drawn back, and none is shorter than 40 ms."""
    heard = [Word("dog", 1.9, 3.2, 0.9), Word("Then", 3.1, 4.6, 0.9), Word("end", 4.5, 4.5, 0.9)]
    words = tidied(heard, [Span(2.4, 3.4)])

    assert [(word.start_s, word.end_s) for word in words] == [
        (1.9, 2.4),
        (3.4, 4.5),
        (4.5, 4.5 + SHORTEST_WORD_S),
    ]


@pytest.mark.parametrize(
    ("duration_s", "rows", "row_s"), [(0.2, 1, 5), (5, 1, 5), (12, 1, 12), (50, 3, 20), (3600, MAX_ROWS, 450)]
)
def test_a_chart_has_rows_for_the_whole_time(duration_s: float, rows: int, row_s: float):
    """Short files have one row, long ones at most eight, and every row is as long as the others."""
    found = rows_of(duration_s)

    assert (len(found), found[0].duration_s) == (rows, row_s)
    assert found[-1].end_s >= duration_s
    assert LONGEST_ROW_S == 20


def test_a_brief_is_short_whatever_was_found():
    """Long lists end with how many more there are, long transcripts too."""
    words = tuple(Word(f"word{number}", number, number + 0.5, 1.0) for number in range(12))
    analysis = Analysis(
        duration_s=3600,
        picture=Picture(tuple(float(second) for second in range(1000))),
        transcript=Transcript("en", "tiny", tuple(Sentence(words) for _ in range(500))),
    )

    text = brief(analysis)

    assert f"and {1000 - MAX_LISTED} more" in text
    assert "more sentences" in text
    assert len(text) < 5000
