"""The flash counter against WCAG 2.3.1, on frames whose flashes are known."""

from __future__ import annotations

import numpy as np
import pytest

from agent.evaluation.flashes import FlashCounter, most_in_a_second
from agent.media.analysis.scenes import HEIGHT, WIDTH, Frames

RATE = 30


def frames(seconds: float = 2, level: int = 60) -> Frames:
    return np.full((round(seconds * RATE), HEIGHT, WIDTH, 3), level, dtype=np.uint8)


def flashing(
    times_per_s: int, *, share: float = 1.0, colour: tuple[int, int, int] = (255, 255, 255)
) -> Frames:
    """A square in the middle, of that share of the picture, that is lit so many times a second."""
    made = frames()
    height, width = round(HEIGHT * share**0.5), round(WIDTH * share**0.5)
    rows = slice((HEIGHT - height) // 2, (HEIGHT + height) // 2)
    columns = slice((WIDTH - width) // 2, (WIDTH + width) // 2)
    for index in range(len(made)):
        if index * times_per_s * 2 // RATE % 2:
            made[index, rows, columns] = colour
    return made


def counted(made: Frames, *, chunk: int = 25) -> int:
    counter = FlashCounter(RATE)
    for first in range(0, len(made), chunk):
        counter.see(made[first : first + chunk])
    return most_in_a_second(counter.flashes_s())


@pytest.mark.parametrize("times_per_s", [1, 2, 3, 5])
def test_every_flash_is_counted(times_per_s: int):
    """Three a second are three, five are five, whatever the chunks."""
    assert counted(flashing(times_per_s)) == times_per_s
    assert counted(flashing(times_per_s), chunk=7) == times_per_s


def test_a_small_strobe_is_no_flash():
    """A quarter of a ten-degree field, a ninth of the picture, is 2.8 %: less passes, more does not."""
    assert counted(flashing(5, share=0.02)) == 0
    assert counted(flashing(5, share=0.08)) == 5


def test_a_change_under_a_tenth_of_white_is_no_flash():
    """60 is 4.5 % of white's luminance, 100 is 12.7 %, 130 is 22 %."""
    assert counted(flashing(5, colour=(100, 100, 100))) == 0
    assert counted(flashing(5, colour=(130, 130, 130))) == 5


def test_saturated_red_counts_where_luminance_alone_would_not():
    """Red from 0 to 120 of 255 is 4 % of white's luminance."""
    made = frames(level=0)
    made[(np.arange(len(made)) // 3) % 2 == 1] = (120, 0, 0)

    assert counted(made) == 5


def test_movement_is_no_flash():
    """Bars that move brighten here what they darken there; five go by in each second."""
    columns = np.arange(WIDTH)
    made = frames()
    for index in range(len(made)):
        made[index] = np.where((columns + index * 6) % 36 < 18, 220, 20)[None, :, None]

    assert counted(made) == 0


def test_an_inverted_picture_flashes():
    """Half of it brightens while half darkens, all at once."""
    made = frames()
    made[:, :, : WIDTH // 2] = 230
    inverted = (np.arange(len(made)) // 4) % 2 == 1
    made[inverted] = 255 - made[inverted]

    assert counted(made) > 3
