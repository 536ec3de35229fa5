"""The tool that decides what to keep of a recording."""

from __future__ import annotations

from pydantic import Field

from agent.domain import AssetKind
from agent.media.analysis.values import Word
from agent.media.cut_list import FADE_S, FILLERS, LONGEST_PAUSE_S, keep_ranges
from agent.tools.base import Arguments, JsonValue, ToolPlugin
from agent.tools.context import ToolContext
from agent.tools.heard import names_with_sound, sound_of, transcript_of


class CutListArguments(Arguments):
    """What `cut_list` takes."""

    asset: str = Field(description="Name of a video or sound asset.")
    pauses: bool = Field(default=True, description="Take out pauses.")
    fillers: bool = Field(default=False, description="Take out um, uh and the like.")
    words: list[str] = Field(default=[], description="Further words to take out, wherever they are said.")
    longest_pause: float = Field(
        default=LONGEST_PAUSE_S, ge=0.3, description="Seconds of pause that may stay."
    )


class CutList(ToolPlugin[CutListArguments]):
    """`cut_list(asset, …)` for the model's Python code."""

    name = "cut_list"
    arguments = CutListArguments
    purpose = "Says which parts of a recording to keep when pauses, fillers or certain words are taken out."
    returns = "Returns a list of [start, end] to keep, in seconds of the file, cut at the edges of words."
    guidance = (
        "Put each range of cut_list as a clip of its own into one sequential layer, "
        "new core.VideoClip(asset(…), { range: [start, end] }), and set fadeInDurationSeconds and "
        f"fadeOutDurationSeconds to {FADE_S}, so that nothing clicks."
    )
    timeout_s = 1800.0

    async def run(self, context: ToolContext, given: CutListArguments) -> JsonValue:
        sound = await sound_of(context, given.asset)
        unwanted = [*given.words, *(FILLERS if given.fillers else ())]
        words: tuple[Word, ...] = (await transcript_of(context, given.asset)).words if unwanted else ()
        media = context.asset(given.asset, AssetKind.VIDEO, AssetKind.AUDIO).media
        kept = keep_ranges(
            media.duration_s if media else 0.0,
            silences=sound.silences if given.pauses else (),
            words=words,
            drop_words=unwanted,
            longest_pause_s=given.longest_pause,
        )
        return [[span.start_s, span.end_s] for span in kept]

    async def try_out(self, context: ToolContext) -> None:
        for name in names_with_sound(context):
            await self.run(context, CutListArguments(asset=name))
