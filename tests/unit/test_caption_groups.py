"""Captions can be read: line lengths, times, breaks, and the files they are written to."""

import pytest

from agent.media.analysis.values import Word
from agent.media.caption_groups import ReadingLimits, as_srt, as_vtt, caption_groups, too_fast


def spoken(text: str, *, word_s: float = 0.3, start_s: float = 0.0) -> list[Word]:
    return [
        Word(word, round(start_s + index * word_s, 3), round(start_s + (index + 0.9) * word_s, 3), 1.0)
        for index, word in enumerate(text.split())
    ]


LONG = (
    "this is a sentence that goes on and on without any mark at all so that it has to be broken somewhere "
    * 3
)


@pytest.mark.parametrize("limits", [ReadingLimits(), ReadingLimits(line_chars=24, lines=1)])
def test_no_caption_exceeds_its_lines_or_its_time(limits: ReadingLimits):
    """Whatever is said, lines, characters and seconds stay within the limits, and no word is lost."""
    captions = caption_groups(spoken(LONG), limits)

    assert " ".join(caption.text for caption in captions) == LONG.strip()
    for caption in captions:
        assert len(caption.lines) <= limits.lines
        assert max(map(len, caption.lines)) <= limits.line_chars
        assert caption.end_s - caption.start_s <= limits.longest_s


def test_captions_do_not_overlap_and_are_shown_long_enough():
    """A short one stays until it could be read, but never into the next."""
    words = [Word("Yes.", 0.0, 0.2, 1.0), Word("No.", 0.5, 0.7, 1.0), Word("Perhaps.", 5.0, 5.3, 1.0)]

    times = [(caption.start_s, caption.end_s) for caption in caption_groups(words)]

    assert times == [(0.0, 0.5), (0.5, 1.333), (5.0, 5.833)]


def test_a_sentence_and_a_pause_end_a_caption():
    """The next begins with the next sentence, and with who goes on after a pause."""
    words = [*spoken("Come here. Now then"), *spoken("go on", start_s=4.0)]

    assert [caption.text for caption in caption_groups(words)] == ["Come here.", "Now then", "go on"]


def test_two_lines_are_balanced():
    """Neither is a single word over a long line."""
    (caption,) = caption_groups(spoken("The quick brown fox jumps over the lazy dog tonight", word_s=0.2))

    assert abs(len(caption.lines[0]) - len(caption.lines[1])) <= 8


def test_what_is_too_fast_to_read_is_named():
    """Forty characters in a second are twice what an adult reads."""
    words = [*spoken("Supercalifragilistic expialidocious indeed.", word_s=0.3), *spoken("Yes.", start_s=0.9)]

    assert [caption.words[0].text for caption in too_fast(caption_groups(words))] == ["Supercalifragilistic"]
    assert too_fast(caption_groups(spoken("Good morning to you", word_s=0.4))) == ()


def test_srt_and_vtt_are_what_players_read():
    """Numbers, clocks with comma or dot, an empty line between; `<` is text in WebVTT."""
    words = [Word("a<b", 3661.5, 3662.5, 1.0), Word("end.", 3662.5, 3663.0, 1.0)]
    captions = caption_groups(words)

    assert as_srt(captions) == "1\n01:01:01,500 --> 01:01:03,000\na<b end.\n"
    assert as_vtt(captions) == "WEBVTT\n\n01:01:01.500 --> 01:01:03.000\na&lt;b end.\n"


def test_a_single_word_that_is_too_long_stays_whole():
    """It is not cut; it has a caption of its own."""
    captions = caption_groups(spoken("a " + "x" * 60 + " b"))

    assert [caption.text for caption in captions] == ["a", "x" * 60, "b"]
