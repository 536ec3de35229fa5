"""Addresses of browsers hold tokens: whatever is wrong with one, it is told without them."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.browser.address import scheme_of, without_secrets
from agent.browser.connect import BrowserOptions, open_browser
from agent.errors import BadInput, PageClosed

NO_ADDRESS = [
    "ws:///x?token=SECRET",
    "wss://[::1?token=SECRET",
    "http://pool:port/?token=SECRET",
    "http://pool:99999/?token=SECRET",
    "ftp://pool/?token=SECRET",
    "pool:9222?token=SECRET",
    "http://po ol/?token=SECRET",
    "http://pool/\r\n?token=SECRET",
    "ws://pool/#token=SECRET",
    "",
]
NO_BROWSER = {
    "no HTTP": b"SECRET\r\n\r\n",
    "nothing": b"",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
    "no JSON": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi!",
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "a refusal": b"HTTP/1.1 403 token=SECRET\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: ftp://x/?token=SECRET\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("url", NO_ADDRESS)
async def test_what_is_no_address_is_refused(url: str) -> None:
    """With an example of one, and without repeating the secret."""
    with pytest.raises(BadInput) as caught:
        async with open_browser(BrowserOptions(cdp_url=url)):
            pass

    assert "127.0.0.1:9222" in caught.value.hint
    _tells_no_secret(caught.value)


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize("answer", NO_BROWSER)
async def test_what_answers_is_no_browser(answer: str, scheme: str) -> None:
    """Whatever it says instead, the error names the place and not the token."""
    async with _answering(NO_BROWSER[answer]) as place:
        with pytest.raises(PageClosed, match=place) as caught:
            async with open_browser(BrowserOptions(cdp_url=f"{scheme}://{place}/x?token=SECRET")):
                pass

    _tells_no_secret(caught.value)


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_host_that_no_name_can_have(scheme: str) -> None:
    """A label of a host's name has 63 characters at most."""
    with pytest.raises(PageClosed) as caught:
        async with open_browser(BrowserOptions(cdp_url=f"{scheme}://a{'a' * 80}.localhost/?token=SECRET")):
            pass

    _tells_no_secret(caught.value)


def test_an_address_in_a_message_has_no_secrets() -> None:
    """Tokens and passwords are left out; what is left is still an address."""
    url = "wss://user:password@pool.example:8443/session/1?token=secret#secret"

    assert without_secrets(url) == "wss://pool.example:8443/session/1"
    assert without_secrets("ws://[::1]:9222/devtools?token=secret") == "ws://[::1]:9222/devtools"


def test_a_scheme_may_be_in_capitals() -> None:
    """As in any address."""
    assert scheme_of("WSS://pool.example/") == "wss"


def test_options_show_no_secrets() -> None:
    """They may be logged whole."""
    options = BrowserOptions(cdp_url="wss://x/?token=SECRET", headers={"Authorization": "SECRET"})

    assert "SECRET" not in repr(options)


@asynccontextmanager
async def _answering(answer: bytes) -> AsyncIterator[str]:
    """Host and port of a server that says *answer* to everybody."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _tells_no_secret(error: Exception) -> None:
    """Neither in its message nor in the trace that a log may keep."""
    assert "SECRET" not in "".join(traceback.format_exception_only(error))
    shown = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert shown is None or "SECRET" not in str(shown)
