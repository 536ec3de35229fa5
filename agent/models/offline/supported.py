"""What the offline model understands: the one place that README, `--help` and its refusals quote."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SupportedEdit:
    """A kind of edit and a prompt that asks for it."""

    name: str
    example: str


SUPPORTED_EDITS: tuple[SupportedEdit, ...] = (
    SupportedEdit("trim or keep a range", "trim to 5 seconds; keep 0:02-0:06; cut the last 2 seconds"),
    SupportedEdit("join clips in order", "join a.mp4 and b.mp4"),
    SupportedEdit("title", "title 'Big Buck Bunny' in the centre, large, yellow, from 1 s to 3 s, fading in"),
    SupportedEdit("lower third", "lower third 'Jane Doe' 'Director'"),
    SupportedEdit("fade in and out", "fade in over 1 second; fade out the sound; fade to black"),
    SupportedEdit(
        "transition between clips", "1 second dissolve; slide from the right; dip to black between clips"
    ),
    SupportedEdit(
        "aspect ratio", "make it 9:16 (1:1, 16:9, 4:5, vertical, square), letterboxed or cropped to fill"
    ),
    SupportedEdit(
        "mute, volume and loudness", "mute the clip; volume to 50%; loudness to -16 LUFS; podcast loudness"
    ),
    SupportedEdit("background music from a file", "add music.mp3 as background music at 20% volume"),
    SupportedEdit("logo image in a corner", "logo.png in the top right corner at 60% opacity"),
    SupportedEdit(
        "colour effects",
        "black and white; sepia; vintage; blur; brighter; contrast 120%; saturation 50%; invert; "
        "rotate the hue by 90 degrees",
    ),
    SupportedEdit("images as a slideshow", "slideshow, 3 seconds per image, with a dissolve"),
    SupportedEdit(
        "pauses and filler words out of speech",
        "remove the pauses; cut the silences longer than 1 second; remove the filler words",
    ),
    SupportedEdit(
        "captions of what is said, or from a transcript file",
        "caption it; add captions in the paper style (classic, cascade, spotlight, whisper, solar)",
    ),
    SupportedEdit(
        "cuts on the beat of a music file", "cut on the beat to music.mp3; cut on every 4th beat of music.mp3"
    ),
    SupportedEdit("speed", "speed it up 2x; slow down to half speed; 20% faster; back to normal speed"),
    SupportedEdit(
        "follow-ups", "make the title red; now make it square; remove the title; put the pauses back"
    ),
)


def supported_edits_text() -> str:
    """The list as text, one edit a line, each with an example."""
    return "\n".join(f"- {edit.name}: {edit.example}" for edit in SUPPORTED_EDITS)
