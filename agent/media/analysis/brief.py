"""An analysis in few words, for a model: what an editor would note down, never a dump."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.domain import Loudness
from agent.media.analysis.values import Analysis, Beats, Span, Transcript

MAX_LISTED = 24
MAX_TRANSCRIPT_CHARS = 4000


def brief(analysis: Analysis) -> str:
    """A line for each thing found, times in seconds; long lists and transcripts say how much is left out."""
    lines: list[str] = []
    if analysis.picture:
        lines.append(_cuts(analysis.picture.cuts_s))
    if analysis.sound:
        lines += [_loudness(analysis.sound.loudness), _silences(analysis.sound.silences)]
        lines += [_beats(analysis.sound.beats)] if analysis.sound.beats else []
    if analysis.transcript:
        lines.append(_transcript(analysis.transcript))
    return "\n".join([*lines, *analysis.notes])


def _cuts(cuts_s: Sequence[float]) -> str:
    return f"cuts at: {_listed(f'{at_s:.2f}' for at_s in cuts_s)}" if cuts_s else "cuts: none, one shot"


def _loudness(loudness: Loudness) -> str:
    return f"loudness: {loudness.integrated_lufs:.1f} LUFS, true peak {loudness.true_peak_dbtp:.1f} dBTP"


def _silences(silences: Sequence[Span]) -> str:
    shown = _listed(f"{silence.start_s:.2f}-{silence.end_s:.2f}" for silence in silences)
    return f"silences: {shown}" if silences else "silences: none"


def _beats(beats: Beats) -> str:
    shown = _listed(f"{at_s:.2f}" for at_s in beats.times_s)
    return f"beats ({beats.tempo_bpm:.0f} a minute, strength {beats.strength:.2f}): {shown}"


def _transcript(transcript: Transcript) -> str:
    if not transcript.sentences:
        return "speech: none"
    lines = [f"[{found.words[0].start_s:.2f}] {found.text}" for found in transcript.sentences]
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(line) > MAX_TRANSCRIPT_CHARS:
            kept.append(f"… and {len(lines) - len(kept)} more sentences")
            break
        kept.append(line)
    return "\n".join([f"speech ({transcript.language}):", *kept])


def _listed(items: Iterable[str]) -> str:
    every = list(items)
    more = f" … and {len(every) - MAX_LISTED} more" if len(every) > MAX_LISTED else ""
    return ", ".join(every[:MAX_LISTED]) + more
