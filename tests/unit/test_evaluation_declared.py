"""What a composition's summary declares, and what it leaves open."""

from __future__ import annotations

from pathlib import Path

from agent.browser.protocol import Box, ClipSummary, CompositionSummary, LayerSummary
from agent.domain import Asset, AssetKind
from agent.evaluation.declared import declared
from agent.media.analysis.values import Span

FULL = Box(x=0, y=0, width=1280, height=720)


def clip(kind: str, start_s: float, end_s: float, **more: object) -> ClipSummary:
    fields = {"box": FULL, "animated": (), **more}
    return ClipSummary.model_validate(
        {"type": kind, "start_seconds": start_s, "end_seconds": end_s, **fields}
    )


def summary(*clips: ClipSummary, duration_s: float = 10) -> CompositionSummary:
    """Each clip on a layer of its own, the first on top."""
    layers = tuple(
        LayerSummary(index=index, mode="DEFAULT", clips=(each,)) for index, each in enumerate(clips)
    )
    return CompositionSummary(
        width=1280, height=720, duration_seconds=duration_s, background="#000000", layers=layers, warnings=()
    )


def test_a_playing_video_leaves_nothing_open():
    """Its picture moves, and it can be heard."""
    meant = declared(summary(clip("VIDEO", 0, 10, volume=1)))

    assert (meant.stills, meant.dark, meant.pauses, meant.fades) == ((), (), (), ())
    assert meant.has_sound


def test_images_titles_and_gaps_are_still_or_dark():
    """An image stands; where only letters are shown it may be black; after the last clip it is."""
    title = clip("TEXT", 6, 8, text="The end", box=Box(x=400, y=300, width=480, height=100))
    meant = declared(summary(title, clip("IMAGE", 3, 5), clip("VIDEO", 0, 5, volume=1)))

    assert meant.stills == (Span(3, 10),)
    assert meant.dark == (Span(5, 10),)


def test_what_lies_under_an_opaque_image_is_not_in_sight():
    """A small logo, or an image half transparent, hides nothing."""
    logo = clip("IMAGE", 0, 10, box=Box(x=1000, y=20, width=200, height=100))
    film = clip("VIDEO", 0, 10, volume=1)

    assert declared(summary(logo, film)).stills == ()
    assert declared(summary(clip("IMAGE", 0, 10, opacity=50), film)).stills == ()
    assert declared(summary(clip("IMAGE", 2, 4), film)).stills == (Span(2, 4),)


def test_fades_and_transitions_are_at_the_ends_of_clips():
    """A text that fades darkens nothing."""
    meant = declared(
        summary(
            clip("TEXT", 2, 4, text="Hi", animated=("opacity",)),
            clip("VIDEO", 0, 5, animated=("opacity",), transition="dissolve"),
            clip("VIDEO", 5, 10),
        )
    )

    assert meant.fades == (Span(0, 1.5), Span(3.5, 5), Span(4.25, 5.75))
    assert meant.dissolves == (Span(4.25, 5.75),)


def test_silence_is_meant_where_nothing_can_be_heard():
    """Muted, at volume 0, or without sound; where the volume is animated it may go down to nothing."""
    muted = clip("VIDEO", 0, 4, volume=1, muted=True)
    quiet = clip("VIDEO", 4, 6, volume=0)
    faded = clip("AUDIO", 6, 10, box=None, volume=1, animated=("volume",))

    meant = declared(summary(muted, quiet, faded))

    assert meant.pauses == (Span(0, 6), Span(6, 7.5), Span(8.5, 10))
    assert meant.has_sound
    assert declared(summary(muted, quiet)).has_sound is False


def test_captions_are_told_from_titles(tmp_path: Path):
    """The phrases of a transcript, each while it is spoken; a text in the lower third; no other text."""
    file = tmp_path / "talk.srt"
    file.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello you\n\n2\n00:00:03,000 --> 00:00:09,000\nBye\n")
    asset = Asset("talk.srt", AssetKind.CAPTIONS, file, file, "0", "0", 1)
    low, high = (Box(x=320, y=y, width=640, height=72) for y in (600, 60))

    meant = declared(
        summary(
            clip("TEXT", 0, 2, text="A title", box=high),
            clip("TEXT", 0.5, 2, text="Lower third", box=low),
            clip("CAPTION", 0, 5, asset="talk.srt", text="Hello you Bye", box=low),
        ),
        [asset],
    )

    shown = [(text.text, text.span.start_s, text.span.end_s) for text in meant.captions]
    assert shown == [("Lower third", 0.5, 2), ("Hello you", 1, 2), ("Bye", 3, 5)]
    assert meant.captions[0].box == Box(x=0.25, y=600 / 720, width=0.5, height=0.1)
    assert [text.text for text in meant.texts if not text.is_caption] == ["A title"]


def test_cues_say_what_is_on_the_screen():
    """A caption clip whose words are grouped otherwise than in the transcript is read as it is shown."""
    cues = (
        {"start_seconds": 1, "end_seconds": 1.4, "text": "Hello"},
        {"start_seconds": 1.4, "end_seconds": 2, "text": "you"},
    )

    meant = declared(summary(clip("CAPTION", 0, 5, asset="talk.srt", text="Hello you", box=None, cues=cues)))

    shown = [(text.text, text.span.start_s, text.span.end_s) for text in meant.captions]
    assert shown == [("Hello", 1, 1.4), ("you", 1.4, 2)]


def test_a_disabled_clip_declares_nothing():
    """It is neither seen nor heard."""
    off = clip("IMAGE", 0, 10, disabled=True)

    assert declared(summary(off, clip("VIDEO", 0, 10, volume=1))).images == ()
