"""The critic looks once a second and where something may be wrong, within a budget."""

import pytest

from agent.browser.protocol import Cue, Keyframes
from agent.critic.sampling import EXTRA_FRAMES, interesting_times, sampling_times
from tests.compositions import clip, footage, summary, title

RATE = 30.0


def frames(times: tuple[float, ...]) -> set[int]:
    return {round(time_s * RATE) for time_s in times}


def test_both_sides_of_a_cut_are_looked_at():
    """The last frame before it, the first after it, and a little beside: three frames cannot hide between."""
    composition = summary([footage(0, 2.5), footage(2.5, 5)], duration=5)

    found = frames(interesting_times(composition, RATE, EXTRA_FRAMES))

    assert {70, 74, 75, 79} <= found


def test_a_short_text_is_seen_at_its_middle():
    """Between two whole seconds it would be missed."""
    composition = summary([title("Hi", 1.1, 1.9)], [footage(0, 5)], duration=5)

    assert 45 in frames(interesting_times(composition, RATE, EXTRA_FRAMES))


def test_keyframes_captions_and_transitions_are_looked_at():
    """Where the picture is told to change."""
    dip = Keyframes(key="opacity", seconds=(2.2, 2.3), values=(100, 0))
    captions = clip("CAPTION", 0, 5, cues=(Cue(start_seconds=3.1, end_seconds=3.5, text="Hello"),))
    layers = [footage(0, 4, keyframes=(dip,), transition="dissolve", transition_seconds=1.0), footage(4, 5)]
    composition = summary([captions], layers, duration=5)

    found = frames(interesting_times(composition, RATE, EXTRA_FRAMES))

    assert {65, 66, 69} <= found  # before, at and after the first keyframe
    assert 99 in found  # the caption's middle
    assert {105, 135} <= found  # the transition's ends


def test_the_regular_times_are_always_there():
    """One a second, whatever else there is; each on a frame and none beyond the last."""
    composition = summary([footage(0, 12.4)], duration=12.4)

    times = sampling_times(composition, RATE)

    assert set(range(13)) <= set(times)
    assert list(times) == sorted(times)
    assert max(times) < 12.4


@pytest.mark.parametrize("budget", [0, 1, 7, 40])
def test_the_budget_is_kept(budget: int):
    """A composition of a hundred cuts costs no more; what is left out is left out evenly."""
    composition = summary([footage(at / 2, at / 2 + 0.5) for at in range(100)], duration=50)

    times = interesting_times(composition, RATE, budget)

    assert len(times) <= budget
    if budget >= 7:
        assert times[0] < 5
        assert times[-1] > 45


def test_cuts_come_before_what_is_beside_them():
    """With little to spend, the edges of the clips are looked at first."""
    composition = summary([footage(0, 2.5), footage(2.5, 5)], duration=5)

    assert frames(interesting_times(composition, RATE, 4)) == {0, 74, 75, 149}
