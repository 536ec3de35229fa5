"""What a request names is held against the composition; what it leaves open is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.browser.protocol import ClipSummary, CompositionSummary, Cue
from agent.critic.expectation import expectation
from agent.critic.frame_checks import check_frames
from agent.domain import Asset, AssetKind, Expectation, MediaInfo, Severity, Spot, StatedRange
from tests.compositions import clip, summary, title

FILES = {
    "harbour.mp4": AssetKind.VIDEO,
    "market.mp4": AssetKind.VIDEO,
    "logo.png": AssetKind.IMAGE,
    "music.mp3": AssetKind.AUDIO,
}
FULL = {"x": 0, "y": 0, "width": 1280, "height": 720}


def assets(*names: str) -> list[Asset]:
    info = MediaInfo("mov,mp4", 8.0, 640, 360, video_codec="h264", audio_codec="aac")
    return [Asset(name, FILES[name], Path(name), Path(name), "0", "0", 1, info) for name in names or FILES]


def video(
    asset: str = "harbour.mp4", start: float = 0, end: float = 4, source: float = 0, **more
) -> ClipSummary:
    figures = {"asset": asset, "source_start_seconds": source, "box": FULL, "opacity": 100, "volume": 1}
    return clip("VIDEO", start, end, **{**figures, **more})


def sound(end: float = 4, volume: float = 0.4, **more) -> ClipSummary:
    return clip("AUDIO", 0, end, asset="music.mp3", source_start_seconds=0, volume=volume, **more)


def blockers(composition: CompositionSummary, asked: Expectation) -> set[str]:
    found = check_frames([], composition, asked)
    return {issue.code for issue in found if issue.severity is Severity.BLOCKER} - {"no_samples"}


def judged(request: str, *layers: list[ClipSummary], duration: float = 4) -> set[str]:
    return blockers(summary(*layers, duration=duration), expectation(request, assets()))


@pytest.mark.parametrize(
    ("request_", "ranges"),
    [
        ("harbour.mp4 from 1 s to 5 s", [("harbour.mp4", 1, 5)]),
        ("Show harbour.mp4 (0-2 s), then market.mp4 (1-3 s)", [("harbour.mp4", 0, 2), ("market.mp4", 1, 3)]),
        ("keep 0:02-0:06 of market.mp4", [("market.mp4", 2, 6)]),
        ("the first 2.5 seconds", []),
        ("Play the first 2 seconds of market.mp4 twice", [("market.mp4", 0, 2)]),
        ("First 4 seconds of harbour.mp4 with logo.png", [("harbour.mp4", 0, 4)]),
        ("Fade in during the first 2 seconds of harbour.mp4", []),
        ("blur the first 2 seconds of harbour.mp4", []),
        ("harbour.mp4 and the title 'A' from 1 s to 2 s", []),
        ("harbour.mp4 from 1 to 2 minutes of fame", []),
        ("logo.png from 1 s to 3 s", []),
        ("harbour.mp4 from 5 s to 60 s", [("harbour.mp4", 5, 8)]),
    ],
)
def test_ranges_of_files(request_: str, ranges: list[tuple[str, float, float]]):
    """Only where the figures stand by the file; never more than it holds."""
    assert set(expectation(request_, assets()).ranges) == {StatedRange(*found) for found in ranges}


@pytest.mark.parametrize(
    ("request_", "order"),
    [
        ("harbour.mp4, then market.mp4", ("harbour.mp4", "market.mp4")),
        ("join market.mp4 and harbour.mp4", ("market.mp4", "harbour.mp4")),
        ("harbour.mp4 after market.mp4", ()),
        ("harbour.mp4 then market.mp4 then harbour.mp4", ()),
        ("harbour.mp4 with market.mp4 in the corner, then fade out on the left", ()),
        ("use harbour.mp4 and market.mp4", ()),
    ],
)
def test_orders(request_: str, order: tuple[str, ...]):
    """Files in a row, where nothing says otherwise."""
    assert expectation(request_, assets()).order == order


@pytest.mark.parametrize(
    ("request_", "places"),
    [
        ("logo.png in the top right corner", {"logo.png": {Spot.TOP, Spot.RIGHT}}),
        ("put the logo bottom left", {"logo.png": {Spot.BOTTOM, Spot.LEFT}}),
        ("harbour.mp4 with the title 'Hi' at the top", {"Hi": {Spot.TOP}}),
        ("harbour.mp4 with captions at the bottom", {"": {Spot.BOTTOM}}),
        ("add subtitles to harbour.mp4, at the bottom", {"": {Spot.BOTTOM}}),
        ("lower third 'Ana Silva'", {"Ana Silva": {Spot.BOTTOM}}),
        ("the title 'Left' over harbour.mp4", {}),
        ("turn left at the harbour", {}),
    ],
)
def test_places(request_: str, places: dict[str, set[Spot]]):
    """Of files, texts and captions; a word in quotes says nothing of a place."""
    assert {place.subject: place.spots for place in expectation(request_, assets()).places} == places


@pytest.mark.parametrize(
    ("request_", "shown"),
    [
        ("harbour.mp4 without market.mp4", ("harbour.mp4",)),
        ("replace market.mp4 with harbour.mp4", ("harbour.mp4",)),
        ("put the logo on harbour.mp4", ("logo.png", "harbour.mp4")),
        ("with the music at 40%", ("music.mp3",)),
        ("make it shorter", ()),
    ],
)
def test_what_is_to_be_there(request_: str, shown: tuple[str, ...]):
    """Files by their names, the logo and the music also as such; not those that are to go."""
    assert expectation(request_, assets()).shown == shown


@pytest.mark.parametrize(
    ("request_", "layers", "codes"),
    [
        ("harbour.mp4 from 1 s to 5 s", [[video(source=1)]], set()),
        ("harbour.mp4 from 1 s to 5 s", [[video(source=2.5)]], {"wrong_range"}),
        ("harbour.mp4 and market.mp4", [[video()]], {"asset_missing"}),
        ("harbour.mp4 and market.mp4", [[video(), video("market-stable.mp4")]], set()),
        ("harbour.mp4, then market.mp4", [[video("market.mp4", end=2), video(start=2)]], {"wrong_order"}),
        ("harbour.mp4 with music.mp3 at 40%", [[sound()], [video()]], set()),
        ("harbour.mp4 with music.mp3 at 40%", [[sound(volume=1)], [video()]], {"wrong_level"}),
        ("harbour.mp4, music.mp3 at 40%", [[sound(0.9, peak_volume=0.4)], [video()]], {"music_ends_early"}),
        ("mute harbour.mp4", [[video()]], {"not_muted"}),
        ("mute harbour.mp4", [[video(muted=True)]], set()),
        ("harbour.mp4", [[video(muted=True)]], {"silent"}),
        ("harbour.mp4 with captions", [[video()]], {"captions_missing"}),
        ("harbour.mp4 without captions", [[video()]], set()),
        ("dissolve to market.mp4", [[video(end=2), video("market.mp4", 2, 4)]], {"transition_missing"}),
        ("dissolve to market.mp4", [[video(end=2, transition="dissolve"), video("market.mp4", 2)]], set()),
        ("harbour.mp4", [[video(rotation=180)]], {"footage_turned"}),
        ("rotate harbour.mp4 by 180 degrees", [[video(rotation=180)]], set()),
        ("harbour.mp4", [[video(stretch=1.3)]], {"footage_stretched"}),
        ("harbour.mp4", [[video(stretch=1.02)]], set()),
        ("harbour.mp4", [[video(filter="grayscale(100%)")]], {"footage_recoloured"}),
        ("harbour.mp4 in black and white", [[video(filter="grayscale(100%)")]], set()),
        ("harbour.mp4", [[video(filter="brightness(110%)")]], set()),
        ("harbour.mp4", [[video(end=2), video(start=2, end=4)]], {"footage_repeated"}),
        ("loop harbour.mp4", [[video(end=2), video(start=2, end=4)]], set()),
        ("harbour.mp4 over market.mp4", [[video()], [video("market.mp4")]], {"clip_hidden"}),
    ],
)  # fmt: skip
def test_a_composition_is_held_against_its_request(request_: str, layers, codes: set[str]):
    """Each way to miss it has its issue, and what was asked for has none."""
    assert judged(request_, *layers) == codes


def test_a_tool_may_name_what_it_makes():
    """What is there and was not when the request was made may be made of what is missed: only a warning."""
    assert judged("harbour.mp4", [video("steady.mp4")]) == set()


def test_texts_are_long_enough_and_apart():
    """Half a second at least, and not over one another; words that come one by one may be short."""
    spoken = ("one", "by", "one", "as", "spoken")
    words = [
        title(word, at * 0.3, at * 0.3 + 0.3, box=(at * 200, 300, 150, 80), color=None)
        for at, word in enumerate(spoken)
    ]

    assert judged("harbour.mp4", [title("Hi", 1, 1.3, color=None)], [video()]) == {"text_too_short"}
    assert judged("harbour.mp4", [title("A", color=None)], [title("B", color=None)], [video()]) == {
        "text_over_text",
        "past_end",
    }
    assert judged("harbour.mp4", words, [video()]) == set()


def test_captions_go_with_what_is_said():
    """They count from the beginning of their footage, or of the parts that were kept of it."""

    def captions(start: float) -> ClipSummary:
        cue = Cue(start_seconds=start, end_seconds=start + 1, text="Hello")
        return clip("CAPTION", start, 4, asset="harbour.captions.json", source_start_seconds=0, cues=(cue,))

    request = "harbour.mp4 with captions"

    assert judged(request, [captions(0)], [video(source=0)]) == set()
    assert judged(request, [captions(0)], [video(source=3)]) == set()
    assert judged(request, [captions(1.2)], [video(source=0)]) == {"captions_out_of_sync"}


def test_a_clip_of_a_blink_is_a_fault_unless_it_is_asked_for():
    """Three white frames."""
    flash = clip("RECT", 2, 2.1, box=FULL, opacity=100, color="#FFFFFF")

    assert judged("harbour.mp4", [flash], [video()]) == {"blink"}
    assert judged("harbour.mp4 with a flash", [flash], [video()]) == set()
