"""Which commands a client of the pool may give, however it writes them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from browser_pool.relay.policy import WATCHED, CdpPolicy
from browser_pool.relay.watch import names_a_command

POLICY = CdpPolicy(Path("/session/files"), Path("/session/downloads"))
METADATA = (
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254./",
    "http://2852039166/",
    "http://0xA9FEA9FE/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::a9fe:a9fe]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[fd00:ec2::254]/",
    "http://%31%36%39.254.169.254/",
    "http://１６９。254.169.254/",
    "http://user@169.254.169.254:80/",
    "http://169.254.169.254:80\\@example.com/",
    "http:169.254.169.254",
    "https:\\\\169.254.169.254\\",
    "HT\nTP://169.254.169.254/",
    " \thttp://169.254.169.254/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://METADATA.google.internal./",
    "http://169.254.170.2/v2/credentials/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/",
)
SCHEMES = (
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "fi\tle:///etc/passwd",
    " file:/etc/passwd",
    "view-source:https://example.com/",
    "chrome://version/",
    "chrome-untrusted://terminal/",
    "devtools://devtools/bundled/inspector.html",
    "chrome-extension://abc/page.html",
    "filesystem:https://example.com/x",
    "about:version",
    "javascript:1",
    "/etc/passwd",
    "example.com",
)
ALLOWED = (
    "https://example.com/a?b#c",
    "https://roughcut.invalid/",
    "http://8.8.8.8/",
    "about:blank",
    "about:blank#x",
    "about:srcdoc",
    "data:text/html,<h1>hi",
    "blob:https://example.com/1234",
    "",
)


def navigate(url: str, **more: object) -> dict[str, object]:
    """The command that goes there."""
    return {"id": 1, "method": "Page.navigate", "params": {"url": url}, **more}


def refusal(command: object, policy: CdpPolicy = POLICY) -> str | None:
    """What the client is told, or None if the browser gets the command."""
    text = command if isinstance(command, bytes) else json.dumps(command).encode()
    if not names_a_command(text):
        return None
    verdict = policy.judge(text)
    assert (verdict.forward is None) is (verdict.answer is not None)
    return None if verdict.answer is None else str(json.loads(verdict.answer)["error"]["message"])


@pytest.mark.parametrize("url", [*METADATA, *SCHEMES])
def test_a_page_may_not_be_sent_there(url: str):
    """By none of the commands that take an address."""
    assert refusal(navigate(url))
    assert refusal({"id": 1, "method": "Target.createTarget", "params": {"url": url}})
    assert refusal({"id": 1, "method": "Fetch.continueRequest", "params": {"requestId": "1", "url": url}})
    assert refusal({"id": 1, "method": "Network.loadNetworkResource", "params": {"url": url, "options": {}}})


@pytest.mark.parametrize("url", ALLOWED)
def test_a_page_may_be_sent_there(url: str):
    """The command passes unchanged."""
    text = json.dumps(navigate(url)).encode()

    assert POLICY.judge(text).forward is text


def test_the_nodes_own_network_is_a_right_of_its_own():
    """Metadata services are not part of it."""
    own = ("http://localhost:8080/", "http://127.0.0.1/", "http://10.0.0.1/", "http://[::1]/", "http://0/")
    trusted = replace(POLICY, private_network=True)

    assert all(refusal(navigate(url)) for url in own)
    assert not any(refusal(navigate(url), trusted) for url in own)
    assert all(refusal(navigate(url), trusted) for url in METADATA)


def test_files_of_the_node_are_a_right_of_its_own():
    """The scheme only: view-source stays refused."""
    trusted = replace(POLICY, file_urls=True)

    assert refusal(navigate("file:///srv/page.html"), trusted) is None
    assert refusal(navigate("view-source:file:///srv/page.html"), trusted)


@pytest.mark.parametrize(
    "text",
    [
        rb'{"id":1,"method":"Page.n\u0061vigate","params":{"url":"file:///x"}}',
        rb'{"id":1,"me\u0074hod":"Page\u002Enavigate","params":{"url":"file:///x"}}',
        rb'{"id":1,"method":"Page.navigate","params":{"ur\u006c":"file:///x"}}',
        rb'{"id":1,"method":"Page.navigate","params":{"url":"\u0066ile:///x"}}',
        b'{"id":1,"method":"Page.navigate","params":{"url":"https://a.test"},"params":{"url":"file:///x"}}',
        b'{"id":1,"method":"Page.navigate","params":{"url":"https://a.test","url":"file:///x"}}',
        b'{"id":1,"method":"Browser.getVersion","method":"Page.navigate","params":{"url":"file:///x"}}',
        b'{"id":1,/* */"method":"Page.navigate","params":{"url":"file:///x"}}',
        b'{"id":1,"method":"Page.navigate","params":{"url":"file:///x"},}',
        b'\xef\xbb\xbf{"id":1,"method":"Page.navigate","params":{"url":"file:///x"}}',
        b'[{"id":1,"method":"Page.navigate","params":{"url":"file:///x"}}]',
        b'{"id":1,"method":"Page.navigate","params":{"a":"\n\x01","url":"file:///x"}}',
        b'{"id":1,"method":"Page.navigate","params":' + b"[" * 100_000,
        b'{"id":1,"pad":"%s","method":"Page.navigate","params":{"url":"file:///x"}}' % (b"x" * 2000),
    ],
)
def test_the_way_of_writing_does_not_matter(text: bytes):
    """Escapes, keys given twice, comments, nesting: refused, if only as unreadable."""
    assert refusal(text)


def test_a_command_in_a_message_to_a_target_counts():
    """However deep it is wrapped."""
    message = navigate("file:///x")
    for _ in range(3):
        message = _wrapped(message)
        assert refusal(message)

    assert refusal(_wrapped(navigate("https://example.com/"))) is None


def test_endless_wrapping_is_refused():
    """Nobody looks that deep."""
    message = navigate("https://example.com/")
    for _ in range(10):
        message = _wrapped(message)

    assert refusal(message)


@pytest.mark.parametrize(
    "method",
    [
        "Browser.crash",
        "Browser.crashGpuProcess",
        "Extensions.loadUnpacked",
        "PWA.install",
        "PWA.launchFilesInApp",
        "Target.exposeDevToolsProtocol",
        "Target.openDevTools",
        "Target.setRemoteLocations",
    ],
)
def test_some_commands_are_for_nobody(method: str):
    """They would end the browser, read its disk, or hand CDP to a page behind our back."""
    assert refusal({"id": 1, "method": method})
    assert refusal(_wrapped({"id": 1, "method": method}))


def test_every_watched_command_is_found():
    """Also behind a session, and where a space follows the colon."""
    for name in WATCHED:
        for text in (f'{{"id":1,"method":"{name}"}}', f'{{"sessionId":"1.2", "method": "{name}" }}'):
            assert names_a_command(text.encode())
            assert names_a_command(text.encode() + b" " * 1000)


@pytest.mark.parametrize(
    "method", ["Page.navigateToHistoryEntry", "Browser.getVersion", "SystemInfo.getInfo", "Page.reload"]
)
def test_other_commands_pass(method: str):
    """Unchanged, also if their text speaks of a watched one."""
    assert refusal({"id": 1, "method": method, "params": {"text": "Page.navigate"}}) is None


@pytest.mark.parametrize(
    ("name", "allowed"),
    {
        "/session/files/clip.mp4": True,
        "/session/files/folder/../clip.mp4": True,
        "/session/files/../../etc/passwd": False,
        "/session/files-of-another/clip.mp4": False,
        "/etc/passwd": False,
        "clip.mp4": False,
        "": False,
        "/session/files/a\0b": False,
    }.items(),
)
def test_only_the_sessions_files_may_be_chosen(name: str, allowed: bool):
    """Neither by an input element nor by dropping them."""
    chosen = {"id": 1, "method": "DOM.setFileInputFiles", "params": {"files": [name], "nodeId": 3}}
    dropped = {"id": 1, "method": "Input.dispatchDragEvent", "params": {"data": {"files": [name]}}}

    assert (refusal(chosen) is None) is allowed
    assert (refusal(dropped) is None) is allowed


def test_a_link_among_the_sessions_files_leads_nowhere(tmp_path: Path):
    """A name is followed before it is judged."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "link").symlink_to("/etc/passwd")
    command = {"id": 1, "method": "DOM.setFileInputFiles", "params": {"files": [str(files / "link")]}}

    assert refusal(command, replace(POLICY, files=files))


@pytest.mark.parametrize(
    ("params", "made_of_it"),
    [
        (
            {"behavior": "allowAndName", "downloadPath": "/tmp/playwright-1", "eventsEnabled": True},
            {"behavior": "allowAndName", "downloadPath": "/session/downloads", "eventsEnabled": True},
        ),
        ({"behavior": "default"}, {"behavior": "allow", "downloadPath": "/session/downloads"}),
        ({"behavior": "deny", "downloadPath": "/etc"}, {"behavior": "deny"}),
    ],
)
def test_downloads_go_to_the_session(params: dict[str, object], made_of_it: dict[str, object]):
    """Wherever the client wants them, as Playwright does when it connects."""
    for method in ("Browser.setDownloadBehavior", "Page.setDownloadBehavior"):
        command = {"id": 1, "method": method, "params": params, "sessionId": "S"}

        forward = POLICY.judge(json.dumps(command).encode()).forward

        assert forward is not None
        assert json.loads(forward) == {**command, "params": made_of_it}


def test_downloads_can_be_forbidden():
    """Then the browser is told to deny them."""
    command = {"id": 1, "method": "Browser.setDownloadBehavior", "params": {"behavior": "allow"}}

    forward = replace(POLICY, downloads_allowed=False).judge(json.dumps(command).encode()).forward

    assert forward is not None
    assert json.loads(forward)["params"] == {"behavior": "deny"}


def test_a_rewritten_command_is_wrapped_again():
    """Inside the message to its target."""
    inner = {"id": 1, "method": "Page.setDownloadBehavior", "params": {"behavior": "default"}}

    forward = POLICY.judge(json.dumps(_wrapped(inner)).encode()).forward

    assert forward is not None
    message = json.loads(json.loads(forward)["params"]["message"])
    assert message["params"] == {"behavior": "allow", "downloadPath": "/session/downloads"}


@pytest.mark.parametrize(
    ("proxy", "allowed"),
    {
        "http://proxy.example.com:3128": True,
        "proxy.example.com:3128": True,
        "http=8.8.8.8:80;https=proxy.example.com": True,
        "direct://": True,
        "169.254.169.254:80": False,
        "socks5://0xa9fea9fe:80": False,
        "http=proxy.example.com;https=metadata.google.internal": False,
        "127.0.0.1:9222": False,
    }.items(),
)
def test_a_proxy_is_an_address_as_well(proxy: str, allowed: bool):
    """A metadata service would answer what is asked by proxy, too."""
    command = {"id": 1, "method": "Target.createBrowserContext", "params": {"proxyServer": proxy}}

    assert (refusal(command) is None) is allowed


def test_traces_stay_within_the_protocol():
    """Perfetto could write one to a file."""
    assert refusal({"id": 1, "method": "Tracing.start", "params": {"perfettoConfig": "AA=="}})
    assert refusal({"id": 1, "method": "Tracing.start", "params": {"tracingBackend": "system"}})
    assert refusal({"id": 1, "method": "Tracing.start", "params": {"transferMode": "ReturnAsStream"}}) is None


def test_a_refusal_is_an_answer_to_its_command():
    """With the id and the session, so that the client goes on; a message without an id gets one without."""
    answer = POLICY.judge(json.dumps(navigate("file:///x", sessionId="S")).encode()).answer
    assert answer is not None
    told = json.loads(answer)
    assert (told["id"], told["sessionId"], told["error"]["code"]) == (1, "S", -32000)

    answer = POLICY.judge(b'"Page.navigate"').answer
    assert answer is not None
    assert json.loads(answer).keys() == {"error"}


def test_closing_the_browser_is_left_to_the_node():
    """The client is told that it is done."""
    verdict = POLICY.judge(b'{"id":4,"method":"Browser.close"}')

    assert verdict.closes_browser
    assert verdict.forward is None
    assert json.loads(verdict.answer or b"") == {"id": 4, "result": {}}


def _wrapped(message: dict[str, object]) -> dict[str, object]:
    params = {"message": json.dumps(message), "targetId": "T"}
    return {"id": 9, "method": "Target.sendMessageToTarget", "params": params}
