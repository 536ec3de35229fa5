"""The relay knows where frames begin and end, however their bytes are cut."""

from __future__ import annotations

import random

import pytest
from websockets.frames import Frame, Opcode

from browser_pool.relay.frames import (
    close_frame,
    is_lone_text,
    lone_text,
    ping_frame,
    read_head,
    text_frame,
    unmasked,
)
from browser_pool.relay.outbound import Outbound

LENGTHS = (0, 1, 125, 126, 127, 65_535, 65_536, 70_000)


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("length", LENGTHS)
def test_a_head_is_read_as_soon_as_it_is_there(length: int, masked: bool):
    """And not one byte sooner; head and payload are the whole frame."""
    payload = bytes(index % 251 for index in range(length))
    frame = Frame(Opcode.TEXT, payload).serialize(mask=masked)

    head = read_head(frame)

    assert head is not None
    assert (head.opcode, head.final, head.length, head.size + length) == (1, True, length, len(frame))
    assert unmasked(frame[head.size :], head.mask) == payload if masked else frame[head.size :] == payload
    assert all(read_head(frame[:cut]) is None for cut in range(head.size))


def test_a_payload_can_be_unmasked_in_pieces():
    """Wherever a piece begins."""
    frame = text_frame(b"0123456789", masked=True)
    head = read_head(frame)
    assert head is not None

    pieces = [unmasked(frame[head.size + at : head.size + at + 3], head.mask, at) for at in range(0, 10, 3)]

    assert b"".join(pieces) == b"0123456789"


@pytest.mark.parametrize("length", LENGTHS)
def test_the_quick_way_agrees_with_the_thorough_one(length: int):
    """It sees a lone short message, and nothing else as one."""
    text = b"x" * length
    client, server = text_frame(text, masked=True), text_frame(text, masked=False)
    short = length < 65_536

    assert lone_text(client) == (text if short else None)
    assert is_lone_text(server) is (short and len(server) >= 4)
    for broken in (client[:-1], client + b"x", b"\x01" + client[1:], server):
        assert lone_text(broken) is None
    for broken in (server[:-1], server + b"x", b"\x01" + server[1:], client):
        assert not is_lone_text(broken)


def test_a_close_reason_is_cut_at_a_character():
    """A close frame has room for 123 bytes of it."""
    frame = close_frame(4003, "x" * 122 + "é and more")

    assert frame == Frame(Opcode.CLOSE, b"\x0f\xa3" + b"x" * 122).serialize(mask=False)


def test_the_ends_of_messages_are_found_however_the_bytes_are_cut():
    """Frames of ours that are put there leave every message of the browser whole."""
    dice = random.Random(5)
    texts = [b"%d" % number * dice.choice((1, 60, 300, 40_000)) for number in range(40)]
    stream = b"".join(_in_fragments(text, dice) for text in texts)

    for _ in range(30):
        outbound, out, at = Outbound(), b"", 0
        while at < len(stream):
            piece = stream[at : at + dice.choice((1, 2, 5, 100, 60_000))]
            boundary = outbound.follow(piece)
            out += piece if boundary < 0 else piece[:boundary] + ping_frame() + piece[boundary:]
            at += len(piece)

        assert _messages(out) == texts


def test_the_browsers_own_close_frame_is_found():
    """What comes before it is the client's, the rest is for nobody."""
    outbound = Outbound()
    message = text_frame(b"last words", masked=False)

    outbound.follow(message + close_frame(1001, ""))

    assert outbound.close_at == len(message)


def _in_fragments(text: bytes, dice: random.Random) -> bytes:
    if dice.random() < 0.7 or len(text) < 2:
        return text_frame(text, masked=False)
    cut = dice.randrange(len(text))
    first = Frame(Opcode.TEXT, text[:cut], fin=False).serialize(mask=False)
    return first + Frame(Opcode.CONT, text[cut:]).serialize(mask=False)


def _messages(stream: bytes) -> list[bytes]:
    """As a client that is strict about the order of frames reads them."""
    messages: list[bytes] = []
    begun: bytes | None = None
    while stream:
        head = read_head(stream)
        assert head is not None
        payload, stream = stream[head.size : head.size + head.length], stream[head.size + head.length :]
        if head.opcode == Opcode.PING:
            assert begun is None
            continue
        assert head.opcode == (Opcode.TEXT if begun is None else Opcode.CONT)
        begun = (begun or b"") + payload
        if head.final:
            messages.append(begun)
            begun = None
    assert begun is None
    return messages
