"""Gives uploaded files to a file input of a page, which reads them from the node's disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from browser_pool.chromium.cdp import CdpSession, Json
from browser_pool.chromium.errors import CdpError
from browser_pool.chromium.pipe import PipeConnection
from browser_pool.errors import Conflict, NotFound
from browser_pool.schemas import AttachRequest
from browser_pool.targets import browser_gone, page_targets

_CALL_TIMEOUT_S = 10.0


async def attach_files(control: PipeConnection, request: AttachRequest, paths: Sequence[Path]) -> None:
    """Make *paths* the choice of the file input that *request* names, with the events of a person's choice.

    Raises `NotFound` if there is no such page or input, `Conflict` if the page is not named and there are
    several, `BrowserGone` if it does not answer.
    """
    with browser_gone():
        try:
            target_id = request.target_id or await _only_page(control)
            async with control.attached(target_id) as page:
                node = await _file_input(page, request)
                files = [str(path) for path in paths]
                await page.call("DOM.setFileInputFiles", {"files": files, **node}, timeout_s=_CALL_TIMEOUT_S)
        except CdpError as exc:
            raise NotFound(f"That element takes no files: {exc}", code="input_not_found") from exc


async def _only_page(control: PipeConnection) -> str:
    pages = await page_targets(control)
    if not pages:
        raise NotFound("The browser has no page.", code="page_not_found")
    if len(pages) > 1:
        raise Conflict(
            f"The browser has {len(pages)} pages.", hint="Name one with target_id.", code="page_ambiguous"
        )
    return pages[0].target_id


async def _file_input(page: CdpSession, request: AttachRequest) -> Json:
    if request.selector is None:
        return {"backendNodeId": request.backend_node_id}
    document = await page.call("DOM.getDocument", {"depth": 0}, timeout_s=_CALL_TIMEOUT_S)
    found = await page.call(
        "DOM.querySelector",
        {"nodeId": document["root"]["nodeId"], "selector": request.selector},
        timeout_s=_CALL_TIMEOUT_S,
    )
    if not found["nodeId"]:
        raise NotFound(f"Nothing on the page matches {request.selector!r}.", code="input_not_found")
    return {"nodeId": found["nodeId"]}
