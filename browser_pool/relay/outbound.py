"""Browser to client: bytes pass as they are, and it is known where messages end."""

from __future__ import annotations

from websockets.frames import Opcode

from browser_pool.relay.frames import LONGEST_HEAD_BYTES, is_lone_text, read_head


class Outbound:
    """Follows the frames of a byte stream that is not ours to change."""

    def __init__(self) -> None:
        self.between_messages = True
        self.close_at: int | None = None
        """Where in the bytes last followed the browser said that it closes."""
        self._payload_left = 0
        self._head = b""
        self._message_open = False

    def follow(self, data: bytes) -> int:
        """The last place in *data* where a frame of ours may stand, or -1; 0 is before *data*."""
        if self.between_messages and is_lone_text(data):
            return len(data)
        boundary = 0 if self.between_messages else -1
        at, end = 0, len(data)
        while at < end:
            if self._payload_left:
                step = min(self._payload_left, end - at)
                self._payload_left -= step
                at += step
            else:
                known = len(self._head)
                head = read_head(self._head + data[at : at + LONGEST_HEAD_BYTES])
                if head is None:
                    self._head += data[at:]
                    self.between_messages = False
                    return boundary
                if head.opcode == Opcode.CLOSE:
                    self.close_at = max(at - known, 0)
                    return boundary
                at += head.size - known
                self._head = b""
                self._payload_left = head.length
                if not head.control:
                    self._message_open = not head.final
            if not self._payload_left and not self._message_open:
                boundary = at
        self.between_messages = boundary == end
        return boundary
