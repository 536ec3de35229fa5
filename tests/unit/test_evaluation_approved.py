"""A file is held to the frames that were approved, apart from the mark that core drew after that."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent.domain import FrameSample, MediaInfo
from agent.evaluation.approved import approved_pairs
from agent.evaluation.features import Features, Still
from agent.evaluation.subject import Subject
from agent.media.similarity import Picture, luma_of, similarity
from agent.media.watermark import mark_region


def noise(width: int, height: int) -> Picture:
    """A picture of soft patches, which JPEG keeps as they are."""
    small = np.random.default_rng(3).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def jpeg(picture: Picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95)
    return file.getvalue()


def likeness(folder: Path, approved: Picture, delivered: Picture) -> float:
    """SSIM of the one pair."""
    (folder / "still.jpg").write_bytes(jpeg(delivered))
    height, width = approved.shape[:2]
    media = MediaInfo("mp4", 1.0, delivered.shape[1], delivered.shape[0])
    features = Features(media, 1.0, None, None, stills=(Still(0.5, folder / "still.jpg"),))
    sample = FrameSample(0.5, 15, width, height, jpeg(approved))
    (pair,) = approved_pairs(features, Subject(samples=(sample,)))
    return similarity(luma_of(pair.approved), luma_of(pair.found), pair.ignored)


@pytest.mark.parametrize("size", [(320, 184), (1280, 720)], ids=["small", "usual"])
def test_cores_mark_costs_nothing(tmp_path: Path, size: tuple[int, int]):
    """Also where it takes up a third of the picture."""
    approved = noise(*size)
    marked = approved.copy()
    marked[mark_region().mask(size)] = 255

    assert likeness(tmp_path, approved, marked) > 0.97


def test_what_is_lost_elsewhere_counts(tmp_path: Path):
    """The rest of the picture is compared as ever, at the size of the approved frame."""
    delivered = noise(640, 360)
    approved = np.asarray(Image.fromarray(delivered).resize((320, 180), Image.Resampling.BOX))
    lost = delivered.copy()
    lost[200:] = 90

    assert likeness(tmp_path, approved, delivered) > 0.97
    assert likeness(tmp_path, approved, lost) < 0.7
