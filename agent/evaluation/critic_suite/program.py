"""A composition as data, so that a defect is a change of a field; written out as TypeScript."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

_SET_LATER = frozenset({"baseVolume", "fadeInDurationSeconds", "fadeOutDurationSeconds"})


@dataclass(frozen=True)
class Clip:
    """A clip of core's class `kind`, there from `start_s` to `end_s`; `source_s`: its file's first moment."""

    kind: str
    start_s: float
    end_s: float
    asset: str = ""
    source_s: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)  # whatever core's class takes, as JSON

    def having(self, **options: object) -> Clip:
        """The clip with other options; None takes one away."""
        merged = {**self.options, **options}
        return replace(self, options={name: value for name, value in merged.items() if value is not None})

    def moved(self, by_s: float) -> Clip:
        """The same clip, earlier or later."""
        return replace(self, start_s=self.start_s + by_s, end_s=self.end_s + by_s)

    def lasting(self, length_s: float) -> Clip:
        """The clip from the same start on, so long."""
        return replace(self, end_s=self.start_s + length_s)

    @property
    def length_s(self) -> float:
        """How long it is shown."""
        return self.end_s - self.start_s


@dataclass(frozen=True)
class Layer:
    """Clips that may lie apart; in a sequential one each begins where the one before it ends."""

    role: str
    """footage, inset, overlay, text, captions or sound."""
    clips: tuple[Clip, ...]
    sequential: bool = False


@dataclass(frozen=True)
class Program:
    """Layers from the bottom up."""

    width: int
    height: int
    layers: tuple[Layer, ...]

    @property
    def duration_s(self) -> float:
        """When the last clip ends."""
        return max(clip.end_s for layer in self.layers for clip in layer.clips)

    def of(self, role: str) -> list[Clip]:
        """The clips of all layers of that role."""
        return [clip for layer in self.layers if layer.role == role for clip in layer.clips]

    def changed(self, change: Callable[[Clip], Clip | None], role: str, at: int = 0) -> Program:
        """The program with the clip number *at* of a role changed, or gone where *change* gives None."""
        numbers = iter(range(len(self.of(role))))
        return self._mapped(role, lambda clip: change(clip) if next(numbers) == at else clip)

    def changed_all(self, change: Callable[[Clip], Clip | None], role: str) -> Program:
        """The program with all clips of a role changed."""
        return self._mapped(role, change)

    def with_layer(self, role: str, *clips: Clip, at: int | None = None) -> Program:
        """One layer more: on top, or at that place from the bottom."""
        place = len(self.layers) if at is None else at
        layers = (*self.layers[:place], Layer(role, clips), *self.layers[place:])
        return replace(self, layers=layers)

    def typescript(self) -> str:
        """The program as the operator page runs it."""
        lines = [f"composition.resize({self.width}, {self.height});"]
        for number, layer in enumerate(self.layers):
            name = f"{layer.role}{number}"
            mode = "{ mode: 'SEQUENTIAL' }" if layer.sequential else ""
            lines.append(f"const {name} = await composition.add(new core.Layer({mode}));")
            for at, clip in enumerate(layer.clips):
                lines += _added(clip, name, f"{name}_{at}", layer.sequential)
        return "\n".join(lines)

    def _mapped(self, role: str, change: Callable[[Clip], Clip | None]) -> Program:
        def clips_of(layer: Layer) -> Iterator[Clip]:
            for clip in layer.clips:
                found = change(clip) if layer.role == role else clip
                if found is not None:
                    yield found

        layers = (replace(layer, clips=tuple(clips_of(layer))) for layer in self.layers)
        return replace(self, layers=tuple(layer for layer in layers if layer.clips))


def _added(clip: Clip, layer: str, name: str, sequential: bool) -> Iterator[str]:
    """The lines that make the clip; what core does not take when it is made is set afterwards."""
    times = _times(clip, sequential)
    captions = clip.kind == "CaptionClip"
    later = {key: value for key, value in clip.options.items() if captions or key in _SET_LATER}
    # core heeds keepAspectRatio from when it is set on, so it comes first.
    first = {key: value for key, value in clip.options.items() if key == "keepAspectRatio"}
    given = {**first, **times, **{key: value for key, value in clip.options.items() if key not in later}}
    asset = f"asset({json.dumps(clip.asset)}), " if clip.asset else ""
    yield f"const {name} = new core.{clip.kind}({asset}{json.dumps(given, ensure_ascii=False)});"
    yield f"await {layer}.add({name});"
    if captions:
        yield f"await {name}.loadPreset('WHISPER');"
        yield f"{name}.preset.groups = asset({json.dumps(clip.asset)}).transcript.map((cue) => cue.words);"
    yield from (f"{name}.{option} = {json.dumps(value)};" for option, value in later.items())


def _times(clip: Clip, sequential: bool) -> dict[str, object]:
    """In a sequential layer core sets the delay itself."""
    if clip.kind in ("VideoClip", "AudioClip", "CaptionClip"):
        kept: dict[str, object] = {
            "range": [round(clip.source_s, 4), round(clip.source_s + clip.length_s, 4)]
        }
        return kept if sequential else {**kept, "delay": round(clip.start_s - clip.source_s, 4)}
    lasting: dict[str, object] = {"duration": round(clip.length_s, 4)}
    return lasting if sequential else {**lasting, "delay": round(clip.start_s, 4)}
