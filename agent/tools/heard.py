"""The tools that tell what is said and heard in an asset: words, silences, beats."""

from __future__ import annotations

from pydantic import Field

from agent.domain import Asset, AssetKind
from agent.errors import RoughcutError
from agent.media.analysis.analyst import Footage
from agent.media.analysis.values import Sound, Transcript
from agent.tools.base import Arguments, JsonValue, ToolPlugin
from agent.tools.bridge import ToolFailed
from agent.tools.context import ToolContext

_TRANSCRIPTION_TIMEOUT_S = 1800.0
_MEASURING_TIMEOUT_S = 600.0


class HeardArguments(Arguments):
    """What each of these tools takes."""

    asset: str = Field(description="Name of a video or sound asset.")


class _HeardTool(ToolPlugin[HeardArguments]):
    """Tried out on every dummy that has sound."""

    arguments = HeardArguments

    async def try_out(self, context: ToolContext) -> None:
        for name in names_with_sound(context):
            await self.run(context, HeardArguments(asset=name))


class TranscriptTool(_HeardTool):
    """`transcript(asset)` for the model's Python code."""

    name = "transcript"
    purpose = "Transcribes what is said, word by word with times, on this machine."
    returns = "Returns a dict: language, text, words (list of {text, start, end} in seconds of the file)."
    timeout_s = _TRANSCRIPTION_TIMEOUT_S

    async def run(self, context: ToolContext, given: HeardArguments) -> JsonValue:
        found = await transcript_of(context, given.asset)
        words: JsonValue = [
            {"text": word.text, "start": word.start_s, "end": word.end_s} for word in found.words
        ]
        text = " ".join(sentence.text for sentence in found.sentences)
        return {"language": found.language, "text": text, "words": words}


class SilencesTool(_HeardTool):
    """`silences(asset)` for the model's Python code."""

    name = "silences"
    purpose = "Finds the stretches in which nothing is heard; use it to find pauses."
    returns = "Returns a list of [start, end] in seconds of the file, each at least 0.3 s long."
    timeout_s = _MEASURING_TIMEOUT_S

    async def run(self, context: ToolContext, given: HeardArguments) -> JsonValue:
        sound = await sound_of(context, given.asset)
        return [[silence.start_s, silence.end_s] for silence in sound.silences]


class BeatsTool(_HeardTool):
    """`beats(asset)` for the model's Python code."""

    name = "beats"
    purpose = "Finds the beats of music; use it to cut on the beat."
    returns = (
        "Returns a dict: times (seconds of the file), tempo_bpm, strength (0 to 1); "
        "times is empty where there is no steady beat."
    )
    timeout_s = _MEASURING_TIMEOUT_S

    async def run(self, context: ToolContext, given: HeardArguments) -> JsonValue:
        beats = (await sound_of(context, given.asset)).beats
        if beats is None:
            return {"times": [], "tempo_bpm": None, "strength": 0.0}
        return {"times": list(beats.times_s), "tempo_bpm": beats.tempo_bpm, "strength": beats.strength}


async def transcript_of(context: ToolContext, name: str) -> Transcript:
    """The words of an asset. Raises `ToolFailed` where it has no sound or nothing can transcribe."""
    footage = Footage.of(_with_sound(context, name))
    try:
        found = await context.at_desk.analyst.transcript(footage)
    except RoughcutError as exc:
        raise ToolFailed(f"FAILED: {exc} {exc.hint}") from exc
    if found is None:
        raise ToolFailed(
            "FAILED: transcription is not installed here (pip install 'roughcut[asr]'); do without the words."
        )
    return found


async def sound_of(context: ToolContext, name: str) -> Sound:
    """What is heard in an asset. Raises `ToolFailed` where it has no sound."""
    footage = Footage.of(_with_sound(context, name))
    try:
        found = await context.at_desk.analyst.sound(footage)
    except RoughcutError as exc:
        raise ToolFailed(f"FAILED: {exc}") from exc
    assert found is not None, "an asset with sound has some"
    return found


def _with_sound(context: ToolContext, name: str) -> Asset:
    asset = context.asset(name, AssetKind.VIDEO, AssetKind.AUDIO)
    if asset.media is None or asset.media.audio_codec is None:
        raise ToolFailed(f"FAILED: {name!r} has no sound.")
    return asset


def names_with_sound(context: ToolContext) -> list[str]:
    """The assets that can be heard."""
    return [asset.name for asset in context.at_desk.assets if asset.media and asset.media.audio_codec]
