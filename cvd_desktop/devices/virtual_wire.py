"""The machine's end of a line to a virtual machine: a pty or a TCP port, and the pace of a UART."""

import contextlib
import math
import os
import re
import select
import socket
from collections import deque
from functools import cache
from typing import Protocol

_PIECE = 4096
_OUTPUT_SPEED = 5  # its place in what tcgetattr gives
_CHUNK_SECONDS = 0.004  # bytes are handed over in chunks of about this length, the last in time


class Pace:
    """Bytes on a wire of `baud_rate` (8N1): each is there when its stop bit has passed."""

    def __init__(self, baud_rate: int) -> None:
        self._byte_time = 10 / baud_rate
        # (start of the first bit, time of a byte, bytes)
        self._queue: deque[tuple[float, float, bytes]] = deque()
        self._free_at = 0.0

    def __bool__(self) -> bool:
        return bool(self._queue)

    def change(self, baud_rate: int) -> None:
        """For what is put on the wire from now on."""
        self._byte_time = 10 / baud_rate

    def put(self, data: bytes, now: float) -> None:
        start = max(self._free_at, now)
        self._queue.append((start, self._byte_time, data))
        self._free_at = start + len(data) * self._byte_time

    def due(self, now: float) -> bytes:
        """What has passed completely."""
        passed = bytearray()
        while self._queue:
            start, byte_time, data = self._queue[0]
            count = int((now - start) / byte_time + 1e-6)
            if count < len(data):
                if count > 0:
                    passed += data[:count]
                    self._queue[0] = (start + count * byte_time, byte_time, data[count:])
                break
            passed += data
            self._queue.popleft()
        return bytes(passed)

    def next_at(self) -> float:
        """When to look again; infinity when nothing is on its way."""
        if not self._queue:
            return math.inf
        start, byte_time, data = self._queue[0]
        chunk = max(1, math.ceil(_CHUNK_SECONDS / byte_time))
        return start + min(len(data), chunk) * byte_time

    def clear(self) -> None:
        self._queue.clear()


class Wire(Protocol):
    """`device` is what the reader opens."""

    device: str

    @property
    def baud_rate(self) -> int | None:
        """The speed that the reader has set; None where there is no such thing."""
        ...

    def read(self, timeout: float) -> bytes | None:
        """What the reader has sent; None when its plug has been pulled."""
        ...

    def write(self, data: bytes) -> None:
        """Bytes for a reader that is not there are lost, as on a real wire."""
        ...

    def close(self) -> None: ...


class PtyWire:
    def __init__(self) -> None:
        import pty
        import tty

        self._ours, self._theirs = pty.openpty()  # theirs stays open: readers may come and go
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.device = os.ttyname(self._theirs)

    @property
    def baud_rate(self) -> int | None:
        import termios

        return _speeds().get(termios.tcgetattr(self._theirs)[_OUTPUT_SPEED])

    def read(self, timeout: float) -> bytes | None:
        ready, _, _ = select.select([self._ours], [], [], timeout)
        return os.read(self._ours, _PIECE) if ready else b""

    def write(self, data: bytes) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._ours, data)

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


@cache
def _speeds() -> dict[int, int]:
    """Bits per second by what this system calls them."""
    import termios

    names = [name for name in dir(termios) if re.fullmatch(r"B\d+", name)]
    return {getattr(termios, name): int(name[1:]) for name in names}


class TcpWire:
    """One reader at a time, on 127.0.0.1."""

    baud_rate = None

    def __init__(self, port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self._reader: socket.socket | None = None
        self.device = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"

    def read(self, timeout: float) -> bytes | None:
        waiting = self._reader or self._listener
        ready, _, _ = select.select([waiting], [], [], timeout)
        if not ready:
            return b""
        if self._reader is None:
            self._reader, _ = self._listener.accept()
            self._reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return b""
        try:
            data = self._reader.recv(_PIECE)
        except OSError:
            data = b""
        if not data:
            self._hang_up()
            return None
        return data

    def write(self, data: bytes) -> None:
        if self._reader is None:
            return
        try:
            self._reader.sendall(data)
        except OSError:
            self._hang_up()

    def close(self) -> None:
        # The listener first: a reader that notices the end must not be let in again.
        self._listener.close()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def open_wire(tcp_port: int | None) -> Wire:
    """A pty where there are such things and no TCP port is asked for; port 0 is a free one."""
    if tcp_port is None and os.name == "posix":
        return PtyWire()
    return TcpWire(tcp_port or 0)
