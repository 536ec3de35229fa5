"""From a file that has come whole to an asset of its session, or a refusal that says why."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import asdict
from functools import partial

from agent.api.blobs import Content, content_of, keep_once
from agent.api.parts import Parts
from agent.api.problems import Clash, Unprocessable
from agent.api.schemas import FootageUse
from agent.api.uploads import Arriving, upload_path
from agent.domain import AssetKind
from agent.errors import BadMedia
from agent.media.probe import kind_of, probe
from agent.store import assets
from agent.store.views import AssetType, AssetView

_SHA256 = re.compile(r"(?:^|[\s,])sha-256=:([A-Za-z0-9+/=]+):")
_TYPES = {
    AssetKind.AUDIO: AssetType.AUDIO,
    AssetKind.IMAGE: AssetType.IMAGE,
    AssetKind.CAPTIONS: AssetType.CAPTIONS,
    AssetKind.FONT: AssetType.FONT,
}


async def accept(
    served: Parts, session_id: str, file: Arriving, *, use: FootageUse, repr_digest: str | None
) -> tuple[AssetView, bool]:
    """The asset, and whether it is new: the same file under the same name is what it was.

    What is refused is forgotten, to be sent anew. Raises `BadMedia` for what is no footage, `Unprocessable`
    if it is not what its digest says, `Clash` if the session has another file of that name.
    """
    try:
        content = await asyncio.to_thread(content_of, file.part)
        _require_digest(content, repr_digest)
        known = await accepted(served, session_id, file.part.name)
        if known is None:
            return await _kept(served, session_id, file, content, use), True
        _require_same(known, content)
    except (BadMedia, Unprocessable, Clash):
        file.discard()
        raise
    file.discard()
    return known, False


async def accepted(served: Parts, session_id: str, name: str) -> AssetView | None:
    """The asset of that name; None: the session has none."""
    found = await served.database.run(partial(assets.of_session, session_id=session_id), read_only=True)
    return next((asset for asset in found if asset.name == name), None)


async def _kept(
    served: Parts, session_id: str, file: Arriving, content: Content, use: FootageUse
) -> AssetView:
    """Bytes first, then the row: a row always has its file."""
    async with served.probing:
        media = await probe(file.part)
    kind = kind_of(file.part, media)
    named = upload_path(served.session_folder(session_id), file.part.name)
    await asyncio.to_thread(keep_once, file.part, content, served.home, named)
    asset = AssetView(
        session_id=session_id,
        name=named.name,
        type=_TYPES.get(kind, AssetType(use)),
        storage_path=str(named.relative_to(served.home)),
        size_bytes=content.size_bytes,
        sha256=content.sha256,
        details={"kind": kind, "media": asdict(media)},
    )
    kept = await served.database.run(partial(assets.add, new=asset))
    served.metrics.uploaded_bytes.inc(content.size_bytes)
    return kept


def _require_same(known: AssetView, content: Content) -> None:
    if known.sha256 != content.sha256:
        raise Clash(
            "asset_exists",
            f"The session has another file {known.name}.",
            expected=f"SHA-256 {known.sha256}",
            found=f"SHA-256 {content.sha256}",
            hint="Give it another name: jobs refer to the one that is there.",
        )


def _require_digest(content: Content, repr_digest: str | None) -> None:
    found = _SHA256.search(repr_digest or "")
    if found is None:
        return
    expected = base64.b64encode(bytes.fromhex(content.sha256)).decode()
    if found[1] != expected:
        raise Unprocessable(
            "wrong_digest",
            "What came is not what was sent.",
            expected=f"sha-256=:{found[1]}:",
            found=f"sha-256=:{expected}:",
            hint="Send the file again, from its first byte on.",
        )
