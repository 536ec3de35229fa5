"""What a client sends reaches the browser as it came, or not at all."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.frames import Close, Frame, Opcode

from browser_pool.relay.frames import text_frame
from browser_pool.relay.inbound import Broke, BrowserCloseAsked, Event, Inbound, Left, Pinged
from browser_pool.relay.policy import CdpPolicy

HELD_BYTES = 4096
MAX_BYTES = 100_000
HARMLESS = b'{"id":1,"method":"Runtime.evaluate","params":{"expression":"1 + 1"}}'
FORBIDDEN = b'{"id":7,"method":"Page.navigate","params":{"url":"file:///etc/passwd"}}'


@dataclass
class Client:
    """A client's stream, and what became of it."""

    forwarded: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbound = Inbound(
            CdpPolicy(Path("/session/files"), Path("/session/downloads")),
            held_bytes=HELD_BYTES,
            max_message_bytes=MAX_BYTES,
            forward=self.forwarded.append,
            answer=self.answers.append,
        )

    def send(self, data: bytes, piece_bytes: int = 1 << 20) -> None:
        """Send *data*, at most *piece_bytes* at a time."""
        for at in range(0, len(data), piece_bytes):
            self.events += self.inbound.take(data[at : at + piece_bytes])


@pytest.mark.parametrize("piece_bytes", [1, 2, 7, 1000, 1 << 20])
def test_bytes_pass_as_they_came(piece_bytes: int):
    """In order and unchanged, whatever their pieces, messages of all sizes and in fragments."""
    dice = random.Random(3)
    messages = [b'{"x":"%s"}' % (b"\xc3\xa9" * dice.choice((1, 50, 500, 10_000))) for _ in range(12)]
    stream = b"".join(_in_fragments(text, dice) for text in messages)

    client = Client()
    client.send(stream, piece_bytes)

    assert b"".join(client.forwarded) == stream
    assert client.events == []


def test_a_short_message_is_held_until_it_is_whole():
    """The browser gets it in one piece."""
    client = Client()
    frame = text_frame(HARMLESS, masked=True)

    client.send(frame[:-1])
    assert client.forwarded == []
    client.send(frame[-1:])

    assert client.forwarded == [frame]


def test_control_frames_between_fragments_stay_here():
    """Chromium hears neither our pings' answers nor the client's pings."""
    client = Client()
    first = _frame(Opcode.TEXT, HARMLESS[:9], fin=False)
    last = _frame(Opcode.CONT, HARMLESS[9:])

    client.send(first + _frame(Opcode.PING, b"?") + _frame(Opcode.PONG, b"!") + last, piece_bytes=3)

    assert client.forwarded == [first + last]
    assert client.events == [Pinged(b"?")]


@pytest.mark.parametrize(
    ("payload", "code"),
    [(b"", 1005), (Close(1000, "bye").serialize(), 1000), (Close(4321, "").serialize(), 4321)],
)
def test_a_close_frame_is_the_last_that_is_taken(payload: bytes, code: int):
    """It is not forwarded, nor is anything behind it."""
    client = Client()

    client.send(_frame(Opcode.CLOSE, payload) + text_frame(HARMLESS, masked=True))
    client.send(text_frame(HARMLESS, masked=True))

    assert client.events == [Left(code)]
    assert client.forwarded == []


BROKEN_FRAMES = {
    "unmasked": (text_frame(HARMLESS, masked=False), 1002),
    "reserved bit": (b"\xc1" + text_frame(HARMLESS, masked=True)[1:], 1002),
    "binary": (Frame(Opcode.BINARY, HARMLESS).serialize(mask=True), 1003),
    "continues nothing": (Frame(Opcode.CONT, HARMLESS).serialize(mask=True), 1002),
    "begins within a message": (
        Frame(Opcode.TEXT, b"{", fin=False).serialize(mask=True) + text_frame(HARMLESS, masked=True),
        1002,
    ),
    "opcode 3": (b"\x83" + text_frame(HARMLESS, masked=True)[1:], 1002),
    "opcode 11": (b"\x8b\x80\0\0\0\0", 1002),
    "long ping": (b"\x89\xfe\x00\x7e" + bytes(4 + 126), 1002),
    "ping in fragments": (b"\x09\x80\0\0\0\0", 1002),
    "close code 1006": (Frame(Opcode.CLOSE, b"\x03\xee").serialize(mask=True), 1002),
    "close of one byte": (Frame(Opcode.CLOSE, b"\x03").serialize(mask=True), 1002),
    "no UTF-8": (text_frame(b'{"x":"\xff"}', masked=True), 1007),
    "overlong UTF-8": (text_frame(b'{"method":"Page.n\xc1\xa1vigate"}', masked=True), 1007),
    "half a character at the end": (text_frame(b"\xc3", masked=True), 1007),
    "half a character in the last fragment": (
        Frame(Opcode.TEXT, b"\xc3", fin=False).serialize(mask=True)
        + Frame(Opcode.CONT, b"").serialize(mask=True),
        1007,
    ),
    "too big": (text_frame(b"x" * (MAX_BYTES + 1), masked=True), 1009),
    "too big by its head": (b"\x81\xff" + b"\x7f" * 8 + bytes(4), 1009),
    "too big in fragments": (
        Frame(Opcode.TEXT, b"x" * MAX_BYTES, fin=False).serialize(mask=True)
        + Frame(Opcode.CONT, b"x").serialize(mask=True),
        1009,
    ),
}


@pytest.mark.parametrize(("frames", "code"), BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
def test_broken_frames_end_the_connection(frames: bytes, code: int):
    """With the close code that says what was wrong, and nothing more is taken."""
    for piece_bytes in (1 << 20, 5):
        client = Client()

        client.send(frames, piece_bytes)
        client.send(text_frame(HARMLESS, masked=True))

        assert [event.code for event in client.events if isinstance(event, Broke)] == [code]
        assert b"".join(client.forwarded) in frames[:-1]


@pytest.mark.parametrize("piece_bytes", [3, 1 << 20])
def test_a_client_that_broke_the_protocol_may_still_say_goodbye(piece_bytes: int):
    """Its answer to our close frame is found behind what nobody wants to read."""
    client = Client()
    too_big = text_frame(b"x" * (MAX_BYTES + 1), masked=True)

    client.send(too_big + text_frame(FORBIDDEN, masked=True) + _frame(Opcode.CLOSE, b"\x03\xf1"), piece_bytes)

    assert [type(event) for event in client.events] == [Broke, Left]
    assert client.forwarded == client.answers == []


def test_a_broken_control_frame_is_not_waited_for():
    """It could be of any size."""
    client = Client()

    client.send(b"\x89\xff" + (1 << 40).to_bytes(8) + bytes(4))
    for _ in range(100):
        client.send(bytes(10_000))

    assert len(client.inbound._rest) < 200


def test_characters_may_be_cut_by_fragments():
    """UTF-8 is that of the message."""
    client = Client()
    frames = _frame(Opcode.TEXT, b'"\xf0\x9f', fin=False) + _frame(Opcode.CONT, b"", fin=False)
    frames += _frame(Opcode.CONT, b'\x8e\xac"')

    client.send(frames)

    assert client.forwarded == [frames]


@pytest.mark.parametrize("fragments", [1, 2, 5, len(FORBIDDEN)])
@pytest.mark.parametrize("piece_bytes", [1, 9, 1 << 20])
def test_a_refused_command_never_reaches_the_browser(fragments: int, piece_bytes: int):
    """In whatever pieces it comes; those before and after it do."""
    client = Client()
    before, after = text_frame(HARMLESS, masked=True), text_frame(HARMLESS, masked=True)

    client.send(before + _fragments(FORBIDDEN, fragments) + after, piece_bytes)

    assert client.forwarded == [before, after]
    assert len(client.answers) == 1
    assert b'"id": 7' in client.answers[0]


@pytest.mark.parametrize("name", [b"Page.navigate", rb"Page.n\u0061vigate", rb"P\u0061ge.navigate"])
@pytest.mark.parametrize("piece_bytes", [1, 61, 1000, 1 << 20])
def test_a_long_message_that_names_a_watched_command_never_ends(name: bytes, piece_bytes: int):
    """The connection does: with 1008, and the browser lacks the end of the message."""
    padding = b"x" * (3 * HELD_BYTES)
    text = b'{"pad":"%s","id":7,"method":"%s","params":{"url":"file:///"}}' % (padding, name)
    frames = _fragments(text, 3)
    client = Client()

    client.send(frames, piece_bytes)

    assert [type(event) for event in client.events] == [Broke]
    assert isinstance(client.events[0], Broke)
    assert client.events[0].code == 1008
    forwarded = b"".join(client.forwarded)
    assert frames.startswith(forwarded)
    assert len(forwarded) < len(frames)


def test_escapes_of_program_text_are_no_reason():
    """A long program as JSON has backslashes of its own, everywhere."""
    text = b'{"id":1,"method":"Runtime.evaluate","params":{"expression":"%s"}}' % (rb"\\u0061" * HELD_BYTES)
    frame = text_frame(text, masked=True)

    for piece_bytes in (1000, 1001, 1013):
        client = Client()
        client.send(frame, piece_bytes)

        assert b"".join(client.forwarded) == frame


def test_browser_close_is_answered_and_told():
    """The browser itself is the node's to end."""
    client = Client()

    client.send(text_frame(b'{"id":3,"method":"Browser.close"}', masked=True))

    assert client.forwarded == []
    assert client.answers == [b'{"id": 3, "result": {}}']
    assert client.events == [BrowserCloseAsked()]


def _frame(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin).serialize(mask=True)


def _fragments(text: bytes, count: int) -> bytes:
    size = -(-len(text) // count)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return b"".join(
        _frame(Opcode.CONT if number else Opcode.TEXT, piece, fin=number == len(pieces) - 1)
        for number, piece in enumerate(pieces)
    )


def _in_fragments(text: bytes, dice: random.Random) -> bytes:
    return _fragments(text, dice.choice((1, 1, 2, 3)))
