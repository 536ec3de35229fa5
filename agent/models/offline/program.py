"""Writes the TypeScript program of an edit. Pure: the same edit and assets give the same text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from agent.domain import AssetKind
from agent.media.cut_list import FADE_S
from agent.models.offline.captions import caption_section
from agent.models.offline.edit import Edit, Level, Speech, header_of
from agent.models.offline.frame import Frame, frame_of
from agent.models.offline.hearing import NOTHING_HEARD, Heard
from agent.models.offline.keyframes import opacity_frames, shared
from agent.models.offline.literal import call, number, props, string
from agent.models.offline.pieces import Piece
from agent.models.offline.task import AssetFacts
from agent.models.offline.texts import text_lines
from agent.models.offline.timeline import Timeline, lay_out

MUSIC_UNDER_SOUND = 0.3
_MUSIC_END_FADE_S = 1.0
_LOGO_MARGIN = 0.03


def write_program(edit: Edit, assets: Sequence[AssetFacts], heard: Heard = NOTHING_HEARD) -> str:
    """The whole program. Raises `NotUnderstoodError` where the footage cannot give what was asked for,
    `NotHeardError` where something has to be found out first.
    """
    timeline = lay_out(edit, assets, heard)
    frame = frame_of(edit.canvas, timeline)
    sections = [
        [header_of(edit), *_loudness(edit.level), f"composition.resize({frame.width}, {frame.height});"],
        _footage(edit, timeline, frame),
        caption_section(edit, timeline, frame, heard),
        _logo(edit, timeline, frame),
        text_lines(edit, timeline, frame),
        _fades(edit, timeline, frame),
        _music(edit, timeline),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _loudness(level: Level) -> list[str]:
    """What the delivery reads."""
    if level.lufs is not None:
        return [f"// loudness: {level.lufs + level.raised_lu:+g} LUFS"]
    return [f"// loudness: {level.raised_lu:+g} LU"] if level.raised_lu else []


def _footage(edit: Edit, timeline: Timeline, frame: Frame) -> list[str]:
    lines = ["const footage = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));"]
    if edit.effects:
        effects = ", ".join(
            props(type=string(effect.type), value=number(effect.value)) for effect in edit.effects
        )
        lines.append(f"const look: core.Effect[] = [{effects}];")
    for index, piece in enumerate(timeline.pieces):
        lines.extend(_clip(index, piece, edit, timeline, frame))
    return lines


def _clip(index: int, piece: Piece, edit: Edit, timeline: Timeline, frame: Frame) -> list[str]:
    last = index == len(timeline.pieces) - 1
    is_video = piece.asset.kind is AssetKind.VIDEO
    fields = {
        "range": f"[{number(piece.start_s)}, {number(piece.end_s)}]" if is_video else None,
        "duration": None if is_video else number(piece.length_s),
        **frame.fit(piece.asset),
        "position": "'center'",
        "effects": "look" if edit.effects else None,
        "muted": "true" if is_video and edit.sound.muted else None,
        "transition": None if last or timeline.pieces[index + 1].jumps else _transition(edit, timeline),
    }
    name = f"clip{index + 1}"
    made = call(
        f"core.{'VideoClip' if is_video else 'ImageClip'}", f"asset({string(piece.asset.name)})", **fields
    )
    lines = [f"const {name} = {made};"]
    if is_video and piece.asset.has_audio and not edit.sound.muted:
        edge_s = FADE_S if edit.speech != Speech() else 0.0
        fade_in_s = (edit.sound.fade_in_s if index == 0 else 0.0) or edge_s
        fade_out_s = (edit.sound.fade_out_s if last else 0.0) or edge_s
        lines.extend(_sound_lines(name, edit.sound.volume, fade_in_s, fade_out_s, piece.length_s))
    return [*lines, f"await footage.add({name});"]


def _transition(edit: Edit, timeline: Timeline) -> str | None:
    if edit.transition is None:
        return None
    return props(type=string(edit.transition.type), duration=number(timeline.transition_s))


def _sound_lines(
    name: str, volume: float | None, fade_in_s: float, fade_out_s: float, length_s: float
) -> list[str]:
    """Volume and fades of a clip that is not yet in a layer. A fade animates `volume` from and to 1, so the
    level itself goes into `baseVolume`.
    """
    fade_in_s, fade_out_s = shared(fade_in_s, fade_out_s, length_s)
    lines = []
    if volume is not None and volume != 1:
        lines.append(f"{name}.baseVolume = {number(volume)};")
    if fade_in_s:
        lines.append(f"{name}.fadeInDurationSeconds = {number(fade_in_s)};")
    if fade_out_s:
        lines.append(f"{name}.fadeOutDurationSeconds = {number(fade_out_s)};")
    return lines


def _logo(edit: Edit, timeline: Timeline, frame: Frame) -> list[str]:
    if edit.logo is None or timeline.logo is None:
        return []
    margin = round(min(frame.width, frame.height) * _LOGO_MARGIN)
    x, anchor_x = frame.along(edit.logo.place, "left", "right", margin, frame.width)
    y, anchor_y = frame.along(edit.logo.place, "top", "bottom", margin, frame.height)
    width = round(frame.width * edit.logo.width_percent / 100)
    if frame.touches_mark(x - anchor_x * width, y):
        y = frame.mark_bottom
    made = call(
        "core.ImageClip",
        f"asset({string(timeline.logo.name)})",
        duration=number(timeline.total_s),
        width=number(width),
        position=props(x=number(x), y=number(y)),
        anchor=props(x=number(anchor_x), y=number(anchor_y)),
        opacity=number(edit.logo.opacity) if edit.logo.opacity != 100 else None,
    )
    return ["const logoLayer = await composition.add(new core.Layer());", f"await logoLayer.add({made});"]


def _fades(edit: Edit, timeline: Timeline, frame: Frame) -> list[str]:
    """Black over everything that is shown, so that titles and logo fade with the footage."""
    total_s = timeline.total_s
    fade_in_s, fade_out_s = shared(edit.picture_fade_in_s, edit.picture_fade_out_s, total_s)
    lines = []
    if fade_in_s:
        lines.append(f"await curtain.add({_curtain(0.0, fade_in_s, 'out', frame)});")
    if fade_out_s:
        lines.append(f"await curtain.add({_curtain(total_s - fade_out_s, fade_out_s, 'in', frame)});")
    return ["const curtain = await composition.add(new core.Layer());", *lines] if lines else []


def _curtain(start_s: float, length_s: float, way: Literal["in", "out"], frame: Frame) -> str:
    fades = (length_s, 0.0) if way == "in" else (0.0, length_s)
    return call(
        "core.RectangleClip",
        delay=number(start_s),
        duration=number(length_s),
        width=number(frame.width),
        height=number(frame.height),
        fill="'#000000'",
        animations=opacity_frames(*fades, length_s),
    )


def _music(edit: Edit, timeline: Timeline) -> list[str]:
    """Music under the footage, repeated until the end of the video, and faded where the end cuts it off."""
    if not timeline.music:
        return []
    sound = edit.music
    heard = not edit.sound.muted and any(piece.asset.has_audio for piece in timeline.pieces)
    volume = sound.volume if sound and sound.volume is not None else (MUSIC_UNDER_SOUND if heard else 1.0)
    lines = ["const musicLayer = await composition.add(new core.Layer({ mode: 'SEQUENTIAL' }));"]
    parts = _music_parts(timeline)
    for index, (asset, length_s) in enumerate(parts):
        last = index == len(parts) - 1
        fade_in_s = sound.fade_in_s if sound and index == 0 else 0.0
        fade_out_s = sound.fade_out_s if sound and last else 0.0
        if last and not fade_out_s and asset.duration_s and length_s < asset.duration_s:
            fade_out_s = min(_MUSIC_END_FADE_S, length_s / 2)
        name = f"music{index + 1}"
        made = call("core.AudioClip", f"asset({string(asset.name)})", range=f"[0, {number(length_s)}]")
        lines.append(f"const {name} = {made};")
        lines.extend(_sound_lines(name, volume, fade_in_s, fade_out_s, length_s))
        lines.append(f"await musicLayer.add({name});")
    return lines


def _music_parts(timeline: Timeline) -> list[tuple[AssetFacts, float]]:
    parts: list[tuple[AssetFacts, float]] = []
    left_s = timeline.total_s
    while left_s > 0.05:
        asset = timeline.music[len(parts) % len(timeline.music)]
        length_s = min(asset.duration_s or left_s, left_s)
        parts.append((asset, round(length_s, 3)))
        left_s -= length_s
    return parts
