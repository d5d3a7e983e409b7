"""A port of a serial server (RFC 2217): its speed, DTR and RTS are set from here."""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable

from cvd_desktop.devices import rfc2217_codec as com
from cvd_desktop.devices.adapter_profiles import AdapterProfile, Level
from cvd_desktop.devices.port import ClosingPort, PortError
from cvd_desktop.devices.rfc2217_codec import Rfc2217Codec, escaped
from cvd_desktop.devices.tcp_port import connect
from cvd_desktop.domain.clock import Monotonic, system_monotonic
from cvd_desktop.link.outputs import FailureCode

_ANSWER_TIMEOUT = 3.0  # seconds for an agreement, a speed
_PURGE_TIMEOUT = 0.5  # some servers do not confirm it
_LOOK_UP = 0.1  # between two looks at `cancelled`
_PIECE = 4096
_BITS_PER_BYTE = 10  # 8N1
_SETTLING_BITS = 20


class Rfc2217Port(ClosingPort):
    """An open connection. Implements devices.port.Port.

    No server says when a byte has left its port, so `write` waits as long as the line needs.
    """

    def __init__(
        self, device: str, connection: socket.socket, monotonic: Monotonic = system_monotonic
    ) -> None:
        self.device = device
        self._connection = connection
        self._now = monotonic
        self._codec = Rfc2217Codec()
        self._waiting = b""  # came while an answer was waited for
        self._baud_rate = 9600
        self._cancelled = threading.Event()  # looked at during the opening

    def set_up(
        self, baud_rate: int, profile: AdapterProfile, cancelled: threading.Event | None
    ) -> None:
        """Agree with the server, set the port, forget what has arrived. Raises PortError."""
        self._cancelled = cancelled or self._cancelled
        self._send(self._codec.greeting())
        if not self._waited(lambda: self._codec.agreed is not None, _ANSWER_TIMEOUT) or (
            not self._codec.agreed
        ):
            raise PortError(
                FailureCode.PORT_MISSING,
                self.device,
                "the other side does not speak RFC 2217",
                why="no_rfc2217",
            )
        levels = [
            (profile.dtr, com.DTR_ON, com.DTR_OFF),
            (profile.rts, com.RTS_ON, com.RTS_OFF),
        ]
        settings = [
            (com.SET_DATA_SIZE, 8),
            (com.SET_PARITY, 1),  # none
            (com.SET_STOP_SIZE, 1),
            (com.SET_CONTROL, com.NO_FLOW_CONTROL),
            (com.SET_LINE_STATE_MASK, 0),
            (com.SET_MODEM_STATE_MASK, 0),
            *((com.SET_CONTROL, on if level is Level.ON else off)
              for level, on, off in levels if level is not Level.LEAVE),
        ]  # fmt: skip
        self._send(b"".join(self._codec.command(number, bytes((n,))) for number, n in settings))
        self._set_speed(baud_rate)
        self._send(self._codec.command(com.PURGE_DATA, bytes((com.PURGE_BOTH,))))
        self._waited(lambda: com.PURGE_DATA in self._codec.confirmed, _PURGE_TIMEOUT)
        self._waiting = b""

    def read(self, timeout: float) -> bytes:
        deadline = self._now() + timeout
        while not self._waiting:
            left = max(0.0, deadline - self._now())
            if not self._take(left) and self._now() >= deadline:
                break
        data, self._waiting = self._waiting, b""
        return data

    def write(self, data: bytes) -> None:
        self._send(escaped(data))
        time.sleep(len(data) * _BITS_PER_BYTE / self._baud_rate)

    def set_baud_rate(self, baud_rate: int) -> None:
        if baud_rate != self._baud_rate:
            time.sleep(_SETTLING_BITS / self._baud_rate)
            self._set_speed(baud_rate)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _set_speed(self, baud_rate: int) -> None:
        self._send(self._codec.speed_command(baud_rate))
        self._waited(lambda: self._codec.speed is not None, _ANSWER_TIMEOUT)
        if self._codec.speed != baud_rate:
            reason = f"the serial server does not take {baud_rate} but {self._codec.speed}"
            raise PortError(FailureCode.PORT_GONE, self.device, reason, why="speed")
        self._baud_rate = baud_rate

    def _waited(self, done: Callable[[], bool], timeout: float) -> bool:
        """Take what comes until `done`; False when it took too long."""
        deadline = self._now() + timeout
        while not done():
            left = deadline - self._now()
            if left <= 0:
                return False
            if self._cancelled.is_set():
                raise PortError(FailureCode.CANCELLED, self.device)
            self._take(min(left, _LOOK_UP))
        return True

    def _take(self, timeout: float) -> bool:
        """Wait for bytes and sort them; False when none came."""
        try:
            ready, _, _ = select.select([self._connection], [], [], timeout)
            heard = self._connection.recv(_PIECE) if ready else None
        except (OSError, ValueError) as error:  # ValueError: closed by us
            raise self._gone(str(error)) from error
        if heard is None:
            return False
        if not heard:
            raise self._gone("the other side has closed the connection")
        self._waiting += self._codec.receive(heard)
        answers = bytes(self._codec.answers)
        if answers:
            self._codec.answers.clear()
            self._send(answers)
        return True

    def _send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise self._gone(str(error)) from error

    def _gone(self, reason: str) -> PortError:
        return PortError(FailureCode.PORT_GONE, self.device, reason)


def open_rfc2217_port(
    device: str,
    baud_rate: int,
    profile: AdapterProfile,
    cancelled: threading.Event | None = None,
) -> Rfc2217Port:
    """Connects to "rfc2217://host:port". Raises PortError: missing, cancelled, or busy when the
    server hangs up at once, as it does while somebody else has the port."""
    port = Rfc2217Port(device, connect(device, cancelled))
    try:
        port.set_up(baud_rate, profile, cancelled)
    except PortError as error:
        port.close()
        if error.code is FailureCode.PORT_GONE and not error.why:
            raise PortError(FailureCode.PORT_BUSY, device, error.reason, why="network") from error
        raise
    return port
