"""Clarity and watchability without media: ladders that only fall, and the part that each damage names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.domain import Expectation, ExportSettings, Loudness, LoudnessTarget, MediaInfo
from agent.evaluation import clarity as clarity_metric
from agent.evaluation.blockers import blockers
from agent.evaluation.clarity import clarity, new_pictures_per_s
from agent.evaluation.declared import NOTHING, Declared
from agent.evaluation.features import Features, Heard, Seen, Still
from agent.evaluation.matching import Match, moments
from agent.evaluation.palette import HUES, SATURATIONS, palette_of
from agent.evaluation.profiles import PROFILES
from agent.evaluation.sharpness import blockiness, edge_width_px
from agent.evaluation.sources import Source
from agent.evaluation.subject import Subject
from agent.evaluation.values import Assessment
from agent.evaluation.watchability import watchability
from agent.media.analysis.values import Span
from agent.media.similarity import Picture

MEDIA = MediaInfo("mov,mp4", 10.0, 1280, 720, frame_rate=30, video_codec="h264", audio_codec="aac")
SOURCE = Source("film.mp4", Path("film.mp4"), 1280, 720, 30.0, (2.0, 2.1, 2.4), Path("film.grey"))
WANTED = Subject(expectation=Expectation(width=1280, height=720))


def seen(**changes: object) -> Seen:
    frames = 300
    steady = Seen(
        rate=30.0,
        luma=np.full(frames, 0.5),
        change=np.full(frames, 3.0),
        brightening=np.zeros(frames),
        dark=np.zeros(frames, dtype=np.bool_),
        palettes=np.zeros((10, HUES, SATURATIONS), dtype=np.float32),
    )
    return replace(steady, **changes)


def heard(lufs: float = -14, peak_dbtp: float = -2, **changes: object) -> Heard:
    sound = Heard(Loudness(lufs, 3, peak_dbtp), (), (), (-15.0, -15.0), None)
    return replace(sound, **changes)


def watched(
    found: Seen | None = None, sound: Heard | None = None, subject: Subject | None = None
) -> Assessment:
    features = Features(MEDIA, 10.0, found or seen(), sound or heard())
    return watchability(features, NOTHING, subject or Subject())


def value(assessment: Assessment) -> float:
    assert assessment.score.value is not None
    return assessment.score.value


def weakest(assessment: Assessment) -> str:
    assert assessment.score.weakest is not None
    return assessment.score.weakest.name


def falls(values: list[float]) -> bool:
    return values == sorted(values, reverse=True) and values[0] > values[-1]


def test_a_good_file_scores_full():
    """Nothing is taken off, and nothing is found."""
    assert value(watched()) == 1
    assert watched().findings == ()


@pytest.mark.parametrize("lufs", [-20.0, -18.7, -8.0, -23.0, -40.0])
def test_loudness_off_by_more_than_four_lu_is_not_golden(lufs: float):
    """And it is named."""
    assessment = watched(sound=heard(lufs))

    assert value(assessment) <= 0.75
    assert weakest(assessment) == "loudness"


def test_loudness_is_held_to_what_was_ordered():
    """To the export's target; where the sound was to be left alone it is not judged."""
    podcast = Subject(export=ExportSettings(loudness=LoudnessTarget(-20.0, -1.0)))

    assert value(watched(sound=heard(-20), subject=podcast)) == 1
    assert value(watched(sound=heard(-35), subject=Subject(export=ExportSettings()))) == 1


def test_ladders_only_fall():
    """The further off, the lower, never higher."""
    assert falls([value(watched(sound=heard(-14 - step))) for step in range(13)])
    assert falls([value(watched(sound=heard(peak_dbtp=step / 4 - 2))) for step in range(16)])
    assert falls(
        [value(watched(sound=heard(channel_levels_db=(-15, -15 - step)))) for step in range(0, 40, 4)]
    )
    holes = [heard(silences=(Span(2.0, 2.0 + step / 4),)) for step in range(20)]
    assert falls([value(watched(sound=hole)) for hole in holes])
    drops = [heard(drop_outs=tuple(Span(at, at + 0.3) for at in range(1, 1 + count))) for count in range(9)]
    assert falls([value(watched(sound=dropped)) for dropped in drops])
    assert [value(watched(sound=dropped)) == 1 for dropped in drops[:4]] == [True, True, True, False]
    freezes = [seen(frozen=(Span(2.0, 2.0 + step / 4),)) for step in range(20)]
    assert falls([value(watched(freeze)) for freeze in freezes])
    strobes = [seen(flashes_s=tuple(3 + index / count for index in range(count))) for count in range(1, 9)]
    assert falls([value(watched(strobe)) for strobe in strobes])


@pytest.mark.parametrize(
    ("part", "damaged"),
    [
        ("silence", watched(sound=heard(silences=(Span(4.0, 8.0),)))),
        ("silence", watched(sound=heard(drop_outs=tuple(Span(at, at + 0.3) for at in range(2, 8))))),
        ("balance", watched(sound=heard(channel_levels_db=(-15.0, -120.0)))),
        ("true peak", watched(sound=heard(peak_dbtp=0.8))),
        ("black", watched(seen(black=(Span(4.0, 4.067),)))),
        ("freeze", watched(seen(frozen=(Span(4.0, 6.0),)))),
        ("flashes", watched(seen(flashes_s=(3.0, 3.2, 3.4, 3.6)))),
        ("flicker", watched(seen(brightening=0.02 * np.cos(np.arange(300) * 1.9)))),
    ],
)
def test_each_damage_is_named_and_is_not_golden(part: str, damaged: Assessment):
    """The weakest part is the one that was damaged, and a finding tells of it."""
    assert value(damaged) <= 0.75
    assert weakest(damaged) == part
    assert damaged.findings


def test_more_than_three_flashes_a_second_ruin_the_metric_and_block():
    """WCAG 2.3.1; three are allowed."""
    three, four = (watched(seen(flashes_s=tuple(3 + i / n for i in range(n)))) for n in (3, 4))

    assert value(three) > 0.5
    assert value(four) == 0.3
    assert [finding.issue.code for finding in four.findings if finding.is_blocker] == ["flashes"]


def test_speech_may_pause_longer_than_music():
    """Two seconds in a tutorial, one elsewhere."""
    paused = heard(silences=(Span(4.0, 5.5),))

    assert value(watched(sound=paused, subject=Subject(profile=PROFILES["tutorial"]))) == 1
    assert value(watched(sound=paused)) <= 0.8


def test_missing_sound_is_a_fault_unless_the_composition_has_none():
    """A blocker where the composition has sound."""
    silent = Features(MEDIA, 10.0, seen(), None)
    mute, loud = (Declared(known=True, has_sound=has) for has in (False, True))

    assert value(watchability(silent, NOTHING, Subject())) <= 0.3
    assert value(watchability(silent, mute, Subject())) == 1
    assert [finding.issue.code for finding in blockers(silent, loud, Subject())] == ["no_sound_track"]
    assert list(blockers(silent, mute, Subject())) == []


def photograph(size: tuple[int, int] = (1280, 720)) -> Picture:
    """Hard-edged patches of many sizes, as sharp as pixels can be."""
    chance = np.random.default_rng(7)
    picture = np.full((size[1], size[0]), 120, dtype=np.uint8)
    for _ in range(900):
        side = int(chance.integers(6, 90))
        x, y = int(chance.integers(size[0])), int(chance.integers(size[1]))
        picture[y : y + side, x : x + side] = chance.integers(20, 235)
    return np.repeat(picture[..., None], 3, axis=2)


def enlarged(picture: Picture, times: float) -> Picture:
    image = Image.fromarray(picture)
    small = image.resize((round(image.width / times), round(image.height / times)), Image.Resampling.BOX)
    return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC))


def test_edges_widen_as_a_picture_is_enlarged():
    """A picture as sharp as its pixels has edges of one, whatever its size."""
    widths = [edge_width_px(enlarged(photograph(), times)) or 0.0 for times in (1, 1.5, 2, 3, 4, 6)]

    assert widths[0] < 1.3
    assert widths == sorted(widths)
    assert widths[2] > 1.5 * widths[0]


def test_a_plain_or_tiny_picture_has_no_edges_to_measure():
    """It is not called soft."""
    assert edge_width_px(np.full((360, 640, 3), 90, dtype=np.uint8)) is None
    assert edge_width_px(photograph((20, 20))) is None


def test_sharp_letters_do_not_make_an_enlarged_picture_sharp():
    """They fill too few tiles; declared ones are left out altogether."""
    soft = enlarged(photograph(), 4)
    lettered = soft.copy()
    lettered[600:660, 300:980:8] = 255

    assert edge_width_px(lettered) == pytest.approx(edge_width_px(soft), rel=0.1)


def test_a_grid_of_blocks_is_found():
    """In steps at each eighth pixel, not in steps elsewhere."""
    picture = enlarged(photograph(), 4).astype(np.int16)
    levels = np.random.default_rng(2).integers(-9, 10, (90, 160)).repeat(8, axis=0).repeat(8, axis=1)
    blocky = np.clip(picture + levels[..., None], 0, 255).astype(np.uint8)

    assert blockiness(blocky) > 2
    assert abs(blockiness(np.roll(blocky, 4, axis=(0, 1)))) < 1
    assert abs(blockiness(photograph())) < 0.9


def features_of(
    picture: Picture, folder: Path, media: MediaInfo = MEDIA, found: Seen | None = None
) -> Features:
    path = folder / "still.jpg"
    Image.fromarray(picture).save(path, quality=98)
    stills = tuple(Still(at_s, path) for at_s in moments(10.0))
    return Features(media, 10.0, found or seen(), heard(), stills)


def cleared(features: Features, subject: Subject = WANTED, **given: list) -> Assessment:
    return clarity(features, NOTHING, subject, given.get("sources", []), given.get("matches", []))


def test_a_smaller_file_is_less_clear(tmp_path: Path):
    """But no more pixels are wanted than the footage has."""
    sizes = [(1920, 1080), (1280, 720), (960, 540), (640, 360), (426, 240)]
    made = [
        cleared(features_of(photograph(), tmp_path, replace(MEDIA, width=width, height=height)))
        for width, height in sizes
    ]
    small = replace(SOURCE, width=640, height=360, edge_widths_px=(1.5,))
    enough = cleared(
        features_of(photograph(), tmp_path, replace(MEDIA, width=640, height=360)), sources=[small]
    )

    assert falls([value(each) for each in made])
    assert value(made[3]) <= 0.75
    assert weakest(made[3]) == "resolution"
    assert value(enough) > 0.95


def test_an_upscale_is_found_by_its_edges_and_by_the_frames_it_was_made_of(tmp_path: Path):
    """Against footage that is sharper, and against the same frame; footage as soft excuses it."""
    soft = features_of(enlarged(photograph(), 4), tmp_path)
    same = [Match(at_s, SOURCE, 0.99, 0.2) for at_s in moments(10.0)]
    as_soft = replace(SOURCE, edge_widths_px=(4.5, 4.6))

    assert weakest(cleared(soft, sources=[SOURCE])) == "detail"
    assert value(cleared(soft, sources=[SOURCE])) <= 0.75
    assert value(cleared(soft)) <= 0.75
    assert value(cleared(soft, sources=[as_soft])) > 0.95
    assert value(cleared(features_of(photograph(), tmp_path), sources=[SOURCE], matches=same)) <= 0.75


def test_a_stretch_is_told_from_a_crop(tmp_path: Path):
    """A frame that shows all of its source in another shape is stretched."""
    square = features_of(photograph((720, 720)), tmp_path, replace(MEDIA, width=720))
    subject = Subject()
    whole, part = ([Match(at_s, SOURCE, like, 1.0) for at_s in moments(10.0)] for like in (0.99, 0.92))

    assert weakest(cleared(square, subject, sources=[SOURCE], matches=whole)) == clarity_metric.ASPECT
    assert value(cleared(square, subject, sources=[SOURCE], matches=part)) > 0.8


def test_repeated_frames_do_not_count(tmp_path: Path):
    """Ten pictures a second shown three times each are ten."""
    change = np.tile([4.0, 0.0, 0.01], 100)
    slow = seen(change=change)

    assert new_pictures_per_s(seen()) == 30
    assert new_pictures_per_s(slow) == pytest.approx(10, abs=0.5)
    assert new_pictures_per_s(seen(change=np.zeros(300))) == 30
    assessment = cleared(features_of(photograph(), tmp_path, found=slow))
    assert weakest(assessment) == clarity_metric.FRAME_RATE
    assert value(assessment) <= 0.75


def test_a_wrong_size_blocks():
    """The size that was asked for, by one pixel; without one the shape."""
    square = Features(replace(MEDIA, width=720), 10.0, seen(), heard())
    shape = Subject(expectation=Expectation(aspect_ratio=16 / 9))

    assert [f.issue.code for f in blockers(square, NOTHING, WANTED)] == ["wrong_size"]
    assert [f.issue.code for f in blockers(square, NOTHING, shape)] == ["wrong_aspect"]
    assert list(blockers(Features(MEDIA, 10.0, seen(), heard()), NOTHING, WANTED)) == []


def test_what_cannot_be_decoded_blocks():
    """With the decoder's own words; a length that is not the composition's does, too."""
    damaged = Features(MEDIA, 10.0, seen(), heard(), faults=("[h264] [error] cabac decode failed",))
    short = Declared(known=True, duration_s=12.0)

    (finding,) = blockers(damaged, NOTHING, Subject())
    assert finding.issue.code == "damaged_file"
    assert "cabac" in finding.issue.message
    assert [f.issue.code for f in blockers(Features(MEDIA, 10.0, seen(), heard()), short, Subject())] == [
        "wrong_length"
    ]


def test_a_palette_leaves_brightness_out():
    """The same red, brighter, has the same palette; another hue has another."""
    reds = [palette_of(np.full((4, 4, 3), (level, 0, 0), dtype=np.uint8)) for level in (80, 200)]
    blue = palette_of(np.full((4, 4, 3), (0, 0, 200), dtype=np.uint8))

    assert (reds[0] == reds[1]).all()
    assert reds[0].sum() == pytest.approx(1)
    assert (reds[0] * blue).sum() == 0
