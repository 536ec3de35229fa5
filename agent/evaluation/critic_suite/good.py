"""Good compositions: each does what its request asks, and has nothing that a person would send back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent.evaluation.critic_suite.clips import (
    SMALL,
    UPRIGHT,
    WIDE,
    captions,
    corner,
    fade,
    fading_in,
    fading_in_and_out,
    layer,
    picture,
    plate,
    sound,
    text,
    video,
)
from agent.evaluation.critic_suite.program import Layer, Program


@dataclass(frozen=True)
class Good:
    """A composition and the request that it fulfils. Files of the session are those that it shows or plays,
    and `unused`.
    """

    name: str
    request: str
    program: Program
    unused: tuple[str, ...] = ()

    @property
    def assets(self) -> frozenset[str]:
        """Names of the session's files."""
        shown = {clip.asset for part in self.program.layers for clip in part.clips if clip.asset}
        return frozenset(shown | set(self.unused))


def good_compositions() -> tuple[Good, ...]:
    """All of them; several of each sort, in other words, sizes and figures."""
    makers = (
        _titles, _captioned, _sequences, _insets, _logos, _with_music, _dissolves, _upright, _stills,
        _split, _lower_thirds, _frozen, _recoloured, _turned, _faded, _cards, _repeated, _fast, _slides,
    )  # fmt: skip
    return tuple(good for make in makers for good in make())


def _titles() -> Iterator[Good]:
    lisbon = text("A Morning in Lisbon", 0.5, 4, WIDE, animations=fading_in(0.6))
    yield Good(
        "title that fades in",
        "Use harbour.mp4 from 1 s to 5 s and put the title 'A Morning in Lisbon' in the centre, fading in",
        Program(*WIDE, (_footage("harbour.mp4", 4, 1), layer("text", lisbon))),
    )
    days = text("Harbour Days", 0, 4, WIDE, at=(0.5, 0.25), animations=fading_in_and_out(4))
    yield Good(
        "title at the top",
        'Trim harbour.mp4 to the first 4 seconds. Add the title "Harbour Days" at the top; it fades in and '
        "out.",
        Program(*WIDE, (_footage("harbour.mp4", 4), layer("text", days))),
    )
    market = text("MARKET DAY", 1, 4, SMALL, height=0.14, color="#FFD400")
    yield Good(
        "big yellow title",
        "Keep 0:02-0:06 of market.mp4 with the big yellow title 'MARKET DAY' in the middle from 1 s to 4 s",
        Program(*SMALL, (_footage("market.mp4", 4, 2), layer("text", market))),
    )
    two = (
        text("Slow Mornings", 0, 5, WIDE, at=(0.5, 0.42), height=0.1),
        text("a film by Ana Silva", 0.5, 5, WIDE, at=(0.5, 0.58), height=0.05, animations=fading_in()),
    )
    yield Good(
        "title and subtitle",
        "Make a 5 second video of street.mp4 with the title 'Slow Mornings' and under it "
        "'a film by Ana Silva' as a smaller text",
        Program(*WIDE, (_footage("street.mp4", 5), layer("text", *two))),
    )


def _captioned() -> Iterator[Good]:
    requests = (
        "Add subtitles to interview.mp4, at the bottom",
        "Caption the interview with interview.captions.json so that people can watch it without sound",
        "interview.mp4 with captions at the bottom of the picture, please",
    )
    for request, length_s, frame in zip(requests, (6.5, 7, 8), (WIDE, WIDE, SMALL), strict=True):
        shown = layer("captions", captions("interview.captions.json", 0, 6.4, frame))
        program = Program(*frame, (_footage("interview.mp4", length_s), shown))
        yield Good(f"captions, {length_s:g} s", request, program)
    later = layer("captions", captions("interview.captions.json", 2, 8.4, WIDE))
    parts = layer("footage", video("harbour.mp4", 0, 2), video("interview.mp4", 2, 9))
    yield Good(
        "captions after an opening shot",
        "Open with 2 seconds of harbour.mp4, then the first 7 seconds of interview.mp4 with subtitles",
        Program(*WIDE, (parts, later)),
    )


def _sequences() -> Iterator[Good]:
    three = (
        video("harbour.mp4", 0, 2, 0), video("market.mp4", 2, 4, 1), video("street.mp4", 4, 6, 2),
    )  # fmt: skip
    yield Good(
        "three clips with their ranges",
        "Show harbour.mp4 (0-2 s), then market.mp4 (1-3 s), then street.mp4 (2-4 s)",
        Program(*SMALL, (layer("footage", *three),)),
    )
    equal = [
        video(name, at * 2, at * 2 + 2, 1)
        for at, name in enumerate(("street.mp4", "harbour.mp4", "market.mp4"))
    ]
    yield Good(
        "three clips in order",
        "Join street.mp4, harbour.mp4 and market.mp4 in this order, 2 seconds of each, 6 seconds in total",
        Program(*SMALL, (layer("footage", *equal),)),
    )
    yield Good(
        "two clips",
        "First 3 seconds of street.mp4, followed by harbour.mp4 from 0:01 to 0:04",
        Program(*WIDE, (layer("footage", video("street.mp4", 0, 3), video("harbour.mp4", 3, 6, 1)),)),
    )
    yield Good(
        "two parts of one clip",
        "From market.mp4 take 0:00 to 0:02 and 0:05 to 0:07 and put them one after the other",
        Program(*WIDE, (layer("footage", video("market.mp4", 0, 2), video("market.mp4", 2, 4, 5)),)),
    )


def _insets() -> Iterator[Good]:
    for where, length_s in (("bottom right", 5), ("bottom left", 4), ("top right", 6)):
        small = layer("inset", video("interview.mp4", 0, length_s, muted=True, **corner(where, WIDE)))
        yield Good(
            f"picture in picture, {where}",
            f"harbour.mp4 full screen for {length_s} seconds in total, with interview.mp4 as a small "
            f"picture in picture in the {where} corner, without its sound",
            Program(*WIDE, (_footage("harbour.mp4", length_s), small)),
        )


def _logos() -> Iterator[Good]:
    requests = {
        "top right": "First 4 seconds of market.mp4 with logo.png in the top right corner throughout",
        "bottom left": "Put the logo in the bottom left corner of market.mp4 for the whole video",
        "bottom right": "street.mp4 with logo.png bottom right at 80% opacity, trim to 5 seconds",
    }
    lengths = {"top right": 4, "bottom left": 8, "bottom right": 5}
    for where, request in requests.items():
        asset = "street.mp4" if where == "bottom right" else "market.mp4"
        opacity = 80 if where == "bottom right" else 100
        mark = picture("logo.png", 0, lengths[where], opacity=opacity, **corner(where, WIDE, share=0.13))
        program = Program(*WIDE, (_footage(asset, lengths[where]), layer("overlay", mark)))
        yield Good(f"logo, {where}", request, program, ("logo.png",))


def _with_music() -> Iterator[Good]:
    yield Good(
        "music for the sound",
        "street.mp4 for 5 seconds in total: mute its own sound and play music.mp3 at 40 % under it, "
        "fading out",
        Program(
            *SMALL,
            (
                _footage("street.mp4", 5, muted=True),
                layer("sound", sound("music.mp3", 0, 5, baseVolume=0.4, fadeOutDurationSeconds=1)),
            ),
        ),
    )
    yield Good(
        "music under a voice",
        "Keep the sound of interview.mp4 and add music.mp3 at 20% underneath",
        Program(*SMALL, (_footage("interview.mp4", 8), layer("sound", sound("music.mp3", 0, 8, volume=0.2)))),
    )
    yield Good(
        "music at half",
        "Make it 6 seconds: harbour.mp4 and then market.mp4, 3 s each, with the music at 50%",
        Program(
            *WIDE,
            (
                layer(
                    "footage", video("harbour.mp4", 0, 3, muted=True), video("market.mp4", 3, 6, muted=True)
                ),
                layer("sound", sound("music.mp3", 0, 6, volume=0.5)),
            ),
        ),
    )


def _dissolves() -> Iterator[Good]:
    sorts = {
        "dissolve": "a 1 second dissolve",
        "slide-from-left": "a slide",
        "fade-to-black": "a fade through black",
    }
    for kind, words in sorts.items():
        clips = (
            video("harbour.mp4", 0, 3, 1, transition={"type": kind, "duration": 1}),
            video("market.mp4", 3, 6, 1),
        )
        yield Good(
            f"{kind} between two clips",
            f"Join harbour.mp4 and market.mp4, in this order, with {words} between them",
            Program(*WIDE, (Layer("footage", clips, sequential=True),)),
        )


def _upright() -> Iterator[Good]:
    filled = layer("footage", video("street.mp4", 0, 4))
    yield Good(
        "9:16 from a wide clip",
        "Make a 9:16 version of street.mp4, 4 seconds in total, filling the frame",
        Program(*UPRIGHT, (filled,)),
    )
    words = text("On the phone", 0.5, 4, UPRIGHT, at=(0.5, 0.3), height=0.08)
    yield Good(
        "9:16 from a phone",
        "Vertical 720x1280 video of phone.mp4, first 4 seconds, with the text 'On the phone' in the "
        "upper part",
        Program(*UPRIGHT, (_footage("phone.mp4", 4), layer("text", words))),
    )
    blurred = video("phone.mp4", 0, 4, width="100%", height=None, effects=[{"type": "blur", "value": 12}])
    yield Good(
        "upright on a blurred background",
        "Put phone.mp4 in a 16:9 frame over a blurred copy of itself, 4 seconds in total",
        Program(*WIDE, (layer("overlay", blurred), _footage("phone.mp4", 4, muted=True))),
    )
    square = layer("footage", video("market.mp4", 0, 3, 2))
    yield Good(
        "square",
        "Make it 1:1 and keep only 2-5 s of market.mp4",
        Program(720, 720, (square,)),
        ("market.mp4",),
    )


def _stills() -> Iterator[Good]:
    for asset, scale, word in (("photo.jpg", 1.25, "zoom in"), ("poster.jpg", 1.15, "zoom")):
        zoom = [fade("scaleX", (0, 1), (5, scale)), fade("scaleY", (0, 1), (5, scale))]
        centred = {"x": "50%", "y": "50%", "anchorX": 0.5, "anchorY": 0.5, "position": None}
        yield Good(
            f"slow {word} on {asset}",
            f"Show {asset} for 5 seconds with a slow {word}",
            Program(*SMALL, (layer("footage", picture(asset, 0, 5, animations=zoom, **centred)),)),
        )


def _split() -> Iterator[Good]:
    for first, second in (("harbour.mp4", "market.mp4"), ("street.mp4", "interview.mp4")):
        halves = (
            layer("footage", video(first, 0, 4, **_half(0))),
            layer("inset", video(second, 0, 4, muted=True, **_half(1))),
        )
        yield Good(
            f"split screen of {first}",
            f"Split screen for 4 seconds: {first} on the left and {second} on the right",
            Program(*WIDE, halves),
        )


def _lower_thirds() -> Iterator[Good]:
    for name, role, end_s in (("Ana Silva", "Harbour master", 4.5), ("João Reis", "Fisherman", 5)):
        bar = plate(1.5, end_s, WIDE).having(x=60, y=500, width=520, height=130, opacity=75)
        words = (
            text(name, 1.5, end_s, WIDE, at=(0.05, 0.735), height=0.06, align="left", x=90),
            text(role, 1.5, end_s, WIDE, at=(0.05, 0.82), height=0.042, align="left", x=90),
        )
        yield Good(
            f"lower third of {name}",
            f"interview.mp4 from 1 s to 7 s with a lower third '{name}' and below it the text '{role}', "
            f"from 1.5 s to {end_s:g} s",
            Program(*WIDE, (_footage("interview.mp4", 6, 1), layer("overlay", bar), layer("text", *words))),
        )


def _frozen() -> Iterator[Good]:
    for held_s in (2, 3):
        parts = layer("footage", video("street.mp4", 0, 3), picture("photo.jpg", 3, 3 + held_s))
        yield Good(
            f"held still for {held_s} s",
            f"Play street.mp4 to 3 s, then hold the still photo.jpg for {held_s} seconds",
            Program(*SMALL, (parts,)),
        )
    yield Good(
        "frozen footage that was asked for",
        "First 2 seconds of harbour.mp4, then the frozen street-still.mp4 for 4 seconds",
        Program(
            *SMALL,
            (layer("footage", video("harbour.mp4", 0, 2), video("street-still.mp4", 2, 6, muted=True)),),
        ),
    )


def _recoloured() -> Iterator[Good]:
    for request, effect in (
        ("harbour.mp4 in black and white, first 3 seconds", {"type": "grayscale", "value": 100}),
        ("Give the first 3 seconds of harbour.mp4 an old sepia look", {"type": "sepia", "value": 80}),
        (
            "Brighten harbour.mp4 and make its colours warmer, first 3 seconds",
            {"type": "saturate", "value": 160},
        ),
    ):
        program = Program(*SMALL, (_footage("harbour.mp4", 3, effects=[effect]),))
        yield Good(f"colour: {effect['type']}", request, program)


def _turned() -> Iterator[Good]:
    turned: dict[str, Any] = {"x": "50%", "y": "50%", "anchorX": 0.5, "anchorY": 0.5, "position": None}
    yield Good(
        "mirrored as asked",
        "Mirror market.mp4 horizontally, first 3 seconds",
        Program(*SMALL, (_footage("market.mp4", 3, scaleX=-1, **turned),)),
    )
    yield Good(
        "turned as asked",
        "Rotate market.mp4 by 180 degrees and trim to 3 seconds",
        Program(*SMALL, (_footage("market.mp4", 3, rotation=180, **turned),)),
    )


def _faded() -> Iterator[Good]:
    for length_s, fade_s in ((4, 0.5), (6, 1)):
        yield Good(
            f"fades from and to black, {fade_s:g} s",
            f"First {length_s} seconds of harbour.mp4, fade in from black and fade out to black "
            f"over {fade_s:g} s",
            Program(
                *SMALL,
                (_footage("harbour.mp4", length_s, animations=fading_in_and_out(length_s, fade_s)),),
            ),
        )


def _cards() -> Iterator[Good]:
    for words, fill in (("Chapter One", "#000000"), ("The End of Summer", "#1B2A41")):
        card = layer("overlay", plate(0, 2, WIDE, fill))
        yield Good(
            f"title card {words}",
            f"Start with a plain title card '{words}' for 2 seconds, then market.mp4 for 3 seconds",
            Program(
                *WIDE,
                (card, layer("footage", video("market.mp4", 2, 5)), layer("text", text(words, 0, 2, WIDE))),
            ),
        )


def _repeated() -> Iterator[Good]:
    twice = layer("footage", video("market.mp4", 0, 2), video("market.mp4", 2, 4))
    yield Good("twice as asked", "Play the first 2 seconds of market.mp4 twice", Program(*SMALL, (twice,)))
    thrice = layer("footage", *(video("street.mp4", at * 2, at * 2 + 2, 1) for at in range(3)))
    yield Good("looped as asked", "Loop 0:01-0:03 of street.mp4 three times", Program(*SMALL, (thrice,)))


def _fast() -> Iterator[Good]:
    names = ("harbour.mp4", "market.mp4", "street.mp4", "interview.mp4") * 2
    for step_s in (0.5, 0.8):
        shots = [
            video(name, round(at * step_s, 3), round((at + 1) * step_s, 3), at, muted=True)
            for at, name in enumerate(names[: 6 if step_s > 0.5 else 8])
        ]
        music = layer("sound", sound("music.mp3", 0, len(shots) * step_s))
        yield Good(
            f"montage, {step_s:g} s a shot",
            "A quick montage of harbour.mp4, market.mp4, street.mp4 and interview.mp4 to music.mp3",
            Program(*SMALL, (layer("footage", *shots), music)),
        )


def _slides() -> Iterator[Good]:
    for each_s in (2, 3):
        photos = (
            picture("photo.jpg", 0, each_s, transition={"type": "dissolve", "duration": 1}),
            picture("poster.jpg", each_s, 2 * each_s),
        )
        yield Good(
            f"slideshow, {each_s} s each",
            f"A slideshow of photo.jpg and poster.jpg, {each_s} seconds per image, with a dissolve and "
            "music.mp3",
            Program(
                *SMALL,
                (
                    Layer("footage", photos, sequential=True),
                    layer("sound", sound("music.mp3", 0, 2 * each_s)),
                ),
            ),
        )


def _footage(
    asset: str,
    length_s: float,
    source_s: float = 0.0,
    **options: Any,  # noqa: ANN401  options of core's
) -> Layer:
    return layer("footage", video(asset, 0, length_s, source_s, **options))


def _half(number: int) -> dict[str, Any]:  # options of core's
    """The left or right half of a wide frame, with bars above and below."""
    width = WIDE[0] // 2
    return {"height": None, "width": width, "position": None, "x": number * width, "y": 180}
