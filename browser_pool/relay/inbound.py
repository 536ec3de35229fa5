"""Client to browser: frames are checked, messages judged, and their bytes passed on as they came.

A message is held until it is whole and judged. One that outgrows `held_bytes` passes while it comes, and is
watched meanwhile: the browser acts on a message only when it has its last byte, which it never gets if the
text names a watched command.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from websockets.exceptions import ProtocolError
from websockets.frames import Close, Opcode

from browser_pool.relay.frames import Head, lone_text, read_head, text_frame, unmasked
from browser_pool.relay.policy import CdpPolicy
from browser_pool.relay.watch import OVERLAP_BYTES, names_a_command

_LONGEST_CONTROL_BYTES = 125
_NO_CODE = 1005
_CONTROLS = (Opcode.CLOSE, Opcode.PING, Opcode.PONG)


@dataclass(frozen=True)
class Pinged:
    """The client wants a pong."""

    payload: bytes


@dataclass(frozen=True)
class Left:
    """The client closes; 1005 if it gave no code."""

    code: int


@dataclass(frozen=True)
class BrowserCloseAsked:
    """The client gave `Browser.close`, and was answered."""


@dataclass(frozen=True)
class Broke:
    """The client broke the protocol, or a limit. From then on nothing it says counts, but that it leaves."""

    code: int
    reason: str


Event = Pinged | Left | BrowserCloseAsked | Broke


class _Violation(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Inbound:
    """One client's byte stream.

    *forward* takes bytes for the browser: whole messages, or the next piece of a long one. *answer* takes
    the text of a message to the client.
    """

    def __init__(
        self,
        policy: CdpPolicy,
        *,
        held_bytes: int,
        max_message_bytes: int,
        forward: Callable[[bytes], None],
        answer: Callable[[bytes], None],
    ) -> None:
        self._policy = policy
        self._held_bytes = held_bytes
        self._max_message_bytes = max_message_bytes
        self._forward = forward
        self._answer = answer
        self._between_messages = True
        self._rest = b""
        self._frame: Head | None = None
        self._frame_left = 0
        self._message: _Message | None = None
        self._events: list[Event] = []
        self._broken = False
        self._left = False

    def take(self, data: bytes) -> Sequence[Event]:
        """Take the next bytes; what the client wants of us comes back."""
        if self._between_messages:
            text = lone_text(data)
            if text is not None and text.isascii() and not names_a_command(text):
                self._forward(data)
                return ()
        if self._rest:
            data, self._rest = self._rest + data, b""
        if self._events:
            self._events = []
        at, end = 0, len(data)
        while at < end and not self._left:
            at = self._next_frame(data, at) if self._frame is None else self._payload(data, at, at)
        self._between_messages = self._message is None and not (self._rest or self._left or self._broken)
        return self._events

    def _next_frame(self, data: bytes, at: int) -> int:
        head = read_head(data, at)
        if head is None:
            return self._wait_for_more(data, at)
        self._unless_broken(partial(self._check, head))
        payload_at = at + head.size
        if not head.control:
            self._frame, self._frame_left = head, head.length
            return self._payload(data, at, payload_at)
        stop = payload_at + head.length
        if head.length > _LONGEST_CONTROL_BYTES:
            # Broken, and not worth the memory to find out whether a close frame follows.
            self._left = True
            return len(data)
        if stop > len(data):
            return self._wait_for_more(data, at)
        payload = data[payload_at:stop]
        self._control(head.opcode, unmasked(payload, head.mask) if head.mask else payload)
        return stop

    def _wait_for_more(self, data: bytes, at: int) -> int:
        """Keep a head or a small frame that is cut off: at most 139 bytes."""
        self._rest = data[at:]
        return len(data)

    def _check(self, head: Head) -> None:
        """Raise `_Violation` if this frame may not come now."""
        if not head.mask:
            raise _Violation(1002, "frames of a client must be masked")
        if head.reserved:
            raise _Violation(1002, "a reserved bit is set, but no extension was agreed on")
        if head.control:
            _check_control(head)
            return
        if head.opcode == Opcode.BINARY:
            raise _Violation(1003, "messages must be text")
        if head.opcode != (Opcode.TEXT if self._message is None else Opcode.CONT):
            raise _Violation(1002, f"a frame with opcode {head.opcode} may not come here")
        if self._message is None:
            self._message = _Message()
        self._message.bytes += head.length
        if self._message.bytes > self._max_message_bytes:
            raise _Violation(1009, f"messages may have {self._max_message_bytes} bytes")

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == Opcode.PING:
            self._events.append(Pinged(payload))
        elif opcode == Opcode.CLOSE:
            self._unless_broken(partial(_check_close, payload))
            self._left = True
            self._events.append(Left(int.from_bytes(payload[:2]) or _NO_CODE))

    def _payload(self, data: bytes, begins_at: int, payload_at: int) -> int:
        """Take what *data* has of the frame's payload; the frame's head, if it came, is before it."""
        frame, message = self._frame, self._message
        assert frame is not None
        stop = min(payload_at + self._frame_left, len(data))
        done_bytes = frame.length - self._frame_left
        self._frame_left -= stop - payload_at
        ends = not self._frame_left and frame.final
        if not self._frame_left:
            self._frame = None
        if ends:
            self._message = None
        if message is not None and not self._broken:
            text = unmasked(data[payload_at:stop], frame.mask, done_bytes)
            self._unless_broken(partial(self._piece, message, data[begins_at:stop], text, ends=ends))
        return stop

    def _piece(self, message: _Message, raw: bytes, text: bytes, *, ends: bool) -> None:
        message.check_encoding(text, ends=ends)
        if message.passing:
            message.watch(text)
            self._forward(raw)
        elif not ends:
            message.hold(raw, text)
            if message.held_bytes > self._held_bytes:
                self._forward(message.let_pass())
        elif message.held_bytes:
            message.hold(raw, text)
            self._whole(b"".join(message.raw), b"".join(message.text))
        else:
            self._whole(raw, text)

    def _whole(self, raw: bytes, text: bytes) -> None:
        if not names_a_command(text):
            self._forward(raw)
            return
        verdict = self._policy.judge(text)
        if verdict.forward is text:
            self._forward(raw)
        elif verdict.forward is not None:
            self._forward(text_frame(verdict.forward, masked=True))
        if verdict.answer is not None:
            self._answer(verdict.answer)
        if verdict.closes_browser:
            self._events.append(BrowserCloseAsked())

    def _unless_broken(self, step: Callable[[], None]) -> None:
        if self._broken:
            return
        try:
            step()
        except _Violation as violation:
            self._broken = True
            self._events.append(Broke(violation.code, violation.reason))


class _Message:
    """A message that has begun: held, or passing."""

    def __init__(self) -> None:
        self.bytes = 0
        self.held_bytes = 0
        self.raw: list[bytes] = []
        self.text: list[bytes] = []
        self.passing = False
        self._tail = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def check_encoding(self, text: bytes, *, ends: bool) -> None:
        """Raise `_Violation` where the message turns out not to be UTF-8."""
        if self._decoder is None:
            if text.isascii():
                return
            self._decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            self._decoder.decode(text, final=ends)
        except UnicodeDecodeError as exc:
            raise _Violation(1007, "messages must be UTF-8") from exc

    def hold(self, raw: bytes, text: bytes) -> None:
        self.raw.append(raw)
        self.text.append(text)
        self.held_bytes += len(raw)

    def let_pass(self) -> bytes:
        """From now on the message passes; what was held of it comes back."""
        held = b"".join(self.raw)
        self.watch(b"".join(self.text))
        self.passing = True
        self.raw.clear()
        self.text.clear()
        return held

    def watch(self, text: bytes) -> None:
        """Raise `_Violation` if the text so far names a watched command."""
        seam = self._tail + text[:OVERLAP_BYTES]
        if names_a_command(seam, len(self._tail)) or names_a_command(text, OVERLAP_BYTES):
            raise _Violation(1008, "policy: a message of this size may not name a watched command")
        self._tail = (seam if len(text) < OVERLAP_BYTES else text)[-OVERLAP_BYTES:]


def _check_control(head: Head) -> None:
    if head.opcode not in _CONTROLS:
        raise _Violation(1002, f"there is no opcode {head.opcode}")
    if not head.final or head.length > _LONGEST_CONTROL_BYTES:
        raise _Violation(1002, "control frames are whole and have 125 bytes at most")


def _check_close(payload: bytes) -> None:
    try:
        close = Close.parse(payload)
        if payload:
            close.check()
    except (ProtocolError, UnicodeDecodeError) as exc:
        raise _Violation(1002, "this is no close frame") from exc
