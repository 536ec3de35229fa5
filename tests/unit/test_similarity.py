"""Structural similarity: 1 for the same picture, low for another, deaf to what is ignored."""

import numpy as np
import pytest

from agent.media.similarity import is_black, similarity


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(7).uniform(0, 255, (90, 160))


def test_a_picture_is_like_itself(noise):
    """Exactly 1."""
    assert similarity(noise, noise) == pytest.approx(1)


def test_similarity_falls_with_noise(noise):
    """More damage never scores higher."""
    damage = np.random.default_rng(8).normal(0, 1, noise.shape)

    scores = [similarity(noise, noise + level * damage) for level in (0, 5, 20, 80)]

    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.7


def test_an_ignored_region_does_not_count(noise):
    """A mark drawn into one corner changes nothing when that corner is ignored."""
    marked, ignored = noise.copy(), np.zeros(noise.shape, dtype=bool)
    marked[4:30, 4:60] = 255
    ignored[4:30, 4:60] = True

    assert similarity(noise, marked) < 0.95
    assert similarity(noise, marked, ignored) == pytest.approx(1)


def test_pictures_of_two_sizes_are_no_pair(noise):
    """A size that differs is a mistake of the caller."""
    with pytest.raises(ValueError, match="one size"):
        similarity(noise, noise[:-1])


def test_tiny_pictures_are_compared_too():
    """Smaller than a window: by their mean difference."""
    assert similarity(np.zeros((1, 1)), np.full((1, 1), 255.0)) == 0


@pytest.mark.parametrize(("bright_share", "black"), [(0.0, True), (0.015, True), (0.05, False)])
def test_black_allows_a_few_bright_pixels(bright_share: float, black: bool):
    """98 % under a tenth of white, as ffmpeg's blackdetect has it."""
    picture = np.zeros((100, 100))
    picture.flat[: int(10000 * bright_share)] = 255

    assert is_black(picture) is black
