"""What the rules cannot do with files that no session has taken in yet."""

from __future__ import annotations

from collections.abc import Sequence

from agent.errors import NotUnderstood
from agent.media.ingest import Usable
from agent.media.names import safe_name
from agent.models.offline.model import plan_for
from agent.models.offline.task import AssetFacts, EditTask, given


def refuse_beforehand(request: str, files: Sequence[Usable]) -> None:
    """Raises `NotUnderstood` for a first request whose plan would be a refusal.

    Says nothing where two files have one name: whether they are one asset is known when they are stored.
    """
    names = [safe_name(file.path.name) for file in files]
    if len({name.casefold() for name in names}) < len(names):
        return
    assets = given(tuple(_facts(name, file) for name, file in zip(names, files, strict=True)))
    reply = plan_for(EditTask(request, assets))
    if reply.cannot:
        raise NotUnderstood(reply.cannot)


def _facts(name: str, file: Usable) -> AssetFacts:
    media = file.media
    return AssetFacts(
        name,
        file.kind,
        duration_s=media.duration_s or None,
        width=media.width,
        height=media.height,
        frame_rate=media.frame_rate,
        has_audio=media.audio_codec is not None,
    )
