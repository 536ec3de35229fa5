"""Which CDP commands a client may give to its browser.

Seen here is what the client says. What pages do by themselves (a sub-request or a redirect to a metadata
address, a name whose DNS answer is one) never shows in a command: that is kept off by the browser's launch
flags and the network it runs in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from browser_pool.relay.address import AddressRefused, check_address, check_proxy

_SERVER_ERROR = -32000
_NESTING = 8
_DOWNLOADS_WANTED = ("allow", "allowAndName", "default")

Message = dict[str, object]
"""A JSON object as it came; every value is still to be looked at."""


class CommandRefused(Exception):
    """Why a command does not reach the browser."""


@dataclass(frozen=True)
class Verdict:
    """What becomes of one message: *forward* goes to the browser, *answer* back to the client."""

    forward: bytes | None = None
    answer: bytes | None = None
    closes_browser: bool = False


@dataclass(frozen=True)
class CdpPolicy:
    """The rules of one session. *files* and *downloads* are its folders on the node."""

    files: Path
    downloads: Path
    file_urls: bool = False
    private_network: bool = False
    downloads_allowed: bool = True

    def judge(self, text: bytes) -> Verdict:
        """Decide about one whole message. *forward* is *text* itself if nothing had to be changed.

        A refused command is answered with a CDP error, so that the client goes on. Refused is as well what
        Python reads otherwise than Chromium might: broken JSON, keys given twice.
        """
        message: Message = {}
        try:
            message = _parsed(text)
            if message.get("method") == "Browser.close":
                return Verdict(answer=_answer(message, {"result": {}}), closes_browser=True)
            judged = self._judged(message, depth=0)
        except (CommandRefused, AddressRefused) as refused:
            error = {"code": _SERVER_ERROR, "message": f"Refused by the browser pool: {refused}"}
            return Verdict(answer=_answer(message, {"error": error}))
        return Verdict(forward=text if judged is message else json.dumps(judged).encode())

    def _judged(self, message: Message, depth: int) -> Message:
        method, params = message.get("method"), message.get("params")
        rule = _RULES.get(method) if isinstance(method, str) else None
        if rule is None:
            return message
        if not isinstance(params, dict):
            params = {}
        allowed = rule(self, params, depth)
        return message if allowed is params else {**message, "params": allowed}

    def _visit(self, params: Message, _depth: int) -> Message:
        url = params.get("url")
        if isinstance(url, str) and url:
            check_address(url, file_urls=self.file_urls, private_network=self.private_network)
        return params

    def _new_context(self, params: Message, _depth: int) -> Message:
        proxy = params.get("proxyServer")
        if isinstance(proxy, str):
            check_proxy(proxy, private_network=self.private_network)
        return params

    def _choose_files(self, params: Message, _depth: int) -> Message:
        self._check_files(params.get("files"))
        return params

    def _drag(self, params: Message, _depth: int) -> Message:
        data = params.get("data")
        self._check_files(data.get("files") if isinstance(data, dict) else None)
        return params

    def _check_files(self, names: object) -> None:
        inside = self.files.resolve()
        for name in names if isinstance(names, Sequence) and not isinstance(names, str) else ():
            if not isinstance(name, str) or "\0" in name or not Path(name).resolve().is_relative_to(inside):
                raise CommandRefused(
                    "this file is not among the session's; upload it and use files:attach of the session"
                )

    def _download_to(self, params: Message, _depth: int) -> Message:
        """The client's own folder means nothing here: Playwright names one of its machine at connect."""
        behavior = params.get("behavior")
        if not self.downloads_allowed:
            return {**_without(params, "downloadPath"), "behavior": "deny"}
        if behavior not in _DOWNLOADS_WANTED:
            return _without(params, "downloadPath")
        kept = "allow" if behavior == "default" else behavior
        return {**params, "behavior": kept, "downloadPath": str(self.downloads)}

    def _trace(self, params: Message, _depth: int) -> Message:
        if "perfettoConfig" in params or params.get("tracingBackend") == "system":
            raise CommandRefused("traces of the node's system, or to a file of it, are not allowed")
        return params

    def _pass_on(self, params: Message, depth: int) -> Message:
        inner = params.get("message")
        if not isinstance(inner, str):
            return params
        if depth == _NESTING:
            raise CommandRefused("messages are nested too deeply")
        message = _parsed(inner.encode(errors="surrogatepass"))
        judged = self._judged(message, depth + 1)
        return params if judged is message else {**params, "message": json.dumps(judged)}

    def _never(self, _params: Message, _depth: int) -> Message:
        raise CommandRefused("this command is not for clients of a pool")


_Rule = Callable[[CdpPolicy, Message, int], Message]
"""Answers the same params, or those that the browser gets instead."""

_RULES: Mapping[str, _Rule] = {
    "Browser.close": CdpPolicy._never,
    "Browser.crash": CdpPolicy._never,
    "Browser.crashGpuProcess": CdpPolicy._never,
    "Browser.setDownloadBehavior": CdpPolicy._download_to,
    "DOM.setFileInputFiles": CdpPolicy._choose_files,
    "Extensions.loadUnpacked": CdpPolicy._never,
    "Fetch.continueRequest": CdpPolicy._visit,
    "Input.dispatchDragEvent": CdpPolicy._drag,
    "Network.loadNetworkResource": CdpPolicy._visit,
    "PWA.install": CdpPolicy._never,
    "PWA.launchFilesInApp": CdpPolicy._never,
    "Page.navigate": CdpPolicy._visit,
    "Page.setDownloadBehavior": CdpPolicy._download_to,
    "Target.createBrowserContext": CdpPolicy._new_context,
    "Target.createTarget": CdpPolicy._visit,
    # A page with the whole protocol in its hands would not come by here again.
    "Target.exposeDevToolsProtocol": CdpPolicy._never,
    "Target.openDevTools": CdpPolicy._never,
    "Target.sendMessageToTarget": CdpPolicy._pass_on,
    "Target.setRemoteLocations": CdpPolicy._never,
    "Tracing.start": CdpPolicy._trace,
}
WATCHED = frozenset(_RULES)
"""The commands that are not simply passed on."""


def _parsed(text: bytes) -> Message:
    """The JSON object in *text*; Chromium takes raw control characters in strings, so we do."""
    try:
        message = json.loads(text, strict=False, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as exc:
        raise CommandRefused("it is not plain JSON") from exc
    if not isinstance(message, dict):
        raise CommandRefused("it is no JSON object")
    return message


def _without_doubles(pairs: list[tuple[str, object]]) -> Message:
    message = dict(pairs)
    if len(message) != len(pairs):
        raise CommandRefused("a key is given twice")
    return message


def _without(params: Message, name: str) -> Message:
    return {key: value for key, value in params.items() if key != name}


def _answer(message: Message, outcome: Message) -> bytes:
    """An answer to *message*, which may have no id."""
    addressed = {key: message[key] for key in ("id", "sessionId") if key in message}
    return json.dumps({**addressed, **outcome}).encode()
