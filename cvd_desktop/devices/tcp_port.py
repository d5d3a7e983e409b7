"""A line reached over TCP: a virtual machine on Windows, or a serial server in the workshop.

pyserial has such a port as well, but it reads single bytes, sleeps at closing and leaves the
socket open when the other side has gone.
"""

import contextlib
import errno
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from cvd_desktop.devices.port import ClosingPort, PortError
from cvd_desktop.link.outputs import FailureCode

_CONNECT_TIMEOUT = 5.0  # seconds
_SEND_TIMEOUT = 5.0
_LOOK_UP = 0.1  # between two looks at `cancelled`
_CONNECTING = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 10035))
_PIECE = 4096
_BITS_PER_BYTE = 10  # 8N1


class TcpPort(ClosingPort):
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


def open_tcp_port(
    device: str, baud_rate: int = 9600, cancelled: threading.Event | None = None
) -> TcpPort:
    """Connects to "socket://host:port". Raises PortError: missing, cancelled."""
    return TcpPort(device, connect(device, cancelled), baud_rate)


def connect(device: str, cancelled: threading.Event | None = None) -> socket.socket:
    """A connection to the host and port of an address. Raises PortError: PORT_MISSING after a few
    seconds, CANCELLED within a tenth of a second."""
    try:
        address = urlsplit(device)
        places = socket.getaddrinfo(
            address.hostname or "127.0.0.1", address.port or 0, type=socket.SOCK_STREAM
        )
        for place in places[:-1]:
            with contextlib.suppress(OSError):  # a host has several, the last one tells
                return _connected(device, place, cancelled)
        return _connected(device, places[-1], cancelled)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PortError(FailureCode.PORT_MISSING, device, reason, why="network") from error


def _connected(
    device: str, place: tuple[Any, ...], cancelled: threading.Event | None
) -> socket.socket:
    family, kind, protocol, _, address = place
    connection = socket.socket(family, kind, protocol)
    try:
        connection.setblocking(False)
        _wait_for(connection, address, device, cancelled)
        connection.settimeout(_SEND_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _notice_a_dead_network(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _wait_for(
    connection: socket.socket, address: Any, device: str, cancelled: threading.Event | None
) -> None:
    code = connection.connect_ex(address)
    left = _CONNECT_TIMEOUT
    while code in _CONNECTING:
        if cancelled is not None and cancelled.is_set():
            raise PortError(FailureCode.CANCELLED, device)
        if left <= 0:
            code = errno.ETIMEDOUT
            break
        # Windows tells in the third list that a connection was refused.
        _, made, refused = select.select([], [connection], [connection], _LOOK_UP)
        left -= _LOOK_UP
        if made or refused:
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _notice_a_dead_network(connection: socket.socket) -> None:
    """Without it a network that was cut looks like a machine that is silent."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 5),  # seconds
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", 5),
        ("TCP_USER_TIMEOUT", 10_000),  # milliseconds
    ):
        if hasattr(socket, name):  # not every system has each
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
