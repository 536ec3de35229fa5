"""Metric 5: whether the video is the brand's: its logo, where and how it is shown, and its colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import median

import cv2
import numpy as np
from PIL import Image

from agent.domain import Issue, Severity
from agent.evaluation.brand_kit import BrandKit, Colour, Corner, Logo
from agent.evaluation.declared import Declared
from agent.evaluation.features import Features, Still
from agent.evaluation.logo import LogoFinder, Sighting
from agent.evaluation.palette import HUES, SATURATIONS, Palette, palette_of
from agent.evaluation.scoring import lin, score_of
from agent.evaluation.values import Assessment, Finding, Metric, Part, Score

PRESENCE, PLACE, SIZE, OPACITY = "logo seen", "logo place", "logo size", "logo opacity"
LOGO_COLOURS, COLOURS = "logo colours", "colours"
_EVERY_S, _SHORT_EVERY_S = 2.0, 0.5
_ENOUGH_MOMENTS, _MOST_MOMENTS = 20, 40
"""Twenty tell half of a clip from its 60 %; a shorter one has fewer, half a second apart."""
_USUAL_WIDTH, _USUAL_MARGIN = (0.05, 0.25), (0.01, 0.10)
"""What a logo may have where the kit does not say: shares of the frame's width and of its shorter side."""
_BLENDED = 0.8
"""A logo that is meant to be less opaque shows other colours than its own."""
_TINTED = 40
"""Saturation of 255 from which on a colour has a hue to look for."""
_TELLING = 0.75


def brand_moments(kit: BrandKit | None, duration_s: float) -> tuple[float, ...]:
    """The moments whose stills `brand` wants: each two seconds, of a long file fewer, of a short one more."""
    if kit is None or kit.logo is None or duration_s <= 0:
        return ()
    at_least = min(_ENOUGH_MOMENTS, math.ceil(duration_s / _SHORT_EVERY_S))
    count = min(_MOST_MOMENTS, max(at_least, math.ceil(duration_s / _EVERY_S)))
    step = duration_s / count
    return tuple(step * (index + 0.5) for index in range(count))


def brand(features: Features, declared: Declared, kit: BrandKit | None) -> Assessment:
    """Parts of the logo, and of the colours; combined as `scoring.combined` says.

    - Logo seen 0.30: share of the moments that show it, 1 from the kit's share on. Found by normalised
      correlation at 19 sizes. Moments that are black, or fade as declared, do not count.
    - Place 0.15: intersection over union with the place that the kit states, once brought to its size, 0 at
      0.2, 1 at 0.85. Size 0.10: ratio of the widths, 1 within 10 %, 0 at twice or half.
    - Opacity 0.15: regression of the picture on the logo over what is wanted, 0 at 0.1, 1 at 0.8.
    - Logo colours 0.10: mean CIE76 difference to the logo's own, 0 at 40, 1 at 12.
    - Colours 0.20: Hellinger distance of hue by saturation to the approved stills, 0 at 0.45, 1 at 0.12;
      without such stills whether each of the kit's colours with a hue has 0.2 % of the picture.

    Bounds are from measurements on good and damaged clips (notes/evaluation.md); no standard states any.
    """
    if kit is None:
        return Assessment(Score(Metric.BRAND, None, why="there is no brand kit"))
    if features.seen is None:
        return Assessment(Score(Metric.BRAND, None, why="there is no picture"))
    parts: list[Part] = []
    findings: list[Finding] = []
    if kit.logo is not None:
        stills = [still for still in _stills(features, kit) if not _is_dark(still, features, declared)]
        sightings = LogoFinder(kit.logo.path).sightings([still.picture() for still in stills])
        aspect_ratio = (features.media.width or 1) / (features.media.height or 1)
        parts += logo_parts(sightings, kit.logo, aspect_ratio)
        findings += _logo_findings(parts, stills, sightings)
    colours = colours_part(np.asarray(features.seen.palettes.mean(axis=0), np.float32), kit)
    findings += _colour_findings(colours)
    return Assessment(score_of(Metric.BRAND, [*parts, colours]), tuple(findings))


def logo_parts(sightings: Sequence[Sighting | None], logo: Logo, aspect_ratio: float) -> list[Part]:
    """Five parts; the last four are of the moments that show it."""
    seen = [sighting for sighting in sightings if sighting is not None]
    if not sightings:
        return [Part(PRESENCE, None, 0.30, "no moment to look for it")]
    share = len(seen) / len(sightings)
    presence = Part(PRESENCE, lin(share, 0, logo.share), 0.30, f"{share:.0%}, {logo.share:.0%} wanted")
    if not seen:
        return [presence]
    ratio = median(sighting.width for sighting in seen) / _wanted_width(seen, logo)
    overlap = median(place_overlap(sighting, logo, aspect_ratio) for sighting in seen)
    opacity = median(sighting.opacity for sighting in seen)
    distance = median(sighting.colour_distance for sighting in seen)
    kept = min(opacity / logo.opacity, logo.opacity / max(opacity, 1e-3))
    colour = lin(distance, 40, 12) if logo.opacity >= _BLENDED and opacity >= _BLENDED / 2 else None
    return [
        presence,
        Part(PLACE, lin(overlap, 0.2, 0.85), 0.15, f"{overlap:.0%} on its place {logo.corner}"),
        Part(
            SIZE,
            lin(abs(math.log(ratio)), math.log(2), math.log(1.1)),
            0.10,
            f"{ratio:.0%} of what is wanted",
        ),
        Part(OPACITY, lin(kept, 0.1, 0.8), 0.15, f"{opacity:.0%}, {logo.opacity:.0%} wanted"),
        Part(LOGO_COLOURS, colour, 0.10, f"{distance:.0f} away from its own (CIE76), at most 12 wanted"),
    ]


def place_overlap(sighting: Sighting, logo: Logo, aspect_ratio: float) -> float:
    """Intersection over union with the wanted place, of a logo that is brought to the wanted size.

    It keeps its distance to the corner meanwhile, so that size and place are told apart.
    """
    scale = _wanted_width([sighting], logo) / sighting.width
    width, height = sighting.width * scale, sighting.height * scale
    unit = (min(1.0, 1 / aspect_ratio), min(1.0, aspect_ratio))
    across = _distances(sighting.left, sighting.width, logo.corner in (Corner.TOP_LEFT, Corner.BOTTOM_LEFT))
    down = _distances(sighting.top, sighting.height, logo.corner in (Corner.TOP_LEFT, Corner.TOP_RIGHT))
    off = [
        abs(found - _wanted_margin(found / one, logo) * one)
        for found, one in zip((across, down), unit, strict=True)
    ]
    shared = max(0.0, width - off[0]) * max(0.0, height - off[1])
    return shared / (2 * width * height - shared)


def colours_part(palette: Palette, kit: BrandKit) -> Part:
    """How near the colours are to the approved ones, else whether those of the kit are there."""
    if kit.look:
        distance = palette_distance(palette, _palette_of_stills(kit))
        measured = f"{distance:.2f} away from the approved look (Hellinger), at most 0.12 wanted"
        return Part(COLOURS, lin(distance, 0.45, 0.12), 0.20, measured)
    wanted = [colour for colour in kit.colours if _hue_and_saturation(colour)[1] >= _TINTED]
    if not wanted:
        return Part(COLOURS, None, 0.20, "the kit names no look and no colour with a hue")
    shares = [_share_of(colour, palette) for colour in wanted]
    score = float(np.mean([lin(share, 0, 0.002) for share in shares]))
    rarest = min(zip(shares, wanted, strict=True))
    return Part(COLOURS, score, 0.20, f"{_hex(rarest[1])} in {rarest[0]:.1%} of the picture, 0.2 % wanted")


def palette_distance(one: Palette, other: Palette) -> float:
    """Hellinger distance of two softened palettes, 0 for equal ones, 1 for those that share no colour."""
    alike = np.sqrt(_softened(one) * _softened(other)).sum()
    return float(np.sqrt(max(0.0, 1 - alike)))


def _stills(features: Features, kit: BrandKit) -> list[Still]:
    moments = brand_moments(kit, features.duration_s)
    return [still for at_s in moments if (still := features.still_at(at_s)) is not None]


def _is_dark(still: Still, features: Features, declared: Declared) -> bool:
    if any(span.start_s <= still.time_s < span.end_s for span in declared.fades):
        return True
    seen = features.seen
    return seen is not None and bool(seen.dark[min(seen.frame_count - 1, round(still.time_s * seen.rate))])


def _wanted_width(seen: Sequence[Sighting], logo: Logo) -> float:
    if logo.width is not None:
        return logo.width
    return min(max(median(sighting.width for sighting in seen), _USUAL_WIDTH[0]), _USUAL_WIDTH[1])


def _wanted_margin(found: float, logo: Logo) -> float:
    return min(max(found, _USUAL_MARGIN[0]), _USUAL_MARGIN[1]) if logo.margin is None else logo.margin


def _distances(start: float, length: float, from_start: bool) -> float:
    return start if from_start else 1 - start - length


def _palette_of_stills(kit: BrandKit) -> Palette:
    palettes = []
    for path in kit.look:
        with Image.open(path) as image:
            palettes.append(palette_of(np.asarray(image.convert("RGB"), np.uint8)))
    return np.asarray(np.mean(palettes, axis=0), np.float32)


def _softened(palette: Palette) -> Palette:
    """Spread over neighbouring bins, around the circle of hues."""
    wrapped = np.concatenate([palette[-1:], palette, palette[:1]])
    soft = np.asarray(cv2.GaussianBlur(wrapped, (3, 3), 0)[1:-1], np.float32)
    return np.asarray(soft / max(1e-9, float(soft.sum())), np.float32)


def _hue_and_saturation(colour: Colour) -> tuple[int, int]:
    hue, saturation, _ = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_RGB2HSV)[0, 0]
    return int(hue), int(saturation)


def _share_of(colour: Colour, palette: Palette) -> float:
    """Of pixels in the colour's bin and those next to it."""
    hue, saturation = _hue_and_saturation(colour)
    hues = [(hue * HUES // 180 + step) % HUES for step in (-1, 0, 1)]
    middle = saturation * SATURATIONS // 256
    return float(palette[hues, max(1, middle - 1) : middle + 2].sum())


def _hex(colour: Colour) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)


_LOGO_FINDINGS = {
    PRESENCE: ("logo_missing", "The logo is not seen long enough", "Show it over the whole video, on top."),
    PLACE: ("logo_misplaced", "The logo is not in its place", "Put it into the corner that the kit names."),
    SIZE: ("logo_wrong_size", "The logo has the wrong size", "Scale it to the width that the kit names."),
    OPACITY: ("logo_wrong_opacity", "The logo has the wrong opacity", "Set the opacity that the kit names."),
    LOGO_COLOURS: (
        "logo_wrong_colours",
        "The logo has other colours",
        "Keep effects and grading off its layer.",
    ),
}


def _logo_findings(
    parts: Sequence[Part], stills: Sequence[Still], sightings: Sequence[Sighting | None]
) -> Iterator[Finding]:
    missing = [still.time_s for still, seen in zip(stills, sightings, strict=True) if seen is None]
    showing = [still.time_s for still, seen in zip(stills, sightings, strict=True) if seen is not None]
    for part in parts:
        if part.score is None or part.score >= _TELLING:
            continue
        code, what, fix = _LOGO_FINDINGS[part.name]
        times = missing if part.name == PRESENCE else showing
        yield _finding(code, f"{what}: {part.measured}.", fix, times[0], times[-1])


def _colour_findings(colours: Part) -> Iterator[Finding]:
    if colours.score is not None and colours.score < _TELLING:
        fix = "Grade the footage like the approved stills, or use the brand's colours in titles and plates."
        yield _finding("colours_off", f"The colours are not the brand's: {colours.measured}.", fix)


def _finding(
    code: str, message: str, fix: str, time_s: float | None = None, until_s: float | None = None
) -> Finding:
    issue = Issue(code, message, Severity.WARNING, time_s, fix, source="evaluation")
    return Finding(issue, Metric.BRAND, until_s=until_s)
