"""The words of a composition are those of its footage, where and when they are played."""

from agent.evaluation.spoken import spoken
from agent.media.analysis.values import Sentence, Transcript, Word
from tests.compositions import clip, footage, summary


def said(*words: tuple[str, float]) -> Transcript:
    """One sentence of words that last half a second each."""
    return Transcript("en", "base", (Sentence(tuple(Word(text, at, at + 0.5, 0.9) for text, at in words)),))


TALK = said(("one", 0.2), ("two", 1.2), ("three", 2.2), ("four", 3.2))
PART = {"asset": "talk.mp4", "volume": 1.0}


def test_words_move_with_the_clips_that_play_them():
    """What is cut out is not said, and what is shown earlier is said earlier."""
    last = footage(0, 1, **PART, source_start_seconds=3.0)
    second = footage(1, 2, **PART, source_start_seconds=1.0)

    found = spoken(summary([last, second], duration=2), {"talk.mp4": TALK})

    assert found is not None
    assert [(word.text, word.start_s) for word in found.words] == [("four", 0.2), ("two", 1.2)]


def test_a_picture_and_its_own_sound_say_it_once():
    """Where both clips are of the same file at the same place."""
    picture, sound = footage(0, 4, **PART), clip("AUDIO", 0, 4, **PART)

    found = spoken(summary([picture], [sound], duration=4), {"talk.mp4": TALK})

    assert found is not None
    assert [word.text for word in found.words] == ["one", "two", "three", "four"]


def test_words_are_unknown_where_nobody_listened():
    """Also for one sound of several; a muted clip says nothing."""
    talk, music = footage(0, 4, **PART), clip("AUDIO", 0, 4, asset="song.mp3", volume=0.5)
    muted = footage(0, 4, **PART, muted=True)

    assert spoken(summary([talk], [music], duration=4), {"talk.mp4": TALK}) is None
    assert spoken(summary([muted], duration=4), {"talk.mp4": TALK}) is None
    silent = Transcript("", "", ())
    found = spoken(summary([talk], [music], duration=4), {"talk.mp4": TALK, "song.mp3": silent})
    assert found is not None and len(found.words) == 4
