"""A line reached over TCP: a virtual machine on Windows, or a serial server in the workshop.

pyserial has such a port as well, but it reads single bytes, sleeps at closing and leaves the
socket open when the other side has gone.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit

from cvd_desktop.devices.port import PortError
from cvd_desktop.link.outputs import FailureCode

_CONNECT_TIMEOUT = 5.0  # seconds
_PIECE = 4096
_BITS_PER_BYTE = 10  # 8N1


class TcpPort:
    """An open connection. Implements devices.port.Port.

    The speed is a matter of the other side. It is only used to return from `write` no sooner than
    a line of this speed has taken the bytes: from then on an answer is waited for.
    """

    def __init__(
        self,
        device: str,
        connection: socket.socket,
        baud_rate: int,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.device = device
        self._connection = connection
        self._baud_rate = baud_rate
        self._pause = pause

    def __enter__(self) -> "TcpPort":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, timeout: float) -> bytes:
        try:
            ready, _, _ = select.select([self._connection], [], [], timeout)
            data = self._connection.recv(_PIECE) if ready else None
        except OSError as error:
            raise self._gone(str(error)) from error
        if data == b"":
            raise self._gone("the other side has closed the connection")
        return data or b""

    def write(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise self._gone(str(error)) from error
        self._pause(len(data) * _BITS_PER_BYTE / self._baud_rate)

    def set_baud_rate(self, baud_rate: int) -> None:
        self._baud_rate = baud_rate

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()

    def _gone(self, reason: str) -> PortError:
        return PortError(FailureCode.PORT_GONE, self.device, reason)


def open_tcp_port(device: str, baud_rate: int = 9600) -> TcpPort:
    """Connects to "socket://host:port". Raises PortError(PORT_MISSING)."""
    return TcpPort(device, connect(device), baud_rate)


def connect(device: str) -> socket.socket:
    """A connection to the host and port of an address. Raises PortError(PORT_MISSING)."""
    try:
        address = urlsplit(device)
        connection = socket.create_connection(
            (address.hostname or "127.0.0.1", address.port or 0), _CONNECT_TIMEOUT
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PortError(FailureCode.PORT_MISSING, device, reason, why="network") from error
    return connection
