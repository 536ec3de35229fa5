"""The tool that tells what a file is."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import Field

from agent.domain import AssetKind
from agent.tools.base import Arguments, JsonValue, ToolPlugin
from agent.tools.context import ToolContext


class MetadataArguments(Arguments):
    """What `metadata` takes."""

    asset: str = Field(description="Name of an asset.")


class Metadata(ToolPlugin[MetadataArguments]):
    """`metadata(asset)` for the model's Python code."""

    name = "metadata"
    arguments = MetadataArguments
    purpose = "Tells what a file is: codecs, size as displayed, frame rate, rotation, colour, channels."
    returns = "Returns a dict with duration_s, width, height, frame_rate, video_codec, audio_codec and more."

    async def run(self, context: ToolContext, given: MetadataArguments) -> JsonValue:
        media = context.asset(given.asset, *AssetKind).media
        return None if media is None else asdict(media)

    async def try_out(self, context: ToolContext) -> None:
        for asset in context.at_desk.assets:
            await self.run(context, MetadataArguments(asset=asset.name))
