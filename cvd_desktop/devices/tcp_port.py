"""A line reached over TCP: a virtual machine on Windows, or a serial server in the workshop.

pyserial has such a port as well, but it reads single bytes, sleeps at closing and leaves the
socket open when the other side has gone.
"""

import contextlib
import select
import socket
from types import TracebackType
from urllib.parse import urlsplit

from cvd_desktop.devices.port import PortError
from cvd_desktop.link.outputs import FailureCode

_CONNECT_TIMEOUT = 5.0  # seconds
_PIECE = 4096


class TcpPort:
    """An open connection. Implements devices.port.Port; a speed means nothing here."""

    def __init__(self, device: str, connection: socket.socket) -> None:
        self.device = device
        self._connection = connection

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

    def set_baud_rate(self, baud_rate: int) -> None:
        """The speed is a matter of the other side."""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()

    def _gone(self, reason: str) -> PortError:
        return PortError(FailureCode.PORT_GONE, self.device, reason)


def open_tcp_port(device: str) -> TcpPort:
    """Connects to "socket://host:port". Raises PortError(PORT_MISSING)."""
    try:
        address = urlsplit(device)
        connection = socket.create_connection(
            (address.hostname or "127.0.0.1", address.port or 0), _CONNECT_TIMEOUT
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (OSError, ValueError) as error:
        raise PortError(FailureCode.PORT_MISSING, device, str(error), why="network") from error
    return TcpPort(device, connection)
