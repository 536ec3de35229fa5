"""RFC 6455 frames: heads read from bytes, small frames made."""

from __future__ import annotations

from typing import NamedTuple

from websockets.frames import Close, Frame, Opcode

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

LONGEST_HEAD_BYTES = 14
_LONGEST_REASON_BYTES = 123
_FIN = 0x80
_WHOLE_TEXT = 0x81
_RESERVED_BITS = 0x70
_OPCODE = 0x0F
_MASKED = 0x80
_LENGTH = 0x7F


class Head(NamedTuple):
    """The head of a frame: `size` bytes, followed by `length` bytes of payload."""

    first: int
    length: int
    size: int
    mask: bytes

    @property
    def opcode(self) -> int:
        """What kind of frame follows; may be none that exists."""
        return self.first & _OPCODE

    @property
    def final(self) -> bool:
        """Whether the message ends with this frame."""
        return self.first >= _FIN

    @property
    def control(self) -> bool:
        """Whether it is a close, ping or pong, which may come between the frames of a message."""
        return self.first & _OPCODE >= Opcode.CLOSE

    @property
    def reserved(self) -> bool:
        """Whether a bit is set that only an extension could explain."""
        return bool(self.first & _RESERVED_BITS)


def read_head(data: bytes, at: int = 0) -> Head | None:
    """The head that begins at *at*, or None if *data* ends before it does."""
    available = len(data) - at
    if available < 2:
        return None
    second = data[at + 1]
    length, size = second & _LENGTH, 2
    if length == 126:
        length, size = int.from_bytes(data[at + 2 : at + 4]), 4
    elif length == 127:
        length, size = int.from_bytes(data[at + 2 : at + 10]), 10
    mask = b""
    if second & _MASKED:
        mask = data[at + size : at + size + 4]
        size += 4
    return Head(data[at], length, size, mask) if available >= size else None


def lone_text(data: bytes) -> bytes | None:
    """The text if *data* is exactly one whole, short message of a client: the usual case, made quick."""
    if len(data) < 6 or data[0] != _WHOLE_TEXT:
        return None
    second = data[1]
    if second < _MASKED + 126:
        return apply_mask(data[6:], data[2:6]) if second - _MASKED == len(data) - 6 else None
    if second == _MASKED + 126 and len(data) >= 8 and (data[2] << 8) + data[3] == len(data) - 8:
        return apply_mask(data[8:], data[4:8])
    return None


def is_lone_text(data: bytes) -> bool:
    """Whether *data* is exactly one whole, short message of a server."""
    if len(data) < 4 or data[0] != _WHOLE_TEXT:
        return False
    second = data[1]
    if second < 126:
        return second == len(data) - 2
    return second == 126 and (data[2] << 8) + data[3] == len(data) - 4


def unmasked(payload: bytes, mask: bytes, offset: int = 0) -> bytes:
    """*payload* in clear; it begins *offset* bytes into its frame."""
    turn = offset % 4
    return apply_mask(payload, mask[turn:] + mask[:turn]) if turn else apply_mask(payload, mask)


def text_frame(text: bytes, *, masked: bool) -> bytes:
    """A whole text message; what goes towards a server is masked."""
    return Frame(Opcode.TEXT, text).serialize(mask=masked)


def ping_frame() -> bytes:
    """A ping from a server."""
    return Frame(Opcode.PING, b"").serialize(mask=False)


def pong_frame(payload: bytes) -> bytes:
    """A server's answer to a ping."""
    return Frame(Opcode.PONG, payload).serialize(mask=False)


def close_frame(code: int, reason: str, *, masked: bool = False) -> bytes:
    """A close frame; *reason* is cut to the 123 bytes that fit."""
    fitting = reason.encode()[:_LONGEST_REASON_BYTES].decode(errors="ignore")
    return Frame(Opcode.CLOSE, Close(code, fitting).serialize()).serialize(mask=masked)
